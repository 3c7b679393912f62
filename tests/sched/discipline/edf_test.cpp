#include "sched/discipline/edf.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/deadline_tasks.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/deadline_scenes.hpp"
#include "tests/sched/discipline/edf_model.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};

Reservation ms(int budget, int period) { return {milliseconds(budget), milliseconds(period)}; }

TEST(Edf, TheEarliestDeadlineRunsUntilItsBudgetIsUsedUp) {
  // A 2 of 10, B 1 of 4, soft. B (4), B (8): its second budget has deadline 8 < 10. B again would be 12: A (10). Then B
  // (12), B (16) before A (20), B (20) after A at equal deadlines.
  Edf discipline(2, 1);
  fork_reserved(discipline, {ms(2, 10), ms(1, 4)});
  const std::vector<kit::Ran> expected{{1, 0, 1000},    {1, 1000, 2000}, {0, 2000, 4000}, {1, 4000, 5000},
                                       {1, 5000, 6000}, {0, 6000, 8000}, {1, 8000, 9000}};
  EXPECT_EQ(kit::run_hogs(discipline, expected.size()), expected);
}

TEST(Edf, HardBudgetsAreAllThatOneGets) {
  // A 2 of 10, B 1 of 4: B at 0, A until 3 (cut at no refill), idle until 4, B, idle until 8, B, idle until 10, A.
  Edf discipline(2, 1, {.hard = true});
  fork_reserved(discipline, {ms(2, 10), ms(1, 4)});
  const std::vector<kit::Ran> expected{{1, 0, 1000},     {0, 1000, 3000},   {1, 4000, 5000},
                                       {1, 8000, 9000},  {0, 10000, 12000}, {1, 12000, 13000}};
  EXPECT_EQ(kit::run_hogs(discipline, expected.size()), expected);
}

TEST(Edf, WhoHasNoReservationGetsTheConstants) {
  Edf discipline(1, 1, {.budget = milliseconds(3), .period = milliseconds(5), .hard = true});
  fork_reserved(discipline, {{}});
  const std::vector<kit::Ran> expected{{0, 0, 3000}, {0, 5000, 8000}};
  EXPECT_EQ(kit::run_hogs(discipline, 2), expected);
}

TEST(Edf, TheMostUrgentIsTheEarliestWhoMayRunThenWhoMaySoonest) {
  Edf discipline(2, 1, {.hard = true});
  fork_reserved(discipline, {ms(1, 5), ms(1, 10)});
  EXPECT_EQ(discipline.urgency(kQueue), -5'000'000);
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(1));
  discipline.enqueue(kQueue, kA, EnqueueWhy::SliceEnd, at_ms(1));
  EXPECT_EQ(discipline.urgency(kQueue), -10'000'000) << "A waits for its next period, B is ready";
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1))->vcpu, VcpuId{1});
  EXPECT_EQ(discipline.urgency(kQueue), -5'000'000) << "nobody is ready";
}

TEST(Edf, AWakerKeepsWhatItHasWhileThatIsLessThanItsRate) {
  Edf discipline(1, 1);
  fork_reserved(discipline, {ms(4, 10)});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(2), at_ms(2));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(2));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(4));  // 2 < (10 - 4) * 4 / 10
  EXPECT_EQ(discipline.urgency_of(kA), -10'000'000);
  EXPECT_EQ(discipline.pick(kQueue, at_ms(4))->until, at_ms(6));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(4));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(5));  // 2 = (10 - 5) * 4 / 10
  EXPECT_EQ(discipline.urgency_of(kA), -15'000'000);
  EXPECT_EQ(discipline.pick(kQueue, at_ms(5))->until, at_ms(9));
}

TEST(Edf, WhoSleepsWithoutABudgetIsDormantUntilItsDeadline) {
  Edf discipline(1, 1, {.hard = true});
  fork_reserved(discipline, {ms(2, 10)});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(2), at_ms(2));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(2));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(3));
  EXPECT_EQ(discipline.eligible_at(kA, at_ms(3)), at_ms(10));
  EXPECT_EQ(discipline.dormant(kQueue, at_ms(3)), 1u);
  const auto later = discipline.pick(kQueue, at_ms(3));
  EXPECT_EQ(later->vcpu, kNoVcpu);
  EXPECT_EQ(later->until, at_ms(10));
  EXPECT_EQ(discipline.pick(kQueue, at_ms(10))->until, at_ms(12));
}

TEST(Edf, WhoIsHeldBackCutsASliceThatGoesBeyondAndIsKnownToHaveBeen) {
  Edf discipline(2, 1, {.hard = true});
  expect_that_who_is_held_back_cuts_a_slice(discipline);
}

TEST(Edf, AnEarlierDeadlinePreempts) {
  Edf discipline(3, 1);
  fork_reserved(discipline, {ms(2, 10), ms(1, 5), ms(2, 10)});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kB);
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(0));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.enqueue(kQueue, kB, EnqueueWhy::Wake, at_ms(1));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(1)));
  EXPECT_FALSE(discipline.preempts(kQueue, kC, kA, at_ms(1))) << "at equality nothing happens";
}

