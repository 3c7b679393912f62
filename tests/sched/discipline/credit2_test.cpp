#include "sched/discipline/credit2.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/credit2_model.hpp"
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
constexpr PcpuId kHere{0}, kThere{1};

void put(Credit2& discipline, VcpuId vcpu, EnqueueWhy why, RunqueueId rq = kQueue) {
  discipline.enqueue(rq, vcpu, why, at_ms(0));
  discipline.check_invariants(rq);
}

void expect_picked(Credit2& discipline, VcpuId vcpu, Duration stint, PcpuId pcpu = kHere, RunqueueId rq = kQueue) {
  const auto pick = discipline.pick(rq, {at_ms(0), pcpu, nullptr});
  ASSERT_TRUE(pick);
  EXPECT_EQ(pick->vcpu, vcpu);
  EXPECT_EQ(pick->until, at_ms(0) + stint);
  discipline.check_invariants(rq);
}

void run(Credit2& discipline, VcpuId vcpu, Duration ran, EnqueueWhy why) {
  discipline.charge(kQueue, vcpu, ran, at_ms(0));
  put(discipline, vcpu, why);
}

TEST(Credit2, EachRunsUntilItsCreditIsThatOfTheNext) {
  // A of 100 burns twice as fast as B of 200. In ms, credits before each run:
  //   t    A   B    runs
  //   0    10  10   A: no difference, so 1 (ratelimit)
  //   1    8   10   B: 2
  //   3    8   8    B goes on, nobody has more: 0.5 (it has run for its ratelimit already)
  //   3.5  8   7.5  A: 0.5 of credit is 0.25, so 1
  //   4.5  6   7.5  B: 1.5
  //   6    6   6    B goes on: 0.5
  //   6.5  6   5.5  A: 1
  //   7.5  4   5.5  B: 1.5
  Credit2 discipline(2, 1);
  kit::fork_all(discipline, {100, 200});
  const std::vector<kit::Ran> expected{{0, 0, 1000},    {1, 1000, 3000}, {1, 3000, 3500}, {0, 3500, 4500},
                                       {1, 4500, 6000}, {1, 6000, 6500}, {0, 6500, 7500}, {1, 7500, 9000}};
  EXPECT_EQ(kit::run_hogs(discipline, 8), expected);
}

TEST(Credit2, AnEpochBeginsWhenNobodyHasCredit) {
  Credit2 discipline(1, 1);
  kit::fork_all(discipline, {100});
  expect_picked(discipline, kA, milliseconds(10));
  run(discipline, kA, milliseconds(10), EnqueueWhy::SliceEnd);
  EXPECT_EQ(discipline.urgency_of(kA), 0);
  expect_picked(discipline, kA, milliseconds(10));
  run(discipline, kA, milliseconds(14), EnqueueWhy::SliceEnd);  // 4 behind
  expect_picked(discipline, kA, milliseconds(6));
  run(discipline, kA, milliseconds(45), EnqueueWhy::SliceEnd);  // 10 behind, and no more: twice 10, to be above 0
  expect_picked(discipline, kA, milliseconds(10));
}

TEST(Credit2, ASleeperHasPartInEpochsUpToTheCarryover) {
  Credit2 discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  expect_picked(discipline, kA, milliseconds(1));
  discipline.charge(kQueue, kA, milliseconds(4), at_ms(4));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(4));  // with 6 ms
  put(discipline, kA, EnqueueWhy::Wake);
  EXPECT_EQ(discipline.urgency_of(kA), 6'000'000) << "no epoch has begun";
  expect_picked(discipline, kB, milliseconds(4));
  run(discipline, kB, milliseconds(4), EnqueueWhy::SliceEnd);
  expect_picked(discipline, kB, microseconds(500));
  discipline.leave(kQueue, kA, LeaveWhy::Migrating, at_ms(4));
  run(discipline, kB, milliseconds(6), EnqueueWhy::SliceEnd);
  expect_picked(discipline, kB, milliseconds(10));  // alone: an epoch
  put(discipline, kA, EnqueueWhy::Wake);
  EXPECT_EQ(discipline.urgency_of(kA), 10'500'000);
}

TEST(Credit2, WhoRunsElsewhereHasPartInAnEpochToo) {
  Credit2 discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  expect_picked(discipline, kA, milliseconds(1), kHere);
  expect_picked(discipline, kB, milliseconds(10), kThere);
  run(discipline, kA, milliseconds(10), EnqueueWhy::SliceEnd);  // B, still running, has not been charged
  expect_picked(discipline, kA, milliseconds(10), kHere);
  EXPECT_EQ(discipline.urgency_of(kB), 10'500'000);
}

TEST(Credit2, MoreCreditPreemptsButNotWithinTheRatelimit) {
  Credit2 discipline(2, 1);
  kit::fork_all(discipline, {100});
  expect_picked(discipline, kA, milliseconds(10));
  discipline.admit(kB, {.allowed = PcpuSet::first(1)});
  put(discipline, kB, EnqueueWhy::Fork);
  EXPECT_FALSE(discipline.preempts(kQueue, kB, kA, at_ms(0))) << "10 and 10";
  discipline.charge(kQueue, kA, microseconds(400), at_ms(0));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(0)));
  put(discipline, kA, EnqueueWhy::Preempted);
  expect_picked(discipline, kA, microseconds(600));  // the rest of its 1 ms
  run(discipline, kA, microseconds(600), EnqueueWhy::SliceEnd);
  expect_picked(discipline, kB, milliseconds(1));
}

