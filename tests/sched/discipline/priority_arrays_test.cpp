#include "sched/discipline/priority_arrays.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/priority_arrays_model.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};
constexpr RunqueueId kOther{1};
constexpr std::uint32_t kNiceLeast = 10000, kNiceMost = 1;  // weights of nice -20 and 19

/// As Linux counts: 100 .. 139.
std::int64_t prio(const PriorityArrays& discipline, VcpuId vcpu) { return 139 - discipline.urgency_of(vcpu) % 40; }

void fork(PriorityArrays& discipline, VcpuId vcpu, Time now, std::uint32_t weight = 100) {
  discipline.admit(vcpu, {.weight = Weight{weight}, .allowed = PcpuSet::first(1)});
  discipline.enqueue(kQueue, vcpu, EnqueueWhy::Fork, now);
  discipline.check_invariants(kQueue);
}

/// `vcpu` is picked, runs from `from` to `to` and comes back.
void run(PriorityArrays& discipline, VcpuId vcpu, std::int64_t from, std::int64_t to, EnqueueWhy why) {
  ASSERT_EQ(discipline.pick(kQueue, at_ms(from))->vcpu, vcpu);
  discipline.charge(kQueue, vcpu, milliseconds(to - from), at_ms(to));
  discipline.enqueue(kQueue, vcpu, why, at_ms(to));
  discipline.check_invariants(kQueue);
}

void run_and_block(PriorityArrays& discipline, VcpuId vcpu, std::int64_t from, std::int64_t to) {
  ASSERT_EQ(discipline.pick(kQueue, at_ms(from))->vcpu, vcpu);
  discipline.charge(kQueue, vcpu, milliseconds(to - from), at_ms(to));
  discipline.leave(kQueue, vcpu, LeaveWhy::Blocked, at_ms(to));
}

/// Runs alone until `until_ms` on end: after 3.7 s its sleep average is 0.
void make_hog(PriorityArrays& discipline, VcpuId vcpu, std::int64_t until_ms) {
  fork(discipline, vcpu, at_ms(0));
  for (std::int64_t now = 0; now < until_ms; now += 10) run(discipline, vcpu, now, now + 10, EnqueueWhy::SliceEnd);
}

TEST(PriorityArrays, TimeslicesByNice) {
  // Of who is not interactive, so turns do not show: 800 ms for nice -20, 420 for -1, 100 for 0, 95 for 1, 5 for 19.
  const std::array<std::pair<std::uint32_t, int>, 5> slices{
      {{kNiceLeast, 800}, {125, 420}, {100, 100}, {80, 95}, {kNiceMost, 5}}};
  for (const auto& [weight, ms] : slices) {
    PriorityArrays discipline(1, 1, {.cpus = 4096});  // turns that are longer than any timeslice
    fork(discipline, kA, at_ms(0), weight);
    EXPECT_EQ(discipline.pick(kQueue, at_ms(0))->until, at_ms(ms)) << weight;
  }
}

TEST(PriorityArrays, NewHogsAreInteractiveAndTakeTurns) {
  // 900 ms of sleep: bonus 4, priority 116, turns of 10 ms. 10 ms cost 10 / 9: below 900 bonus 3 and turns of 20 ms
  // begin, at multiples of 20 of the 100. At the end of a timeslice the priority is 117, and both stay interactive.
  PriorityArrays discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  EXPECT_EQ(prio(discipline, kA), 116);
  const std::vector<kit::Ran> expected{
      {0, 0, 10000},       {1, 10000, 20000},   {0, 20000, 30000},   {1, 30000, 40000},   {0, 40000, 60000},
      {1, 60000, 80000},   {0, 80000, 100000},  {1, 100000, 120000}, {0, 120000, 140000}, {1, 140000, 160000},
      {0, 160000, 180000}, {1, 180000, 200000}, {0, 200000, 220000}};
  EXPECT_EQ(kit::run_hogs(discipline, 13), expected);
  EXPECT_EQ(prio(discipline, kB), 117);
}

