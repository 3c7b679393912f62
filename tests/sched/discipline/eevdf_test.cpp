#include "sched/discipline/eevdf.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/eevdf_model.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};
constexpr RunqueueId kOther{1};

/// A request of `ms`, whatever the host.
EevdfConstants request_of(int ms) { return {.slice = milliseconds(ms), .cpus = 1}; }

void put(Eevdf& discipline, VcpuId vcpu, EnqueueWhy why, Time now, RunqueueId rq = kQueue) {
  discipline.enqueue(rq, vcpu, why, now);
  discipline.check_invariants(rq);
}

void expect_picked(Eevdf& discipline, VcpuId vcpu, RunqueueId rq = kQueue) {
  const auto pick = discipline.pick(rq, at_ms(0));
  ASSERT_TRUE(pick);
  EXPECT_EQ(pick->vcpu, vcpu);
  discipline.check_invariants(rq);
}

TEST(Eevdf, TheEarliestDeadlineOfThoseThatAreEligibleRuns) {
  // A of weight 100, B of 200; requests of 1 ms are 1 and 0.5 of virtual time, the first ones half of that. In ms:
  //   t    v of A, B     d of A, B     V       eligible   runs, to its deadline
  //   0    0     0       0.5   0.25    0       A, B       B  0.25 of virtual time = 0.5
  //   0.5  0     0.25    0.5   0.75    0.167   A          A  0.5
  //   1    0.5   0.25    1.5   0.75    0.333   B          B  1
  //   2    0.5   0.75    1.5   1.25    0.667   A          A  1
  //   3    1.5   0.75    2.5   1.25    1       B          B  1
  //   4    1.5   1.25    2.5   1.75    1.333   B          B  1
  //   5    1.5   1.75    2.5   2.25    1.667   A          A  1
  Eevdf discipline(2, 1, request_of(1));
  kit::fork_all(discipline, {100, 200});
  const std::vector<kit::Ran> expected{{1, 0, 500},     {0, 500, 1000},  {1, 1000, 2000}, {0, 2000, 3000},
                                       {1, 3000, 4000}, {1, 4000, 5000}, {0, 5000, 6000}};
  EXPECT_EQ(kit::run_hogs(discipline, 7), expected);
}

TEST(Eevdf, ARequestGrowsWithTheLogarithmOfTheHost) {
  for (const auto& [cpus, us] : {std::pair{1, 700}, {2, 1400}, {3, 1400}, {4, 2100}, {8, 2800}, {64, 2800}}) {
    Eevdf discipline(1, 1, {.cpus = cpus});
    kit::fork_all(discipline, {100});
    const std::vector<kit::Ran> expected{{0, 0, us / 2}, {0, us / 2, us / 2 + us}};
    EXPECT_EQ(kit::run_hogs(discipline, 2), expected) << cpus << " CPUs";
  }
}

TEST(Eevdf, WhatRunsIsPreemptedOnlyOnceItHasHadItsShareOrItsRequest) {
  // A runs alone for 1 ms; V = 1. B comes there with its deadline at 3, A's first is at 2.
  Eevdf discipline(2, 1, request_of(4));
  kit::fork_all(discipline, {100});
  expect_picked(discipline, kA);
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(1));
  discipline.admit(kB, {.allowed = PcpuSet::first(1)});
  put(discipline, kB, EnqueueWhy::Fork, at_ms(1));
  EXPECT_FALSE(discipline.preempts(kQueue, kB, kA, at_ms(1))) << "v of A = V: eligible, before its deadline";
  discipline.charge(kQueue, kA, nanoseconds(1), at_ms(1));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(1))) << "A is ahead of V, B is not";
}

