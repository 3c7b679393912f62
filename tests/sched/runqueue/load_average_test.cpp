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

std::uint64_t from_zero(Duration after) { return LoadAverage({.length = kHalfLife}, Time{}).at(1024, Time{} + after); }

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
  LoadAverage average({.length = kHalfLife}, Time{});
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
    LoadAverage average({.length = half_life}, Time{});
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

// ---- by a window, as in Xen's credit2 ----

constexpr LoadMemory kWindow{.by = LoadMemory::By::Window, .length = Duration(std::int64_t{1} << 30)};

TEST(LoadAverage, ByAWindowTheRestShrinksByItsPartAtEachChange) {
  // From nothing, a load of 1024 looked at every d: 1024 (1 - (1 - d / W)^k).
  for (const std::int64_t parts : {2, 8, 100, 1000}) {
    LoadAverage average(kWindow, Time{});
    Time now{};
    const double kept = 1 - 1 / static_cast<double>(parts);
    for (int k = 1; k <= 300; ++k) {
      now += kWindow.length / parts;
      average.advance(1024, now);
      ASSERT_NEAR(static_cast<double>(average.at(1024, now)), 1024 * (1 - std::pow(kept, k)), 1) << parts << " " << k;
    }
  }
}

TEST(LoadAverage, AfterAWholeWindowItIsTheLoad) {
  LoadAverage average(kWindow, Time{});
  EXPECT_EQ(average.at(1000, Time{} + kWindow.length / 4), 250u);
  EXPECT_EQ(average.at(1000, Time{} + kWindow.length), 1000u);
  average.advance(1000, Time{} + kWindow.length);
  EXPECT_EQ(average.at(0, Time{} + kWindow.length * 3), 0u);
}

TEST(LoadAverage, ByAWindowItIsAsXenComputesIt) {
  // update_runq_load: time in units of 1024 ns, averages with 18 bits of fraction, both products rounded down.
  kit::Seeded random(27);
  SCOPED_TRACE(random.told());
  LoadAverage average(kWindow, Time{});
  std::int64_t xen = 0, last = 0, now = 0;
  for (int step = 0; step < 100'000; ++step) {
    const auto load = static_cast<std::int64_t>(random.below(200));
    now += static_cast<std::int64_t>(random.below(random.below(50) == 0 ? 1U << 21 : 1U << 16));
    const std::int64_t delta = now - last;
    if (delta > 1 << 20) xen = load << 18;
    else xen += (delta * (load << 18) >> 20) - (delta * xen >> 20);
    last = now;
    average.advance(static_cast<std::uint64_t>(load), time_at(now << 10));
    const std::uint64_t ours = average.at(0, time_at(now << 10));
    ASSERT_NEAR(static_cast<double>(ours), static_cast<double>(xen) / (1 << 18), 1) << "step " << step;
  }
}

TEST(RunqueueWeight, IsPublishedAsAnAverageAndLookedAtAgainAsItIs) {
  RoundRobin discipline(2, 1, milliseconds(3));
  RunqueueTable table(discipline, 2);
  for (std::uint32_t v = 0; v < 2; ++v) table.admit(VcpuId{v}, {.weight = Weight{800}, .allowed = PcpuSet::first(1)});
  Runqueue rq(table, RunqueueId{0});
  const auto at = [](int ms) { return Time{} + milliseconds(ms); };
  rq.average_weight({.length = kHalfLife}, at(0));
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
  rq.average_weight({}, at(160));
  EXPECT_EQ(rq.published(at(160)).weight, 800u);
}

/// It runs from 0 to 32 ms, one half-life, and has gone by 64 ms: 1/2, then 1/4 of the capacity, 1024 or 512.
TEST(RunqueueUtilisation, IsPublishedAsAnAverageOfWhatRan) {
  for (const std::uint32_t capacity : {1024U, 512U}) {
    RoundRobin discipline(1, 1, milliseconds(3));
    RunqueueTable table(discipline, 1);
    table.admit(VcpuId{0}, {.allowed = PcpuSet::first(1)});
    Runqueue rq(table, RunqueueId{0}, capacity);
    const auto at = [](int ms) { return Time{} + milliseconds(ms); };
    rq.average_utilisation({.length = kHalfLife}, at(0));
    rq.enqueue(VcpuId{0}, EnqueueWhy::Fork, at(0));
    ASSERT_TRUE(rq.pick(at(0)));
    EXPECT_EQ(rq.published(at(0)).utilisation, 0u);
    EXPECT_EQ(rq.published(at(32)).utilisation, capacity / 2);
    rq.charge(VcpuId{0}, milliseconds(32), at(32));
    rq.leave(VcpuId{0}, LeaveWhy::Blocked, at(32));
    EXPECT_EQ(rq.published(at(32)).utilisation, capacity / 2);
    EXPECT_EQ(rq.published(at(64)).utilisation, capacity / 4);
    EXPECT_EQ(rq.published(at(64)).weight, 0u);
    rq.average_utilisation({}, at(64));
    EXPECT_EQ(rq.published(at(64)).utilisation, 0u) << "nobody asks any more";
  }
}

}  // namespace
}  // namespace roost
