#include "sched/discipline/credit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/credit_model.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2}, kD{3};
constexpr RunqueueId kOther{1};

void put(Credit& discipline, VcpuId vcpu, EnqueueWhy why, Time now, RunqueueId rq = kQueue) {
  discipline.enqueue(rq, vcpu, why, now);
  discipline.check_invariants(rq);
}

void expect_picked(Credit& discipline, VcpuId vcpu, Time now, Duration stint = milliseconds(30)) {
  const auto pick = discipline.pick(kQueue, now);
  ASSERT_TRUE(pick);
  EXPECT_EQ(pick->vcpu, vcpu);
  EXPECT_EQ(pick->until, now + stint);
  discipline.check_invariants(kQueue);
}

TEST(Credit, TwoHogsTakeTurnsAndAreOverInTurn) {
  // In ms of credit, after the accounting at the end of each slice (A alone is active in the first):
  //   30   A -30 + 30 =   0                      B runs next
  //   60   A  15          B -30 + 15 = -15 OVER  A
  //   90   A -15 + 15 = 0 B -15 + 15 =   0       B, who stood there first
  //   120  A  15          B -30 + 15 = -15 OVER  A
  Credit discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  const std::vector<kit::Ran> expected{{0, 0, 30000}, {1, 30000, 60000}, {0, 60000, 90000}, {1, 90000, 120000}};
  EXPECT_EQ(kit::run_hogs(discipline, 4), expected);
  EXPECT_EQ(discipline.credit_of(kA), 15'000'000);
  EXPECT_EQ(discipline.credit_of(kB), -15'000'000);
  EXPECT_EQ(discipline.urgency_of(kA), -1);
  EXPECT_EQ(discipline.urgency_of(kB), -2);
}

TEST(Credit, WhoIsOverWaitsForThoseWhoAreNot) {
  // A of 300, B and C of 100. At 90: A 0 + 18 + 18 = 36 > 30 is no longer active and keeps 18; B -30 + 6 + 6 = -18 and
  // C -30 + 6 = -24 are OVER, B's turn is first (the shortage of 24 + 6 - 18... is shared out from 120 on).
  Credit discipline(3, 1);
  kit::fork_all(discipline, {300, 100, 100});
  const std::vector<kit::Ran> trace = kit::run_hogs(discipline, 4);
  EXPECT_EQ(trace[3], (kit::Ran{0, 90000, 120000}));
  EXPECT_EQ(discipline.urgency_of(kB), -2);
}

/// A runs from 0 to 12 ms, past a tick; B, which slept since 0, wakes.
void wake_b_at_12(Credit& discipline) {
  kit::fork_all(discipline, {100, 100});
  expect_picked(discipline, kA, at_ms(0));
  expect_picked(discipline, kB, at_ms(0));  // two pCPUs, so that it may block
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(0));
  discipline.charge(kQueue, kA, milliseconds(12), at_ms(12));
  put(discipline, kB, EnqueueWhy::Wake, at_ms(12));
}

TEST(Credit, AWakeupBoostsUntilTheNextTick) {
  Credit discipline(2, 1);
  wake_b_at_12(discipline);
  EXPECT_EQ(discipline.urgency(kQueue), 0);
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(12)));
  put(discipline, kA, EnqueueWhy::Preempted, at_ms(12));
  expect_picked(discipline, kB, at_ms(12));
  discipline.charge(kQueue, kB, milliseconds(7), at_ms(19));
  EXPECT_EQ(discipline.urgency_of(kB), 0);
  discipline.charge(kQueue, kB, milliseconds(1), at_ms(20));
  EXPECT_EQ(discipline.urgency_of(kB), -1);
}

TEST(Credit, WhoRanForLessThanTheRatelimitGoesOn) {
  Credit discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  expect_picked(discipline, kA, at_ms(0));
  expect_picked(discipline, kB, at_ms(0));
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(0));
  discipline.charge(kQueue, kA, microseconds(300), at_ms(0) + microseconds(300));
  put(discipline, kB, EnqueueWhy::Wake, at_ms(0) + microseconds(300));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(0) + microseconds(300)));
  put(discipline, kA, EnqueueWhy::Preempted, at_ms(0) + microseconds(300));
  expect_picked(discipline, kA, at_ms(0) + microseconds(300), microseconds(700));
  discipline.charge(kQueue, kA, microseconds(700), at_ms(1));
  put(discipline, kA, EnqueueWhy::SliceEnd, at_ms(1));
  expect_picked(discipline, kB, at_ms(1));
}

TEST(Credit, ASleeperEarnsWhatItMissedUntilItHasTooMuch) {
  // A ran 20 ms beside nobody active: it goes on earning 30 a period. It leaves at 20 with -20 ms.
  struct Case {
    int wakes_at_ms, credit_ms;
    Urgency urgency;
  };
  for (const Case& c : {Case{25, -20, 0}, {35, 10, 0}, {65, 20, 0}, {900, 20, 0}}) {  // 10 + 30 = 40: inactive, 20
    Credit discipline(1, 1);
    kit::fork_all(discipline, {100});
    expect_picked(discipline, kA, at_ms(0));
    discipline.charge(kQueue, kA, milliseconds(20), at_ms(20));
    discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(20));
    put(discipline, kA, EnqueueWhy::Wake, at_ms(c.wakes_at_ms));
    EXPECT_EQ(discipline.credit_of(kA), c.credit_ms * 1'000'000) << c.wakes_at_ms;
    EXPECT_EQ(discipline.urgency_of(kA), c.urgency);
  }
}

