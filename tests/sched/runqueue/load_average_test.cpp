#include "sched/runqueue/load_average.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sched/discipline/round_robin.hpp"
#include "sched/runqueue/runqueue.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Duration kHalfLife = milliseconds(32);

std::uint64_t from_zero(Duration after) { return LoadAverage(kHalfLife, Time{}).at(1024, Time{} + after); }

TEST(LoadAverage, ALoadThatComesIsSeenByHalvesOfWhatIsLeft) {
  // 1024 (1 - 2^(-t / 32 ms)), by hand.
  EXPECT_EQ(from_zero(Duration{0}), 0u);
  EXPECT_NEAR(static_cast<double>(from_zero(milliseconds(1))), 21.9, 1);
  EXPECT_EQ(from_zero(milliseconds(32)), 512u);
  EXPECT_EQ(from_zero(milliseconds(64)), 768u);
  EXPECT_NEAR(static_cast<double>(from_zero(milliseconds(100))), 906.6, 1);
  EXPECT_EQ(from_zero(milliseconds(1100)), 1024u);
}

TEST(LoadAverage, ALoadThatGoesIsForgottenLikewise) {
  LoadAverage average(kHalfLife, Time{});
  average.advance(4096, Time{} + std::chrono::seconds(2));
  EXPECT_EQ(average.at(4096, Time{} + std::chrono::seconds(2)), 4096u);
  EXPECT_EQ(average.at(0, Time{} + std::chrono::seconds(2) + milliseconds(96)), 512u);
  EXPECT_EQ(average.at(0, Time{} + std::chrono::hours(9)), 0u);
}

TEST(LoadAverage, OffItIsTheLoad) {
  LoadAverage average;
  average.advance(7, Time{} + milliseconds(5));
  EXPECT_EQ(average.at(300, Time{} + milliseconds(6)), 300u);
}

TEST(LoadAverage, FollowsTheFormulaWhereverItIsLookedAt) {
  kit::Seeded random(26);
  SCOPED_TRACE(random.told());
  for (int run = 0; run < 200; ++run) {
    const Duration half_life = microseconds(1 + random.below(100'000));
    LoadAverage average(half_life, Time{});
    Time now{};
    double exact = 0;
    double changes = 0;  // each decay errs by 2^-13 of the way at most
    for (int step = 0; step < 200; ++step) {
      const std::uint64_t load = random.below(4) == 0 ? 0 : random.below(1'000'000);
      const Duration spell = half_life * static_cast<std::int64_t>(random.below(3000)) / 1000;
      const double kept = std::exp2(-static_cast<double>(spell.count()) / static_cast<double>(half_life.count()));
      changes = changes * kept + std::abs(static_cast<double>(load) - exact) / 8192 + 1.0 / 65536;
      exact = static_cast<double>(load) + (exact - static_cast<double>(load)) * kept;
      now += spell;
      ASSERT_NEAR(static_cast<double>(average.at(load, now)), exact, changes + 0.5);
      average.advance(load, now);
    }
  }
}

TEST(RunqueueWeight, IsPublishedAsAnAverageAndLookedAtAgainAsItIs) {
  RoundRobin discipline(2, 1, milliseconds(3));
  RunqueueTable table(discipline, 2);
  for (std::uint32_t v = 0; v < 2; ++v) table.admit(VcpuId{v}, {.weight = Weight{800}, .allowed = PcpuSet::first(1)});
  Runqueue rq(table, RunqueueId{0});
  const auto at = [](int ms) { return Time{} + milliseconds(ms); };
  rq.average_weight(kHalfLife, at(0));
  rq.enqueue(VcpuId{0}, EnqueueWhy::Fork, at(0));
  EXPECT_EQ(rq.published(at(32)).weight, 400u);
  rq.enqueue(VcpuId{1}, EnqueueWhy::Fork, at(32));  // 1600 (1 - 1/2) + 400 / 2
  EXPECT_EQ(rq.published(at(64)).weight, 1000u);
  EXPECT_EQ(rq.snapshot(at(64)).weight, 1600u);
  rq.leave(VcpuId{1}, LeaveWhy::Migrating, at(64));  // 800 / 2 + 1000 / 2
  EXPECT_EQ(rq.published(at(96)).weight, 900u);
  rq.leave(VcpuId{0}, LeaveWhy::Migrating, at(96));
  EXPECT_EQ(rq.published(at(96)).weight, 0u) << "who is idle is so at once";
  rq.enqueue(VcpuId{0}, EnqueueWhy::Migrated, at(128));  // 900 / 2, then 800 / 2 + 450 / 2
  EXPECT_EQ(rq.published(at(160)).weight, 625u);
  rq.average_weight(Duration{0}, at(160));
  EXPECT_EQ(rq.published(at(160)).weight, 800u);
}

}  // namespace
}  // namespace roost
