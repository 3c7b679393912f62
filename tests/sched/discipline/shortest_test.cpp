// sjf and stcf: the estimate, who is first, and what a job that outlasts its estimate does.

#include <gtest/gtest.h>

#include <array>

#include "sched/discipline/sjf.hpp"
#include "sched/discipline/stcf.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/shortest_model.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};
constexpr RunqueueId kOther{1};

/// `vcpu`, alone on the runqueue, runs for `ms` from `now` on, and blocks.
void burst(Discipline& discipline, VcpuId vcpu, std::int64_t ms, Time now = at_ms(0)) {
  discipline.enqueue(kQueue, vcpu, EnqueueWhy::Wake, now);
  ASSERT_EQ(discipline.pick(kQueue, now)->vcpu, vcpu);
  discipline.charge(kQueue, vcpu, milliseconds(ms), now + milliseconds(ms));
  discipline.leave(kQueue, vcpu, LeaveWhy::Blocked, now + milliseconds(ms));
}

template <typename Kind>
Kind known(std::initializer_list<std::int64_t> bursts_ms, BurstConstants constants = {}) {
  constants.alpha = 1024;  // one burst tells all
  Kind discipline(bursts_ms.size(), 2, constants);
  VcpuId vcpu = kA;
  for (const std::int64_t ms : bursts_ms) {
    discipline.admit(vcpu, {.allowed = PcpuSet::first(1)});
    burst(discipline, vcpu, ms);
    vcpu = id_at<VcpuId>(index(vcpu) + 1);
  }
  return discipline;
}

void wake(Discipline& discipline, std::initializer_list<VcpuId> vcpus, Time now) {
  for (const VcpuId vcpu : vcpus) discipline.enqueue(kQueue, vcpu, EnqueueWhy::Wake, now);
  discipline.check_invariants(kQueue);
}

std::vector<VcpuId> order(Discipline& discipline, Time now) {
  std::vector<VcpuId> order;
  while (const auto pick = discipline.pick(kQueue, now)) order.push_back(pick->vcpu);
  return order;
}

// ---- the estimate ----

TEST(Sjf, TheEstimateIsHalfwayToEachBurst) {
  // alpha 1/2, tau 10; bursts 6 4 6 4 13 13 13 give 8 6 6 5 9 11 12.
  Sjf discipline(1, 1);
  discipline.admit(kA, {.allowed = PcpuSet::first(1)});
  EXPECT_EQ(discipline.urgency_of(kA), -10'000'000);
  const std::array<std::pair<int, int>, 7> bursts{{{6, 8}, {4, 6}, {6, 6}, {4, 5}, {13, 9}, {13, 11}, {13, 12}}};
  for (const auto& [ms, tau] : bursts) {
    burst(discipline, kA, ms);
    EXPECT_EQ(discipline.urgency_of(kA), -tau * 1'000'000);
  }
}

TEST(Sjf, AStepIsRoundedTowardsNothing) {
  // alpha 341 / 1024. From 10 ns to a burst of 3: 7 * 341 / 1024 = 2.33, so 8; to 8: nothing; to 12: 4 / 3, so 9.
  Sjf discipline(1, 1, {.alpha = 341, .first = nanoseconds(10)});
  discipline.admit(kA, {.allowed = PcpuSet::first(1)});
  for (const auto& [ns, tau] : {std::pair{3, 8}, {8, 8}, {10, 8}, {12, 9}}) {
    discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(0));
    discipline.pick(kQueue, at_ms(0));
    discipline.charge(kQueue, kA, nanoseconds(ns), at_ms(1));
    discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(1));
    EXPECT_EQ(discipline.urgency_of(kA), -tau) << ns;
  }
}

