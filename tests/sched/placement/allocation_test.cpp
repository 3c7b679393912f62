// No placement asks for memory while it decides. Counted where no sanitizer has an allocator of its own.

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "sched/placement/preferring.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"
#include "tests/sched/placement/placement_scene.hpp"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {
std::size_t asked = 0;
}

void* operator new(std::size_t size) {
  ++asked;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace roost {
namespace {

TEST(EveryPlacement, DecidesWithoutAskingForMemory) {
  const Topology host = kit::even_host({.pcpus = 128, .core = 2, .llc = 16, .node = 64});
  const PcpuSet allowed = PcpuSet::first(128);
  kit::FakeLoads loads(128);
  test::Around around;
  around.prefers = test::set_of({3, 70});
  around.woken_by.vcpu = VcpuId{1};
  for (const PlacementEntry* entry : standard_catalog().placements) {
    const auto placer = std::make_unique<Preferring>(test::make(entry->info.name, host));
    for (const bool busy : {false, true}) {
      for (std::size_t p = 0; p < 128; ++p) loads[p] = busy ? kit::busy(1) : kit::idle();
      const std::size_t before = asked;
      for (std::uint64_t turn = 0; turn < 200; ++turn) {
        around.has_run = Duration(static_cast<std::int64_t>(turn) * 100'000);
        const PcpuId last = turn == 0 ? kNoPcpu : id_at<PcpuId>(turn % 128);
        placer->choose({.vcpu = id_at<VcpuId>(turn % 100), .last = last, .waker = PcpuId{9}, .allowed = &allowed,
                        .now = time_at(static_cast<std::int64_t>(turn) * 1'000'000), .around = &around, .turn = turn},
                       loads);
      }
      EXPECT_EQ(asked - before, 0u) << entry->info.name << (busy ? ", nobody idles" : "");
    }
  }
}

}  // namespace
}  // namespace roost

#endif