TEST(Eevdf, AtItsDeadlineWhatRunsHasNoMoreProtection) {
  // A ran a request while B was behind; both are then at 4 (V = 4), A's deadline at 8, B's, a fork's, at 6.
  Eevdf discipline(3, 1, request_of(4));
  kit::fork_all(discipline, {100});
  expect_picked(discipline, kA);
  discipline.charge(kQueue, kA, milliseconds(4), at_ms(4));
  for (const VcpuId vcpu : {kB, kC}) {
    discipline.admit(vcpu, {.allowed = PcpuSet::first(1)});
    put(discipline, vcpu, EnqueueWhy::Fork, at_ms(4));
  }
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(4))) << "A is eligible, B's deadline is earlier";
  EXPECT_FALSE(discipline.preempts(kQueue, kC, kA, at_ms(4))) << "B would be picked, not C";
}

/// A ran 2 ms, B not at all, and runs now: V = 1, B is owed 1 ms, A owes it.
void a_runs_two_then_b(Eevdf& discipline) {
  kit::fork_all(discipline, {100, 100});
  expect_picked(discipline, kA);
  discipline.charge(kQueue, kA, milliseconds(2), at_ms(2));
  put(discipline, kA, EnqueueWhy::SliceEnd, at_ms(2));
  expect_picked(discipline, kB);
}

TEST(Eevdf, ASleeperIsOwedAfterwardsWhatItWasOwedBefore) {
  Eevdf discipline(2, 1, request_of(4));
  a_runs_two_then_b(discipline);
  EXPECT_EQ(discipline.lag_of(kB), 1'000'000);
  EXPECT_EQ(discipline.lag_of(kA), -1'000'000);
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(2));
  expect_picked(discipline, kA);
  discipline.charge(kQueue, kA, milliseconds(10), at_ms(12));
  EXPECT_EQ(discipline.lag_of(kA), 0) << "alone, nobody owes";
  put(discipline, kB, EnqueueWhy::Wake, at_ms(12));
  EXPECT_EQ(discipline.lag_of(kB), 1'000'000);
  EXPECT_EQ(discipline.lag_of(kA), -1'000'000);
}

TEST(Eevdf, ASavedLagIsBounded) {
  // B is owed 20 ms, of which it keeps two requests of 4 ms; with requests of 1 ms, a tick of 4.
  for (const auto& [request_ms, kept_ms] : {std::pair{4, 8}, {1, 4}}) {
    Eevdf discipline(2, 1, request_of(request_ms));
    kit::fork_all(discipline, {100, 100});
    expect_picked(discipline, kA);
    discipline.charge(kQueue, kA, milliseconds(40), at_ms(40));
    put(discipline, kA, EnqueueWhy::SliceEnd, at_ms(40));
    expect_picked(discipline, kB);
    EXPECT_EQ(discipline.lag_of(kB), 20'000'000);
    discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(40));
    put(discipline, kB, EnqueueWhy::Wake, at_ms(41));
    EXPECT_EQ(discipline.lag_of(kB), kept_ms * 1'000'000);
  }
}