TEST(Sjf, OnlyABlockEndsABurst) {
  // 2 ms and a yield, 3 ms and a cap, 1 ms and a preemption, 4 ms and a block: one burst of 10.
  Sjf discipline(1, 2, {.alpha = 1024, .first = milliseconds(1)});
  discipline.admit(kA, {.allowed = PcpuSet::first(1)});
  discipline.enqueue(kQueue, kA, EnqueueWhy::Fork, at_ms(0));
  const auto run = [&](RunqueueId rq, int ms) {
    ASSERT_EQ(discipline.pick(rq, at_ms(0))->vcpu, kA);
    discipline.charge(rq, kA, milliseconds(ms), at_ms(ms));
    EXPECT_EQ(discipline.urgency_of(kA), -1'000'000);
  };
  run(kQueue, 2);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(2));
  run(kQueue, 3);
  discipline.leave(kQueue, kA, LeaveWhy::Throttled, at_ms(5));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(5));
  run(kQueue, 1);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(6));
  discipline.leave(kQueue, kA, LeaveWhy::Migrating, at_ms(6));
  discipline.enqueue(kOther, kA, EnqueueWhy::Migrated, at_ms(6));
  run(kOther, 4);
  discipline.leave(kOther, kA, LeaveWhy::Blocked, at_ms(10));
  EXPECT_EQ(discipline.urgency_of(kA), -10'000'000);
}

// ---- sjf ----

TEST(Sjf, RunsTheShortestUntilItBlocks) {
  auto discipline = known<Sjf>({7, 2, 4});
  EXPECT_EQ(discipline.urgency(kQueue), kNoUrgency);
  wake(discipline, {kA, kC}, at_ms(20));
  const auto pick = discipline.pick(kQueue, at_ms(20));
  EXPECT_EQ(pick->vcpu, kC);
  EXPECT_EQ(pick->until, kNever);
  wake(discipline, {kB}, at_ms(21));
  EXPECT_FALSE(discipline.preempts(kQueue, kB, kC, at_ms(21)));
  EXPECT_EQ(discipline.urgency(kQueue), -2'000'000);
  EXPECT_EQ(order(discipline, at_ms(22)), (std::vector{kB, kA}));
}

TEST(Sjf, OfEqualsWhoHasWaitedLongest) {
  auto discipline = known<Sjf>({3, 3, 3});
  wake(discipline, {kC}, at_ms(20));
  wake(discipline, {kA, kB}, at_ms(21));
  EXPECT_EQ(order(discipline, at_ms(22)), (std::vector{kC, kA, kB}));
}

TEST(Sjf, WhoYieldsWaitsForAllAndWhoIsStoppedGoesOnFirst) {
  auto discipline = known<Sjf>({1, 5, 9});
  wake(discipline, {kA, kB, kC}, at_ms(20));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(20))->vcpu, kA);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(21));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(21))->vcpu, kB);
  discipline.enqueue(kQueue, kB, EnqueueWhy::Yield, at_ms(22));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(22))->vcpu, kC) << "two that spin do not keep out the third";
  discipline.enqueue(kQueue, kC, EnqueueWhy::SliceEnd, at_ms(23));
  EXPECT_EQ(order(discipline, at_ms(23)), (std::vector{kC, kA, kB}));
}

TEST(Sjf, AgingTakesOffAPartOfTheTimeWaited) {
  // 256 / 1024. A expects 9 ms and came at 20; B expects 1 ms: it is as long as A once A has waited 32 ms more.
  for (const auto& [comes_at, first] : {std::pair{51, kB}, {52, kA}, {53, kA}}) {
    auto discipline = known<Sjf>({9, 1}, {.aging = 256});
    wake(discipline, {kA}, at_ms(20));
    wake(discipline, {kB}, at_ms(comes_at));
    EXPECT_EQ(order(discipline, at_ms(60)).front(), first) << comes_at;
  }
  // A migration goes on with the time waited.
  auto discipline = known<Sjf>({9, 1}, {.aging = 256});
  discipline.enqueue(kOther, kA, EnqueueWhy::Wake, at_ms(20));
  discipline.leave(kOther, kA, LeaveWhy::Migrating, at_ms(50));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Migrated, at_ms(50));
  wake(discipline, {kB}, at_ms(53));
  EXPECT_EQ(order(discipline, at_ms(60)), (std::vector{kA, kB}));
}

