#include "vmm/caches/cache_growth.hpp"

#include <gtest/gtest.h>

#include <cmath>


namespace roost {
namespace {

constexpr Lines kMegabyte = lines(16384);

double number(Lines lines) { return static_cast<double>(raw(lines)) / 65536; }

TEST(CacheGrowth, FillsAnEmptyCacheByTheClosedForm) {
  for (const std::uint64_t touched : {1, 100, 4000, 8000, 100'000}) {
    const Grown after = grown(lines(1000), {lines(8000), lines(touched), {}}, kMegabyte, kMegabyte);
    const double want = 8000 - 7000 * std::exp(-static_cast<double>(touched) / 8000);
    EXPECT_NEAR(number(after.resident), want, 0.01);
    EXPECT_NEAR(number(after.misses), want - 1000, 0.01);
  }
}

TEST(CacheGrowth, NeverHoldsMoreThanTheCacheOrTheWorkingSet) {
  EXPECT_LE(raw(grown({}, {lines(100'000), lines(1'000'000), {}}, kMegabyte, kMegabyte).resident), raw(kMegabyte));
  EXPECT_LE(raw(grown({}, {lines(100'000), lines(1'000'000), {}}, kMegabyte, {}).resident), raw(kMegabyte));
  EXPECT_LE(raw(grown({}, {lines(100), lines(1'000'000), {}}, kMegabyte, {}).resident), raw(lines(100)));
}

TEST(CacheGrowth, AWorkingSetThatDoesNotFitMissesOnAndOn) {
  const Grown warm = grown(kMegabyte, {lines(32768), lines(1'000'000), {}}, kMegabyte, {});
  EXPECT_NEAR(number(warm.resident), 16384, 1);
  EXPECT_NEAR(number(warm.misses), 500'000, 500);
}

TEST(CacheGrowth, OthersTakeLinesFromAVcpuThatTouchesNothingNew) {
  const Grown after = grown(lines(5000), {lines(5000), lines(1), lines(16384)}, kMegabyte, {});
  EXPECT_NEAR(number(after.resident), 5000 * std::exp(-1), 2);
}

/// Published check (cost model, section 4): two vCPUs of working sets 12000 and 24000 touch lines equally often in 1
/// MiB; the smaller keeps 6832 (a simulation line by line: 6867 with random replacement).
TEST(CacheGrowth, TwoVcpusShareACacheAsTheTableSays) {
  for (const std::uint64_t stretch : {50, 500, 2000}) {
    Lines a{}, b{}, room = kMegabyte, missed_by_a{};
    for (std::uint64_t touched = 0; touched < 400'000; touched += stretch) {
      const Grown next_b = grown(b, {lines(24'000), lines(stretch), missed_by_a}, kMegabyte, room);
      room = room - next_b.misses;
      b = next_b.resident;
      const Grown next_a = grown(a, {lines(12'000), lines(stretch), next_b.misses}, kMegabyte, room);
      room = room - next_a.misses;
      a = next_a.resident;
      missed_by_a = next_a.misses;
    }
    EXPECT_NEAR(number(a), 6832, 6832 * 0.01) << "stretches of " << stretch;
    EXPECT_NEAR(number(a) + number(b), 16384, 16384 * 0.01);
  }
}

}  // namespace
}  // namespace roost