TEST(PriorityArrays, AHogLosesItsBonusInThreePointSevenSeconds) {
  // From 900 ms down: 100 ms of sleep last 8, 7, ... 2 and twice 1 times as long. 9 -> 8 is the first turn of 10 ms.
  PriorityArrays discipline(1, 1);
  fork(discipline, kA, at_ms(0));
  std::int64_t now = 0;
  for (; prio(discipline, kA) < 125 && now < 10'000; now += 10)
    run(discipline, kA, now, now + 10, EnqueueWhy::SliceEnd);
  // 100 * (8 + 7 + 6 + 5 + 4 + 3 + 2 + 1) = 3600 ms until it is below 100, seen at the end of that timeslice.
  EXPECT_GE(now, 3600);
  EXPECT_LE(now, 3700);
}

TEST(PriorityArrays, WhoIsNotInteractiveExpiresAndTheArraysChangePlaces) {
  // A is a hog, of priority 125: it expires at each end of its timeslice, and, alone, is picked when the arrays change
  // places. B comes with 116.
  PriorityArrays discipline(2, 1);
  make_hog(discipline, kA, 5000);
  EXPECT_EQ(discipline.urgency(kQueue), 39 - 25) << "expired";
  ASSERT_EQ(discipline.pick(kQueue, at_ms(5000))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(30), at_ms(5030));
  EXPECT_EQ(prio(discipline, kA), 125);
  fork(discipline, kB, at_ms(5030));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(5030)));
  EXPECT_FALSE(discipline.preempts(kQueue, kA, kB, at_ms(5030)));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(5030));
  run_and_block(discipline, kB, 5030, 5040);
  const auto again = discipline.pick(kQueue, at_ms(5040));
  EXPECT_EQ(again->vcpu, kA);
  EXPECT_EQ(again->until, at_ms(5110)) << "100 ms less 30";
}

TEST(PriorityArrays, ASleeperGainsWhatItSlept) {
  // A hog at 0 sleeps 250 ms: bonus -3, priority 123; and 300 ms more: 550 ms, bonus 0, priority 120. Then, more than
  // 799 ms on end: no more than 799, bonus 2, priority 118: just interactive. 150 ms more: 949.
  PriorityArrays discipline(1, 1);
  make_hog(discipline, kA, 5000);
  run_and_block(discipline, kA, 5000, 5000);
  std::int64_t now = 5000;
  for (const auto& [slept, expected] : {std::pair{250, 123}, {300, 120}, {800, 118}, {150, 116}}) {
    now += slept;
    discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(now));
    EXPECT_EQ(prio(discipline, kA), expected) << slept;
    run_and_block(discipline, kA, now, now);
  }
  // A long sleep from above the ceiling: all of the second.
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(now + 5000));
  EXPECT_EQ(prio(discipline, kA), 115);
}

TEST(PriorityArrays, AWaitAfterAWakeupCountsAsSleepByAThird) {
  // 38/128 of 400 ms are 118.75. With 190 ms slept that makes 308.75: bonus -2, priority 122 instead of 124.
  PriorityArrays discipline(2, 1);
  make_hog(discipline, kA, 5000);
  run_and_block(discipline, kA, 5000, 5000);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(5190));
  EXPECT_EQ(prio(discipline, kA), 124);
  ASSERT_EQ(discipline.pick(kQueue, at_ms(5590))->vcpu, kA);
  EXPECT_EQ(prio(discipline, kA), 122);
  // Not after a cap, whose time is no sleep either.
  discipline.leave(kQueue, kA, LeaveWhy::Throttled, at_ms(5590));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(6500));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(7500))->vcpu, kA);
  EXPECT_EQ(prio(discipline, kA), 122);
}

TEST(PriorityArrays, WhoYieldsWaitsForTheActiveOnesAndKeepsTheRestOfItsTimeslice) {
  PriorityArrays discipline(3, 1);
  kit::fork_all(discipline, {100, 100, 100});
  run(discipline, kA, 0, 2, EnqueueWhy::Yield);
  EXPECT_EQ(discipline.urgency_of(kA), 39 - 16);
  run(discipline, kB, 2, 12, EnqueueWhy::SliceEnd);
  run(discipline, kC, 12, 14, EnqueueWhy::Yield);
  run(discipline, kB, 14, 15, EnqueueWhy::Yield);  // nobody is active any more
  const auto pick = discipline.pick(kQueue, at_ms(15));
  EXPECT_EQ(pick->vcpu, kA);
  EXPECT_EQ(pick->until, at_ms(15 + 18)) << "98 ms left, 898 + 7/9 of sleep: a turn ends at 20 ms";
}