TEST(Eevdf, ASleepersDebtShrinksAsVWouldRise) {
  // A owes 1 ms and sleeps beside B: V rises by half of the time. (A lag of whole ns each: V is exact here.)
  for (const auto& [slept_us, owes_ns] : {std::pair{0, 1'000'000}, {500, 750'000}, {2000, 0}, {9000, 0}}) {
    Eevdf discipline(2, 1, request_of(4));
    kit::fork_all(discipline, {100, 100});
    expect_picked(discipline, kA);
    discipline.charge(kQueue, kA, milliseconds(2), at_ms(2));
    discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(2));
    put(discipline, kA, EnqueueWhy::Wake, at_ms(2) + microseconds(slept_us));
    EXPECT_EQ(discipline.lag_of(kA), -owes_ns) << slept_us << " us";
  }
}

TEST(Eevdf, WhoMigratesKeepsItsLagAndTheDistanceToItsDeadline) {
  // B, owed 1 ms, its deadline 2 after its v, joins C, alone at v = 50: B at 48 (V = 49), deadline at 50.
  Eevdf discipline(3, 2, request_of(4));
  a_runs_two_then_b(discipline);
  put(discipline, kB, EnqueueWhy::Preempted, at_ms(2));
  discipline.admit(kC, {.allowed = PcpuSet::first(1)});
  put(discipline, kC, EnqueueWhy::Fork, at_ms(0), kOther);
  expect_picked(discipline, kC, kOther);
  discipline.charge(kOther, kC, milliseconds(50), at_ms(50));
  discipline.leave(kQueue, kB, LeaveWhy::Migrating, at_ms(50));
  discipline.check_invariants(kQueue);
  put(discipline, kB, EnqueueWhy::Migrated, at_ms(50), kOther);
  EXPECT_EQ(discipline.lag_of(kB), 1'000'000);
  EXPECT_EQ(discipline.urgency_of(kB), -1'000'000) << "V - deadline = 49 - 50";
  EXPECT_EQ(discipline.urgency_of(kC), -5'000'000) << "C's is at 54";
}

TEST(Eevdf, AYieldGivesUpTheRestOfTheRequest) {
  // A, B at 0, first deadlines at 2. A yields after 0.5: it is at 0.5 > V = 0.25 and goes back as it is. B runs to 2
  // (V = 1.25), A is picked and yields at once: it is at 2, its deadline at 6, so is B.
  Eevdf discipline(2, 1, request_of(4));
  kit::fork_all(discipline, {100, 100});
  expect_picked(discipline, kA);
  discipline.charge(kQueue, kA, microseconds(500), at_ms(1));
  put(discipline, kA, EnqueueWhy::Yield, at_ms(1));
  EXPECT_EQ(discipline.lag_of(kA), -250'000);
  expect_picked(discipline, kB);
  discipline.charge(kQueue, kB, milliseconds(2), at_ms(3));
  put(discipline, kB, EnqueueWhy::SliceEnd, at_ms(3));
  expect_picked(discipline, kA);
  put(discipline, kA, EnqueueWhy::Yield, at_ms(3));
  EXPECT_EQ(discipline.lag_of(kA), 0);
  EXPECT_EQ(discipline.urgency_of(kA), -4'000'000);
  EXPECT_EQ(discipline.urgency_of(kB), -4'000'000);
}

TEST(Eevdf, OnlyWhoMayRunIsPicked) {
  Eevdf discipline(3, 1, request_of(4));
  kit::fork_all(discipline, {100, 100, 100});
  const kit::Only all_but_a{kB, kC}, nobody{};
  EXPECT_FALSE(discipline.pick(kQueue, nobody.at(at_ms(0))));
  EXPECT_EQ(discipline.pick(kQueue, all_but_a.at(at_ms(0)))->vcpu, kB);
}

TEST(Eevdf, WhereOthersRunTooTheMeanIsOfAllAndTheLeastServedRunsIfNobodyIsEligible) {
  // D waits at 0 while A, B, C run on three pCPUs; A comes back at 3, B at 2: V = (3 + 2 + 0 + 0) / 4 = 1.25.
  Eevdf discipline(4, 1, request_of(4));
  kit::fork_all(discipline, {100, 100, 100, 100});
  constexpr VcpuId kD{3};
  for (const VcpuId vcpu : {kA, kB, kC}) expect_picked(discipline, vcpu);
  discipline.charge(kQueue, kA, milliseconds(3), at_ms(3));
  discipline.charge(kQueue, kB, milliseconds(2), at_ms(3));
  EXPECT_EQ(discipline.lag_of(kD), 1'250'000);
  put(discipline, kA, EnqueueWhy::SliceEnd, at_ms(3));
  put(discipline, kB, EnqueueWhy::SliceEnd, at_ms(3));
  expect_picked(discipline, kD);  // only A at 3 and B at 2 wait: ahead of V
  EXPECT_LT(discipline.urgency(kQueue), 0);
  const kit::Only only_a{kA}, both{kA, kB};
  EXPECT_EQ(discipline.pick(kQueue, both.at(at_ms(3)))->vcpu, kB);
  put(discipline, kB, EnqueueWhy::Preempted, at_ms(3));
  EXPECT_EQ(discipline.pick(kQueue, only_a.at(at_ms(3)))->vcpu, kA);
  put(discipline, kA, EnqueueWhy::Preempted, at_ms(3));
  expect_picked(discipline, kB);
}

TEST(Eevdf, GivesAwayWhoRanOrCameLongestAgo) {
  Eevdf discipline(3, 1, request_of(4));
  kit::fork_all(discipline, {100, 100, 100});
  expect_picked(discipline, kA);
  discipline.charge(kQueue, kA, milliseconds(2), at_ms(2));
  put(discipline, kA, EnqueueWhy::SliceEnd, at_ms(2));
  std::array<VcpuId, 3> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 3u);
  EXPECT_EQ(out, (std::array{kB, kC, kA}));
  expect_picked(discipline, kB);
  EXPECT_EQ(discipline.victims(kQueue, out), 2u) << "who runs is not given away";
}

TEST(Eevdf, VirtualTimeIsSetBackLongBeforeItEnds) {
  // Two of weight 1 yield in turn: each yield is a request of 16000 s * 100, so 2^61 come soon. Nothing else changes.
  Eevdf discipline(2, 1, {.slice = std::chrono::seconds(4000), .cpus = 8});
  kit::fork_all(discipline, {1, 1});
  std::array<int, 2> picked{};
  for (int i = 0; i < 100'000; ++i) {
    const VcpuId vcpu = discipline.pick(kQueue, at_ms(0))->vcpu;
    ++picked[index(vcpu)];
    discipline.enqueue(kQueue, vcpu, EnqueueWhy::Yield, at_ms(0));
  }
  discipline.check_invariants(kQueue);
  EXPECT_LE(std::abs(picked[0] - picked[1]), 1);
}

TEST(Eevdf, AdmittedAgainAVcpuStartsAnew) {
  Eevdf discipline(2, 1, request_of(4));
  a_runs_two_then_b(discipline);
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(2));
  discipline.admit(kB, {.weight = Weight{300}, .allowed = PcpuSet::first(1)});
  put(discipline, kB, EnqueueWhy::Wake, at_ms(2));
  EXPECT_EQ(discipline.lag_of(kB), 0);
}