TEST(Credit2, AYieldLetsTheNextGoFirstWhateverItsCredit) {
  Credit2 discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  expect_picked(discipline, kA, milliseconds(1));
  run(discipline, kA, milliseconds(3), EnqueueWhy::SliceEnd);
  expect_picked(discipline, kB, milliseconds(3));
  run(discipline, kB, microseconds(10), EnqueueWhy::Yield);  // B 9.99, A 7
  expect_picked(discipline, kA, milliseconds(1));
}

TEST(Credit2, WhoRanElsewhereIsMovedOnlyForMoreAndIsCompensated) {
  // A and B run on two pCPUs, C waits at 10. B comes back from there at 7; here A has 7.2, then 6.4.
  Credit2 discipline(3, 1);
  kit::fork_all(discipline, {100, 100, 100});
  expect_picked(discipline, kA, milliseconds(1), kHere);
  expect_picked(discipline, kB, milliseconds(1), kThere);
  run(discipline, kB, milliseconds(3), EnqueueWhy::SliceEnd);
  expect_picked(discipline, kC, milliseconds(3), kThere);
  discipline.charge(kQueue, kA, microseconds(3400), at_ms(0));
  EXPECT_FALSE(discipline.preempts(kQueue, kB, kA, at_ms(0))) << "7 beside 6.6";
  put(discipline, kA, EnqueueWhy::SliceEnd);
  expect_picked(discipline, kA, microseconds(500), kHere);  // B has more, but resists
  discipline.charge(kQueue, kA, microseconds(101), at_ms(0));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(0))) << "7 beside 6.499";
  put(discipline, kA, EnqueueWhy::Preempted);
  expect_picked(discipline, kB, milliseconds(1), kHere);
  EXPECT_EQ(discipline.urgency_of(kB), 7'050'000);
}

TEST(Credit2, AMigratedVcpuKeepsItsCreditAndIsAtHomeWhereItComes) {
  Credit2 discipline(2, 2);
  kit::fork_all(discipline, {100, 100});
  expect_picked(discipline, kA, milliseconds(1));
  run(discipline, kA, milliseconds(4), EnqueueWhy::SliceEnd);
  expect_picked(discipline, kB, milliseconds(4));
  discipline.leave(kQueue, kA, LeaveWhy::Migrating, at_ms(4));
  put(discipline, kA, EnqueueWhy::Migrated, kOther);
  expect_picked(discipline, kA, milliseconds(6), kThere, kOther);
  EXPECT_EQ(discipline.urgency_of(kA), 6'000'000) << "no compensation: it is not moved within a runqueue";
}

TEST(Credit2, TheGreatestWeightIsThatOfTheEpoch) {
  // B of 400 comes and goes: A burns four times as fast until the next epoch.
  Credit2 discipline(2, 1);
  kit::fork_all(discipline, {100, 400});
  expect_picked(discipline, kA, milliseconds(1));
  discipline.leave(kQueue, kB, LeaveWhy::Migrating, at_ms(0));
  run(discipline, kA, milliseconds(1), EnqueueWhy::SliceEnd);
  EXPECT_EQ(discipline.urgency_of(kA), 6'000'000);
  expect_picked(discipline, kA, microseconds(1500));
  run(discipline, kA, microseconds(1500), EnqueueWhy::SliceEnd);
  expect_picked(discipline, kA, milliseconds(10));
}

TEST(Credit2, OnlyWhoMayRunIsPickedAndTheLeastCreditIsGivenAwayFirst) {
  Credit2 discipline(3, 1);
  kit::fork_all(discipline, {100, 100, 100});
  expect_picked(discipline, kA, milliseconds(1));
  run(discipline, kA, milliseconds(2), EnqueueWhy::SliceEnd);
  std::array<VcpuId, 3> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 3u);
  EXPECT_EQ(out, (std::array{kA, kC, kB}));
  const kit::Only only_c{kC}, nobody{};
  EXPECT_FALSE(discipline.pick(kQueue, nobody.at(at_ms(0))));
  EXPECT_EQ(discipline.pick(kQueue, only_c.at(at_ms(0)))->vcpu, kC);
}

TEST(Credit2, LongRunsShareByWeight) {
  Credit2 discipline(4, 1);
  constexpr std::array<std::int64_t, 4> kWeights{50, 100, 250, 600};
  kit::fork_all(discipline, {50, 100, 250, 600});
  std::array<std::int64_t, 4> ran{};
  for (const kit::Ran& slice : kit::run_hogs(discipline, 20'000)) ran[slice.vcpu] += slice.to_us - slice.from_us;
  std::int64_t all = 0;
  for (const std::int64_t us : ran) all += us;
  for (std::size_t v = 0; v < 4; ++v) {
    const double part = static_cast<double>(ran[v]) / static_cast<double>(all);
    EXPECT_NEAR(part, static_cast<double>(kWeights[v]) / 1000, 0.005) << "vCPU " << v;
  }
}

TEST(Credit2, DoesAsAPlainSearch) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    Credit2 discipline(crowd.vcpus, naive::kRunqueues);
    naive::Credit2 model;
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

}  // namespace
}  // namespace roost
