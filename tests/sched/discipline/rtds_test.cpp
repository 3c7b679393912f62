#include "sched/discipline/rtds.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/deadline_tasks.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/deadline_scenes.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/rtds_model.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};
constexpr RtdsConstants kStrict{.extratime = false};

Reservation ms(int budget, int period) { return {milliseconds(budget), milliseconds(period)}; }

TEST(Rtds, ThePeriodBeginsAnewAtTheDeadlineItself) {
  Rtds discipline(1, 1, kStrict);
  fork_reserved(discipline, {ms(4, 10)});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(10) - Duration(1));
  EXPECT_EQ(discipline.urgency_of(kA), -10'000'000);
  discipline.charge(kQueue, kA, Duration(1), at_ms(10));
  EXPECT_EQ(discipline.urgency_of(kA), -20'000'000);
}

TEST(Rtds, BudgetsByDeadlineAndNoMore) {
  // A 3 of 10, B 2 of 5: B, A; idle until 5; B; idle until 10; both anew, B (15) before A (20).
  Rtds discipline(2, 1, kStrict);
  fork_reserved(discipline, {ms(3, 10), ms(2, 5)});
  const std::vector<kit::Ran> expected{{1, 0, 2000},     {0, 2000, 5000},   {1, 5000, 7000},
                                       {1, 10000, 12000}, {0, 12000, 15000}, {1, 15000, 17000}};
  EXPECT_EQ(kit::run_hogs(discipline, expected.size()), expected);
}

TEST(Rtds, ExtratimeIsForThoseWithoutABudgetAndBehindThoseWithOne) {
  // As before; B, with 2 more on level 1, runs from 5 on with its new budget, then on level 1: B's deadline 10 and A's
  // are equal, and the lower id runs: A from 7 to 10.
  Rtds discipline(2, 1);
  fork_reserved(discipline, {ms(3, 10), ms(2, 5)});
  const std::vector<kit::Ran> expected{{1, 0, 2000},     {0, 2000, 5000},   {1, 5000, 7000},
                                       {0, 7000, 10000}, {1, 10000, 12000}, {0, 12000, 15000}};
  EXPECT_EQ(kit::run_hogs(discipline, expected.size()), expected);
}

TEST(Rtds, TheUsualBudgetIsFourOfTenMilliseconds) {
  Rtds discipline(1, 1, kStrict);
  fork_reserved(discipline, {{}});
  const std::vector<kit::Ran> expected{{0, 0, 4000}, {0, 10000, 14000}};
  EXPECT_EQ(kit::run_hogs(discipline, 2), expected);
}

// Theory, row 14: a server that keeps its budget to the end of its period runs for 2 B at once.
TEST(Rtds, ASleepersBudgetIsKeptSoItMayRunTwiceAtOnce) {
  Rtds discipline(1, 1, kStrict);
  fork_reserved(discipline, {ms(4, 10)});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(0));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(6));
  const std::vector<kit::Ran> expected{{0, 6000, 10000}, {0, 10000, 14000}, {0, 20000, 24000}};
  EXPECT_EQ(kit::run_hogs(discipline, 3, at_ms(6)), expected);
}

TEST(Rtds, WhatIsLeftAtAPeriodsEndIsLost) {
  Rtds discipline(1, 1, kStrict);
  fork_reserved(discipline, {ms(4, 10)});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(1));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(1));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(38));
  const std::vector<kit::Ran> expected{{0, 38000, 40000}, {0, 40000, 44000}, {0, 50000, 54000}};
  EXPECT_EQ(kit::run_hogs(discipline, 3, at_ms(38)), expected);
}

TEST(Rtds, SaysWhoIsDepletedAndUntilWhen) {
  Rtds discipline(2, 1, kStrict);
  fork_reserved(discipline, {ms(1, 10), ms(1, 20)});
  EXPECT_EQ(kit::run_hogs(discipline, 2).size(), 2u);
  EXPECT_EQ(discipline.dormant(kQueue, at_ms(2)), 2u);
  EXPECT_EQ(discipline.eligible_at(kA, at_ms(2)), at_ms(10));
  EXPECT_EQ(discipline.eligible_at(kB, at_ms(2)), at_ms(20));
  const auto later = discipline.pick(kQueue, at_ms(2));
  EXPECT_EQ(later->vcpu, kNoVcpu);
  EXPECT_EQ(later->until, at_ms(10));
  std::array<VcpuId, 2> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 2u);
  EXPECT_EQ(out, (std::array{kB, kA}));
}

TEST(Rtds, WhoIsHeldBackCutsASliceThatGoesBeyondAndIsKnownToHaveBeen) {
  Rtds discipline(2, 1, kStrict);
  expect_that_who_is_held_back_cuts_a_slice(discipline);
}

TEST(Rtds, AnEarlierDeadlinePreemptsOnItsLevelOnly) {
  Rtds discipline(3, 1);
  fork_reserved(discipline, {ms(2, 10), ms(1, 5), ms(2, 10)});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kB);
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(0));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.enqueue(kQueue, kB, EnqueueWhy::Wake, at_ms(1));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(1)));
  EXPECT_FALSE(discipline.preempts(kQueue, kC, kA, at_ms(1))) << "at equality nothing happens";
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1))->vcpu, kB);
  discipline.charge(kQueue, kB, milliseconds(1), at_ms(2));
  discipline.enqueue(kQueue, kB, EnqueueWhy::SliceEnd, at_ms(2));  // on level 1 now
  EXPECT_FALSE(discipline.preempts(kQueue, kB, kA, at_ms(2)));
  EXPECT_GT(discipline.urgency_of(kA), discipline.urgency_of(kB));
}

TEST(Rtds, PicksOnlyWhoMayRun) {
  Rtds discipline(2, 1, kStrict);
  fork_reserved(discipline, {ms(1, 10), ms(1, 5)});
  const kit::Only only_a{kA}, only_b{kB};
  ASSERT_EQ(discipline.pick(kQueue, only_a.at(at_ms(0)))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(1));
  discipline.enqueue(kQueue, kA, EnqueueWhy::SliceEnd, at_ms(1));
  const auto later = discipline.pick(kQueue, only_a.at(at_ms(1)));
  EXPECT_EQ(later->vcpu, kNoVcpu);
  EXPECT_EQ(later->until, at_ms(10));
  EXPECT_EQ(discipline.pick(kQueue, only_b.at(at_ms(1)))->vcpu, kB);
}

TEST(Rtds, DoesAsAPlainSearch) {
  for (const bool extratime : {false, true})
    for (const naive::Crowd& crowd : naive::kCrowds) {
      Rtds discipline(crowd.vcpus, naive::kRunqueues, {.extratime = extratime});
      naive::Rtds model(extratime);
      naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
    }
}

TEST(Rtds, NobodyMissesADeadlineWhereTheBudgetsFit) {
  for (const bool extratime : {false, true}) {
    Rtds discipline(3, 1, {.extratime = extratime});  // 2/4 + 2/6 + 1/6 = 1, all released as their periods begin
    EXPECT_EQ(kit::DeadlineTasks({{2, 4}, {2, 6}, {1, 6}}).misses(discipline, 12'000), 0u);
    Rtds with_hog(3, 1, {.extratime = extratime});
    EXPECT_EQ(kit::DeadlineTasks({{2, 4}, {2, 6}, {1, 6}}, 2).misses(with_hog, 12'000), 0u);
  }
}

}  // namespace
}  // namespace roost