TEST(Credit, WhoIsOverGetsNoBoost) {
  // At 120 A has 15 ms and B -15 (see the two hogs). Both run; B sleeps for a moment.
  Credit discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  kit::run_hogs(discipline, 4);
  expect_picked(discipline, kA, at_ms(120));
  expect_picked(discipline, kB, at_ms(120));
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(121));
  put(discipline, kB, EnqueueWhy::Wake, at_ms(122));
  EXPECT_EQ(discipline.urgency_of(kB), -2);
  EXPECT_FALSE(discipline.preempts(kQueue, kB, kA, at_ms(122)));
}

TEST(Credit, WhatIsBelowMinusASliceIsForgivenAndTheShortageIsSharedOut) {
  // A alone ran 89 ms; at 30 and 60 it gets 30 and is set to -30, then 30 and the 30 that it was short of.
  Credit discipline(1, 1);
  kit::fork_all(discipline, {100});
  expect_picked(discipline, kA, at_ms(0));
  discipline.charge(kQueue, kA, milliseconds(89), at_ms(89));
  EXPECT_EQ(discipline.credit_of(kA), 30'000'000);
}

TEST(Credit, AYieldGoesBehindOneOfALowerPriorityToo) {
  // At 120 A is UNDER, B and C are OVER (see above). D comes UNDER behind A; A yields behind D and B.
  Credit discipline(4, 1);
  kit::fork_all(discipline, {300, 100, 100});
  kit::run_hogs(discipline, 3);
  expect_picked(discipline, kA, at_ms(90));
  discipline.admit(kD, {.allowed = PcpuSet::first(1)});
  put(discipline, kD, EnqueueWhy::Fork, at_ms(91));
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(91));
  put(discipline, kA, EnqueueWhy::Yield, at_ms(91));
  std::array<VcpuId, 4> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 4u);
  EXPECT_EQ(out, (std::array{kD, kB, kC, kA})) << "from the head, who yielded last";
  for (const VcpuId vcpu : {kD, kB, kA, kC}) expect_picked(discipline, vcpu, at_ms(91));
}

TEST(Credit, AMigratedVcpuKeepsItsPriorityAndGetsNoBoost) {
  Credit discipline(2, 2);
  wake_b_at_12(discipline);
  put(discipline, kA, EnqueueWhy::SliceEnd, at_ms(12));
  discipline.leave(kQueue, kA, LeaveWhy::Migrating, at_ms(12));
  put(discipline, kA, EnqueueWhy::Migrated, at_ms(12), kOther);
  EXPECT_EQ(discipline.urgency(kOther), -1);
  EXPECT_EQ(discipline.credit_of(kA), -12'000'000);
}

TEST(Credit, OnlyWhoMayRunIsPicked) {
  Credit discipline(3, 1);
  kit::fork_all(discipline, {100, 100, 100});
  const kit::Only only_c{kC}, nobody{};
  EXPECT_FALSE(discipline.pick(kQueue, nobody.at(at_ms(0))));
  EXPECT_EQ(discipline.pick(kQueue, only_c.at(at_ms(0)))->vcpu, kC);
}

TEST(Credit, HogsShareByWeightInTheLongRun) {
  Credit discipline(3, 1);
  kit::fork_all(discipline, {100, 200, 300});
  std::array<std::int64_t, 3> ran{};
  for (const kit::Ran& slice : kit::run_hogs(discipline, 6000)) ++ran[slice.vcpu];
  for (std::size_t v = 0; v < 3; ++v)
    EXPECT_NEAR(static_cast<double>(ran[v]) / 6000, static_cast<double>(v + 1) / 6, 0.02) << "vCPU " << v;
}

// Theory: how long a vCPU that is OVER waits. At worst it has -slice of credit and earns slice / n a period, so it is
// UNDER after n periods; then n - 1 others of its priority have a turn first: at most (2n - 1) slices.
TEST(Credit, WhoIsOverWaitsForABoundedTime) {
  for (const std::uint32_t n : {2u, 5u, 12u}) {
    Credit discipline(n, 1);
    for (std::uint32_t v = 0; v < n; ++v) {
      discipline.admit(VcpuId{v}, {.allowed = PcpuSet::first(1)});
      discipline.enqueue(kQueue, VcpuId{v}, EnqueueWhy::Fork, at_ms(0));
    }
    std::vector<std::int64_t> last_us(n, 0);
    std::int64_t longest_us = 0;
    for (const kit::Ran& slice : kit::run_hogs(discipline, 3000)) {
      longest_us = std::max(longest_us, slice.from_us - last_us[slice.vcpu]);
      last_us[slice.vcpu] = slice.to_us;
    }
    EXPECT_LE(longest_us, 30'000 * (2 * n - 1));
    EXPECT_GE(longest_us, 30'000 * (n - 1)) << "in turn at best";
  }
}

TEST(Credit, DoesAsAPlainList) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    Credit discipline(crowd.vcpus, naive::kRunqueues);
    naive::Credit model;
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

}  // namespace
}  // namespace roost