TEST(Eevdf, ANewWeightKeepsWhatIsOwed) {
  Eevdf discipline(2, 1, request_of(4));
  a_runs_two_then_b(discipline);
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(2));
  discipline.reweigh(kB, Weight{200});
  put(discipline, kB, EnqueueWhy::Wake, at_ms(2));
  EXPECT_NEAR(static_cast<double>(discipline.lag_of(kB)), 1'000'000, 2);
}

TEST(Eevdf, DoesAsAPlainSearch) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    Eevdf discipline(crowd.vcpus, naive::kRunqueues);
    naive::Eevdf model;
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

// Theory: the error of EEVDF (Stoica, Abdel-Wahab 1995, theorem 1): at every moment the lags sum up to 0 (checked by
// check_invariants, exactly), and none leaves (-r, max(r, q)) for requests r and quanta q, here all 1 ms. One ns is the
// rounding of lag_of, one more that of a deadline.
TEST(Eevdf, NoLagLeavesItsBounds) {
  Eevdf discipline(7, 1, request_of(1));
  kit::fork_all(discipline, {1, 33, 100, 100, 250, 999, 10000});
  Time now = at_ms(0);
  for (int i = 0; i < 50'000; ++i) {
    const Pick pick = *discipline.pick(kQueue, now);
    for (const bool ends : {false, true}) {  // in the middle of each slice, and at its end
      discipline.charge(kQueue, pick.vcpu, ends ? pick.until - now : (pick.until - now) / 2, pick.until);
      if (!ends) now += (pick.until - now) / 2;
      discipline.check_invariants(kQueue);
      for (std::uint32_t v = 0; v < 7; ++v) {
        ASSERT_GT(discipline.lag_of(VcpuId{v}), -1'000'002) << "vCPU " << v << " after " << i;
        ASSERT_LT(discipline.lag_of(VcpuId{v}), 1'000'002) << "vCPU " << v << " after " << i;
      }
    }
    now = pick.until;
    discipline.enqueue(kQueue, pick.vcpu, EnqueueWhy::SliceEnd, now);
  }
}

}  // namespace
}  // namespace roost