TEST(Sjf, AnAskerGetsTheShortestThatItMayRunAndTheLongestAreGivenAway) {
  auto discipline = known<Sjf>({2, 8, 5});
  wake(discipline, {kA, kB, kC}, at_ms(20));
  std::array<VcpuId, 3> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 3u);
  EXPECT_EQ(out, (std::array{kB, kC, kA}));
  EXPECT_EQ(discipline.pick(kQueue, kit::Only{kB, kC}.at(at_ms(20)))->vcpu, kC);
  EXPECT_FALSE(discipline.pick(kQueue, kit::Only{kC}.at(at_ms(20))).has_value());
}

// ---- stcf ----

TEST(Stcf, ANewcomerPreemptsWhoHasMoreLeft) {
  auto discipline = known<Stcf>({10, 4, 6});
  wake(discipline, {kA}, at_ms(20));
  const auto pick = discipline.pick(kQueue, at_ms(20));
  EXPECT_EQ(pick->until, at_ms(30));
  discipline.charge(kQueue, kA, milliseconds(5), at_ms(25));  // 5 left
  wake(discipline, {kB, kC}, at_ms(25));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(25)));
  EXPECT_FALSE(discipline.preempts(kQueue, kC, kA, at_ms(25)));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(25));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(25))->vcpu, kB);
  discipline.charge(kQueue, kB, milliseconds(4), at_ms(29));
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(29));
  const auto again = discipline.pick(kQueue, at_ms(29));
  EXPECT_EQ(again->vcpu, kA);
  EXPECT_EQ(again->until, at_ms(34));
  // As much left as a newcomer: it goes on.
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(30));
  wake(discipline, {kB}, at_ms(30));
  EXPECT_FALSE(discipline.preempts(kQueue, kB, kA, at_ms(30)));
}

TEST(Stcf, PastItsEstimateAJobIsGuessedTwiceAsLongAndHogsTakeTurnsThatDouble) {
  // Two that were thought to be done after 10 ms. A's guess is 20 then, of which 10 are left, as B has: B waited
  // longer.
  Stcf discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  const std::vector<kit::Ran> expected{{0, 0, 10000},     {1, 10000, 20000},   {0, 20000, 30000}, {1, 30000, 40000},
                                       {0, 40000, 60000}, {1, 60000, 80000},   {0, 80000, 120000}};
  EXPECT_EQ(kit::run_hogs(discipline, 7), expected);
}

TEST(Stcf, ABurstOfNothingIsGuessedAMicrosecond) {
  auto discipline = known<Stcf>({0});
  wake(discipline, {kA}, at_ms(20));
  EXPECT_EQ(discipline.pick(kQueue, at_ms(20))->until, at_ms(20) + nanoseconds(1000));
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(21));
  EXPECT_EQ(discipline.urgency_of(kA), -24'000) << "1024 us is the first guess that is longer than 1000 us";
}

TEST(Stcf, WithAgingANewcomersComingCounts) {
  // 256 / 1024. A, 9 ms, came at 20 and waits beside C. B, 1 ms, comes 31 ms later: 1 + 31 / 4 is less than 9.
  for (const auto& [comes_at, first] : {std::pair{51, kB}, {53, kA}}) {
    auto discipline = known<Stcf>({9, 1}, {.aging = 256});
    wake(discipline, {kA}, at_ms(20));
    wake(discipline, {kB}, at_ms(comes_at));
    EXPECT_EQ(order(discipline, at_ms(60)).front(), first) << comes_at;
  }
  auto discipline = known<Stcf>({9, 8}, {.aging = 256});
  wake(discipline, {kA}, at_ms(20));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(20))->vcpu, kA);
  wake(discipline, {kB}, at_ms(20));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(20))) << "who runs does not wait";
}

// ---- beside a plain list ----

template <typename Kind>
void walk(bool preemptive, BurstConstants constants) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    Kind discipline(crowd.vcpus, naive::kRunqueues, constants);
    naive::Shortest model(preemptive, constants);
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

TEST(Sjf, DoesAsAPlainList) {
  walk<Sjf>(false, {});
  walk<Sjf>(false, {.alpha = 100, .first = milliseconds(1), .aging = 300});
}

TEST(Stcf, DoesAsAPlainList) {
  walk<Stcf>(true, {});
  walk<Stcf>(true, {.alpha = 100, .first = milliseconds(1), .aging = 300});
}

}  // namespace
}  // namespace roost
