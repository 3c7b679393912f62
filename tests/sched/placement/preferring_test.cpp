// Soft affinity around every placement that does not know it.

#include "sched/placement/preferring.hpp"

#include <gtest/gtest.h>

#include "sched/placement/candidates.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/sched/placement/placement_scene.hpp"

namespace roost {
namespace {

using kit::busy;
using kit::idle;

Topology two_nodes() { return kit::even_host({.pcpus = 8, .core = 2, .llc = 4, .node = 4}); }

class SoftAffinity : public testing::Test {
 protected:
  SoftAffinity() {
    for (std::size_t p = 0; p < 8; ++p) loads[p] = busy(0);
    around.prefers = test::set_of({4, 5});
  }
  Placement wake(std::uint32_t last) {
    return placer.choose({.vcpu = VcpuId{0}, .last = PcpuId{last}, .allowed = &allowed, .around = &around}, loads);
  }

  Preferring placer{test::make("last_idle_least", two_nodes())};
  kit::FakeLoads loads{8};
  PcpuSet allowed = PcpuSet::first(8);
  test::Around around;
};

TEST_F(SoftAffinity, AnIdleOneThatItPrefersBeforeAnyOther) {
  loads[0] = loads[5] = idle();
  EXPECT_EQ(wake(0).pcpu, PcpuId{5}) << "its last idles too, and is not preferred";
  around.prefers = PcpuSet{};
  EXPECT_EQ(wake(0).pcpu, PcpuId{0}) << "without soft affinity";
}

TEST_F(SoftAffinity, ElseAnIdleOneThatItMayUse) {
  loads[3] = idle();
  EXPECT_EQ(wake(4).pcpu, PcpuId{3}) << "it would have to wait for what it prefers";
  EXPECT_EQ(wake(4).why, PlacementWhy::Idle);
}

TEST_F(SoftAffinity, WhereNobodyIdlesItWaitsWhereItPrefers) {
  loads[4] = busy(4);
  loads[5] = busy(3);
  EXPECT_EQ(wake(0).pcpu, PcpuId{5}) << "all others are lighter";
  loads.take_offline(4);
  loads.take_offline(5);
  EXPECT_EQ(wake(0).pcpu, PcpuId{0}) << "there is none: all are alike";
}

/// Whatever the rules within and the loads.
TEST(EveryPlacement, KeepsToWhatIsPreferredWhileOneOfItIdles) {
  kit::Seeded random(20261123);
  SCOPED_TRACE(random.told());
  const Topology host = two_nodes();
  for (const PlacementEntry* entry : standard_catalog().placements) {
    SCOPED_TRACE(entry->info.name);
    auto inner = test::make(entry->info.name, host);
    if (inner->heeds_preferred()) continue;
    Preferring placer(std::move(inner));
    for (int round = 0; round < 5'000; ++round) {
      kit::FakeLoads view(8);
      test::Around around;
      PcpuSet may;
      bool any_idle = false, preferred_idles = false;
      for (std::uint32_t p = 0; p < 8; ++p) {
        view[p] = random.below(4) == 0 ? idle() : busy(static_cast<std::uint32_t>(random.below(5)));
        const bool online = random.below(4) != 0;
        if (!online) view.take_offline(p);
        if (random.below(3) == 0) continue;
        may.insert(PcpuId{p});
        const bool prefers = random.below(2) == 0, idles = online && view[p].idle();
        if (prefers) around.prefers.insert(PcpuId{p});
        any_idle |= idles;
        preferred_idles |= idles && prefers;
      }
      const bool any_online = lowest_flagged(may, [&](std::size_t w) { return view.online_word(w); }) != kNoPcpu;
      if (!any_online) continue;
      const PcpuId last = random.below(9) == 8 ? kNoPcpu : id_at<PcpuId>(random.below(8));
      const PlacementRequest request{.vcpu = VcpuId{0}, .last = last, .waker = id_at<PcpuId>(random.below(8)),
                                     .allowed = &may, .around = &around, .turn = random.next()};
      const PcpuId placed = placer.choose(request, view).pcpu;
      ASSERT_TRUE(may.contains(placed) && view.online(placed));
      const bool prefers_some =
          lowest_flagged(around.prefers, [&](std::size_t w) { return view.online_word(w); }) != kNoPcpu;
      ASSERT_TRUE(!preferred_idles || around.prefers.contains(placed));
      ASSERT_TRUE(any_idle || !prefers_some || around.prefers.contains(placed));
    }
  }
}

}  // namespace
}  // namespace roost