TEST(PriorityArrays, WhoBlocksAtTheVeryEndOfItsTimesliceExpiresWhenItWakes) {
  PriorityArrays discipline(2, 1);
  make_hog(discipline, kA, 5000);
  run_and_block(discipline, kA, 5000, 5100);
  fork(discipline, kB, at_ms(5150));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(5150));
  EXPECT_EQ(discipline.urgency_of(kA), 39 - 25) << "in the expired array";
  EXPECT_FALSE(discipline.preempts(kQueue, kA, kB, at_ms(5150)));
}

// ---- theory, row 15 ----

/// How long a hog waits at most, of 60 s, beside two that fill the pCPU: each runs 7 ms and sleeps as the other does.
Duration longest_wait(Duration starvation) {
  PriorityArrays discipline(3, 1, {.starvation = starvation});
  make_hog(discipline, kA, 5000);
  fork(discipline, kB, at_ms(5000));
  VcpuId sleeper = kC;
  discipline.admit(kC, {.allowed = PcpuSet::first(1)});
  bool slept = false;
  Duration longest{0};
  Time now = at_ms(5000), since = now;
  while (now < at_ms(65'000)) {
    const Pick pick = *discipline.pick(kQueue, now);
    const Time end = pick.vcpu == kA ? pick.until : std::min(pick.until, now + milliseconds(7));
    if (pick.vcpu == kA) longest = std::max(longest, now - since);
    discipline.charge(kQueue, pick.vcpu, end - now, end);
    now = end;
    if (pick.vcpu == kA || end == pick.until) {
      discipline.enqueue(kQueue, pick.vcpu, EnqueueWhy::SliceEnd, now);
      if (pick.vcpu == kA) since = now;
      continue;
    }
    discipline.leave(kQueue, pick.vcpu, LeaveWhy::Blocked, now);
    if (sleeper != kNoVcpu) discipline.enqueue(kQueue, sleeper, slept ? EnqueueWhy::Wake : EnqueueWhy::Fork, now);
    slept = true;
    sleeper = pick.vcpu;
  }
  return std::max(longest, now - since);
}

TEST(PriorityArrays, TheExpiredStarveNoLongerThanThePlateSays) {
  // 2 n (starvation + 2 timeslices), n = 3; and they do wait until `starvation` times two has passed.
  EXPECT_LE(longest_wait(seconds(1)), milliseconds(2 * 3 * (1000 + 2 * 100)));
  EXPECT_GE(longest_wait(seconds(1)), seconds(2));
  EXPECT_GE(longest_wait(seconds(0)), seconds(60)) << "without the limit, for ever";
}

TEST(PriorityArrays, GivesAwayTheExpiredFirstAndPicksOnlyWhoMayRun) {
  PriorityArrays discipline(4, 2);
  constexpr VcpuId kD{3};
  kit::fork_all(discipline, {100, 100, 100, 1000});
  run(discipline, kD, 0, 1, EnqueueWhy::Yield);
  run(discipline, kA, 1, 2, EnqueueWhy::Yield);
  std::array<VcpuId, 4> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 4u);
  EXPECT_EQ(out, (std::array{kD, kA, kC, kB})) << "the best priority first, lists from their tails";
  // It stays expired where it goes, but there nobody is active.
  discipline.leave(kQueue, kA, LeaveWhy::Migrating, at_ms(2));
  discipline.enqueue(kOther, kA, EnqueueWhy::Migrated, at_ms(2));
  EXPECT_EQ(discipline.urgency_of(kA), 39 - 16);
  EXPECT_EQ(discipline.pick(kOther, at_ms(2))->vcpu, kA);
  EXPECT_FALSE(discipline.pick(kQueue, kit::Only{}.at(at_ms(2))));
  EXPECT_EQ(discipline.pick(kQueue, kit::Only{kD}.at(at_ms(2)))->vcpu, kD) << "though it is expired";
  EXPECT_EQ(discipline.pick(kQueue, at_ms(2))->vcpu, kB);
}

TEST(PriorityArrays, DoesAsAPlainSearch) {
  for (const naive::Crowd& crowd : naive::kCrowds)
    for (const PriorityArraysConstants& constants :
         {PriorityArraysConstants{}, {.timeslice = milliseconds(2), .starvation = milliseconds(20), .cpus = 2}}) {
      PriorityArrays discipline(crowd.vcpus, naive::kRunqueues, constants);
      naive::Arrays model(constants);
      naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
    }
}

}  // namespace
}  // namespace roost