TEST(Edf, WhatWasRunBeyondTheBudgetIsOwed) {
  Edf discipline(1, 1, {.hard = true});
  fork_reserved(discipline, {ms(2, 10)});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(3), at_ms(3));
  discipline.enqueue(kQueue, kA, EnqueueWhy::SliceEnd, at_ms(3));
  EXPECT_EQ(discipline.pick(kQueue, at_ms(10))->until, at_ms(11));
}

TEST(Edf, WhoYieldsWaitsOnceForAllThatWait) {
  Edf discipline(3, 1);
  fork_reserved(discipline, {ms(1, 5), ms(2, 10), ms(2, 20)});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(0));
  EXPECT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kB);
  EXPECT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kC);
  EXPECT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  EXPECT_EQ(discipline.urgency_of(kA), -5'000'000) << "its deadline is what it was";
}

TEST(Edf, GivesAwayTheLatestDeadlinesAndPicksOnlyWhoMayRun) {
  Edf discipline(3, 1);
  fork_reserved(discipline, {ms(1, 10), ms(1, 5), ms(1, 20)});
  std::array<VcpuId, 3> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 3u);
  EXPECT_EQ(out, (std::array{kC, kA, kB}));
  const kit::Only not_b{kA, kC}, only_b{kB};
  EXPECT_EQ(discipline.pick(kQueue, not_b.at(at_ms(0)))->vcpu, kA);
  EXPECT_EQ(discipline.pick(kQueue, only_b.at(at_ms(0)))->vcpu, kB);
  EXPECT_FALSE(discipline.pick(kQueue, only_b.at(at_ms(0))));
}

TEST(Edf, DoesAsAPlainSearch) {
  for (const bool hard : {false, true})
    for (const naive::Crowd& crowd : naive::kCrowds) {
      Edf discipline(crowd.vcpus, naive::kRunqueues, {.hard = hard});
      naive::Edf model(hard);
      naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
    }
}

// Theory, row 14: on one pCPU nobody misses a deadline if and only if the budgets fit, sum Q / T <= 1.
TEST(Edf, NobodyMissesADeadlineWhereTheBudgetsFit) {
  Edf discipline(3, 1, {.hard = true});  // 2/4 + 2/6 + 1/6 = 1
  const kit::DeadlineTasks tasks({{2, 4}, {2, 6}, {1, 6}});
  EXPECT_EQ(tasks.misses(discipline, 12'000), 0u);
}

TEST(Edf, SomebodyMissesADeadlineWhereTheyDoNot) {
  Edf discipline(3, 1, {.hard = true});  // 2/4 + 2/6 + 2/6 > 1
  const kit::DeadlineTasks tasks({{2, 4}, {2, 6}, {2, 6}});
  EXPECT_GT(tasks.misses(discipline, 12'000), 100u);
}

TEST(Edf, AnyTasksThatFitMeetTheirDeadlinesAndAnyThatDoNotMissSome) {
  kit::Seeded random(14);
  SCOPED_TRACE(random.told());
  constexpr std::array<std::int64_t, 8> kPeriods{4, 5, 6, 8, 10, 12, 15, 20};
  constexpr std::int64_t kAll = 120;  // ms, in which each of these periods ends
  int fits = 0, full = 0;
  for (int set = 0; set < 400; ++set) {
    std::vector<kit::DeadlineTasks::Task> tasks;
    std::int64_t wanted = 0;
    for (std::int64_t left = random.between(2, 5); left > 0; --left) {
      const std::int64_t period = kPeriods[random.below(kPeriods.size())];
      tasks.push_back({random.between(1, std::max<std::int64_t>(1, period / 2)), period});
      wanted += tasks.back().budget_ms * (kAll / period);
    }
    SCOPED_TRACE(set);
    for (const bool hard : {false, true}) {
      Edf discipline(tasks.size(), 1, {.hard = hard});
      const std::size_t misses = kit::DeadlineTasks(tasks).misses(discipline, 20 * kAll);
      EXPECT_EQ(misses == 0, wanted <= kAll);
    }
    fits += wanted <= kAll, full += wanted == kAll;
  }
  EXPECT_GT(fits, 100);
  EXPECT_LT(fits, 300);
  EXPECT_GT(full, 0) << "U = 1 fits too";
}

// Likewise: whoever asks for more than its budget delays nobody else.
TEST(Edf, AnOverrunDelaysNobodyElse) {
  for (const bool hard : {false, true}) {
    Edf discipline(3, 1, {.hard = hard});
    const kit::DeadlineTasks tasks({{2, 4}, {2, 6}, {1, 6}}, 2);  // the last one never sleeps
    EXPECT_EQ(tasks.misses(discipline, 12'000), 0u);
  }
}

}  // namespace
}  // namespace roost
