#include "vmm/caches/cache_model.hpp"

#include <gtest/gtest.h>

#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

/// Two nodes of two LLCs of two cores: 8 pCPUs.
Topology eight() {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t p = 0; p < 8; ++p) places.push_back({NodeId{p / 4}, p / 4, p / 2, p, 1024, p});
  return Topology(std::move(places), {});
}

CacheFigures figures() {
  CacheFigures out;
  out.private_lines = lines(1024);
  out.shared_lines = lines(16384);
  out.line_ns = {0, 8, 22, 105, 105, 135};
  out.dirty_1024 = 256;
  return out;
}

constexpr std::int64_t kMemory = 110;

/// A stretch of work that is done to its end.
Duration work(CacheModel& model, std::uint32_t vcpu, std::uint32_t pcpu, std::uint64_t working_set,
              std::uint64_t touched) {
  const Duration delay = model.begin(VcpuId{vcpu}, PcpuId{pcpu}, {lines(working_set), lines(touched), kMemory});
  model.end(VcpuId{vcpu}, PcpuId{pcpu}, 1us, 1us);
  return delay;
}

TEST(CacheModel, AColdVcpuFetchesItsWorkingSetAndAWarmOneNothing) {
  CacheModel model(eight(), figures(), 1);
  const Duration cold = work(model, 0, 0, 1000, 100'000);
  EXPECT_EQ(cold, Duration{(1000 * (15 - 4) + 1000 * (110 - 15)) / 4});
  EXPECT_EQ(work(model, 0, 0, 1000, 100'000), 0ns);
  EXPECT_EQ(whole(model.resident_private(VcpuId{0}, PcpuId{0})), 1000u);
}

TEST(CacheModel, AShortStretchFetchesOnlyWhatItTouches) {
  CacheModel model(eight(), figures(), 2);
  const Duration all = work(model, 0, 0, 1000, 1'000'000);
  Duration sum{0};
  for (int i = 0; i < 400; ++i) sum += work(model, 1, 2, 1000, 50);
  EXPECT_LT(work(model, 1, 3, 1000, 50), all / 10);
  EXPECT_NEAR(static_cast<double>(sum.count()) / static_cast<double>(all.count()), 1, 0.02);
}

TEST(CacheModel, TheFartherItMovesTheMoreItPays) {
  CacheModel model(eight(), figures(), 1);
  work(model, 0, 0, 1000, 100'000);
  const Duration same_llc = work(model, 0, 1, 1000, 100'000);
  EXPECT_EQ(same_llc, Duration{1000 * (15 - 4) / 4});
  const Duration other_llc = work(model, 0, 2, 1000, 100'000);
  EXPECT_EQ(other_llc, Duration{(1000 * (15 - 4) + 250 * (105 - 15) + 750 * (110 - 15)) / 4});
  EXPECT_EQ(work(model, 0, 0, 1000, 100'000), Duration{250 * (105 - 15) / 4}) << "what was modified had left home";
  EXPECT_GT(work(model, 0, 4, 1000, 100'000), other_llc) << "another node";
}

TEST(CacheModel, NeighboursInACoreOrAnLlcPushLinesOut) {
  CacheModel model(eight(), figures(), 3);
  work(model, 0, 0, 1000, 100'000);
  work(model, 1, 0, 1000, 100'000);   // the same core
  EXPECT_LT(whole(model.resident_private(VcpuId{0}, PcpuId{0})), 500u);
  EXPECT_EQ(whole(model.resident_shared(VcpuId{0}, PcpuId{0})), 1000u) << "the LLC is not full";
  work(model, 2, 1, 100'000, 1'000'000);  // the same LLC, and far too much
  EXPECT_LT(whole(model.resident_shared(VcpuId{0}, PcpuId{0})), 10u);
}

TEST(CacheModel, AllTogetherNeverHoldMoreThanACache) {
  kit::Seeded random(7);
  SCOPED_TRACE(random.told());
  const CacheFigures shape = figures();
  CacheModel model(eight(), shape, 24);
  std::vector<std::uint64_t> working_sets;
  for (int v = 0; v < 24; ++v) working_sets.push_back(1 + random.below(40'000));
  for (int i = 0; i < 5000; ++i) {
    const auto vcpu = static_cast<std::uint32_t>(random.below(24));
    work(model, vcpu, static_cast<std::uint32_t>(random.below(8)), working_sets[vcpu], 1 + random.below(20'000));
    for (std::uint32_t p = 0; p < 8; ++p) {
      Lines in_core{}, in_llc{};
      for (std::uint32_t v = 0; v < 24; ++v) {
        in_core = in_core + model.resident_private(VcpuId{v}, PcpuId{p});
        in_llc = in_llc + model.resident_shared(VcpuId{v}, PcpuId{p});
      }
      ASSERT_LE(raw(in_core), raw(shape.private_lines) + 65'536) << i;
      ASSERT_LE(raw(in_llc), raw(shape.shared_lines) + 65'536) << i;
    }
  }
}

/// A sum over all that 24 vCPUs of 8 pCPUs have everywhere after 5000 stretches of random length.
std::uint64_t fingerprint(std::uint32_t ways) {
  CacheFigures shape = figures();
  shape.ways = ways;
  CacheModel model(eight(), shape, 24);
  std::uint64_t state = 1, sum = 0;
  const auto drawn = [&](std::uint64_t bound) {
    state = state * 6364136223846793005 + 1442695040888963407;  // Knuth's MMIX
    return static_cast<std::uint32_t>((state >> 33) % bound);
  };
  for (int i = 0; i < 5000; ++i) {
    const std::uint32_t vcpu = drawn(24), pcpu = drawn(8);
    const Duration delay = work(model, vcpu, pcpu, 1 + 1700 * vcpu, 1 + drawn(20'000));
    sum = sum * 31 + static_cast<std::uint64_t>(delay.count()) + raw(model.resident_shared(VcpuId{vcpu}, PcpuId{pcpu}));
  }
  return sum;
}

/// The constants hold for GCC and clang, with and without optimizing; they change with the model alone.
TEST(CacheModel, HasTheSameBitsFromEveryCompiler) {
  EXPECT_EQ(fingerprint(0), 6819529347419220873u);
  EXPECT_EQ(fingerprint(16), 18063761915788187038u);
}

TEST(CacheModel, OverlappingStretchesOfNeighboursTakeFromEachOther) {
  CacheModel model(eight(), figures(), 2);
  work(model, 0, 0, 12'000, 1'000'000);
  for (int i = 0; i < 300; ++i) {
    model.begin(VcpuId{0}, PcpuId{0}, {lines(12'000), lines(1000), kMemory});
    model.begin(VcpuId{1}, PcpuId{1}, {lines(24'000), lines(1000), kMemory});
    model.end(VcpuId{0}, PcpuId{0}, 1us, 1us);
    model.end(VcpuId{1}, PcpuId{1}, 1us, 1us);
  }
  EXPECT_NEAR(static_cast<double>(whole(model.resident_shared(VcpuId{0}, PcpuId{0}))), 6832, 6832 * 0.05);
}

TEST(CacheModel, AVcpuThatHasBeenEverywhereRemembersTheFullestCachesOnly) {
  const Topology many = Topology::flat(100);
  CacheModel model(many, figures(), 1);
  for (std::uint32_t p = 0; p < 100; ++p) work(model, 0, p, 10 + p, 100'000);
  EXPECT_EQ(whole(model.resident_private(VcpuId{0}, PcpuId{0})), 0u);
  EXPECT_EQ(whole(model.resident_private(VcpuId{0}, PcpuId{99})), 109u);
  EXPECT_EQ(whole(model.resident_private(VcpuId{0}, PcpuId{90})), 100u);
}

}  // namespace
}  // namespace roost
