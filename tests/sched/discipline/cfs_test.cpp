#include "sched/discipline/cfs.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/cfs_model.hpp"
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
constexpr CfsConstants kOneCpu{.cpus = 1};  // 6 ms, 0.75 ms, 1 ms

void put(Cfs& discipline, VcpuId vcpu, EnqueueWhy why, Time now, RunqueueId rq = kQueue) {
  discipline.enqueue(rq, vcpu, why, now);
  discipline.check_invariants(rq);
}

void expect_picked(Cfs& discipline, VcpuId vcpu, Duration stint, RunqueueId rq = kQueue) {
  const auto pick = discipline.pick(rq, at_ms(0));
  ASSERT_TRUE(pick);
  EXPECT_EQ(pick->vcpu, vcpu);
  EXPECT_EQ(pick->until, at_ms(0) + stint);
  discipline.check_invariants(rq);
}

void run(Cfs& discipline, VcpuId vcpu, Duration ran, EnqueueWhy why) {
  discipline.charge(kQueue, vcpu, ran, at_ms(0));
  put(discipline, vcpu, why, at_ms(0));
}

TEST(Cfs, SlicesFollowTheWeightsAndAForkPaysOneFirst) {
  // A forks alone: a slice of 6 ms, v = 6. B of 200 beside it: 4 ms, v = 2. B runs twice, to 4 and 6; then in turn.
  Cfs discipline(2, 1, kOneCpu);
  kit::fork_all(discipline, {100, 200});
  const std::vector<kit::Ran> expected{
      {1, 0, 4000}, {1, 4000, 8000}, {0, 8000, 10000}, {1, 10000, 14000}, {0, 14000, 16000}};
  EXPECT_EQ(kit::run_hogs(discipline, 5), expected);
}

TEST(Cfs, ALightVcpuStopsOnceItIsAheadByItsSlice) {
  // A of 50 (v = 12 after its debit), B of 100 (v = 4); slices 2 and 4 ms. B runs to 8 and 12. A at 12 beside B at 12
  // is 2 ms ahead after 1 ms; B to 16; A at 14, 2 behind B, may run its 2 ms, to 18; and so on.
  Cfs discipline(2, 1, kOneCpu);
  kit::fork_all(discipline, {50, 100});
  const std::vector<kit::Ran> expected{{1, 0, 4000},      {1, 4000, 8000},   {0, 8000, 9000},  {1, 9000, 13000},
                                       {0, 13000, 15000}, {1, 15000, 19000}, {0, 19000, 21000}};
  EXPECT_EQ(kit::run_hogs(discipline, 7), expected);
}

TEST(Cfs, APeriodIsStretchedWhereMoreThanEightRun) {
  // Ten: 10 * 0.75 ms, of which one of 300 among nine of 100 gets 3 / 12. Eight: 6 ms / 8.
  Cfs ten(10, 1, kOneCpu), eight(8, 1, kOneCpu);
  kit::fork_all(ten, {100, 100, 100, 100, 100, 100, 100, 100, 100, 300});
  expect_picked(ten, VcpuId{9}, microseconds(1875));  // its debit: 1.875 / 3 = 0.625
  expect_picked(ten, VcpuId{7}, microseconds(750));   // 7.5 / 12 = 0.625 would be less than the least
  kit::fork_all(eight, {100, 100, 100, 100, 100, 100, 100, 100});
  expect_picked(eight, VcpuId{7}, microseconds(750));
}

TEST(Cfs, ASliceIsNeverShorterThanTheGranularity) {
  // 6 ms shared 1 : 10000 is 0.6 us. The debits: 600 ms for A, 6 * 10000 / 10001 / 100 = 0.06 ms for B.
  Cfs discipline(2, 1, kOneCpu);
  kit::fork_all(discipline, {1, 10000});
  expect_picked(discipline, kB, nanoseconds(5'999'400));
  expect_picked(discipline, kA, microseconds(750));
}

TEST(Cfs, ConstantsGrowWithTheLogarithmOfTheHost) {
  for (const auto& [cpus, ms] : {std::pair{1, 6}, {2, 12}, {7, 18}, {8, 24}, {64, 24}}) {
    Cfs discipline(1, 1, {.cpus = cpus});
    kit::fork_all(discipline, {100});
    expect_picked(discipline, kA, milliseconds(ms));
  }
}

/// A and B of weight 100 both at v = 6: A forked there, B at 3 and ran 3.
void level(Cfs& discipline) {
  kit::fork_all(discipline, {100, 100});
  expect_picked(discipline, kB, milliseconds(3));
  run(discipline, kB, milliseconds(3), EnqueueWhy::SliceEnd);
}

TEST(Cfs, ASleeperMayBeHalfALatencyBehind) {
  Cfs discipline(2, 1, kOneCpu);
  level(discipline);
  expect_picked(discipline, kA, milliseconds(3));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(0));
  expect_picked(discipline, kB, milliseconds(6));
  discipline.charge(kQueue, kB, milliseconds(2), at_ms(2));  // min_v: 8
  put(discipline, kA, EnqueueWhy::Wake, at_ms(2));
  EXPECT_EQ(discipline.urgency_of(kA), 2'000'000) << "it is where it was, at 6";
  discipline.leave(kQueue, kA, LeaveWhy::Migrating, at_ms(2));
  discipline.charge(kQueue, kB, milliseconds(90), at_ms(92));  // min_v: 98
  put(discipline, kA, EnqueueWhy::Wake, at_ms(92));
  EXPECT_EQ(discipline.urgency_of(kA), 3'000'000);
}

TEST(Cfs, AWakeupPreemptsBeyondTheGranularityOfItsOwnWeight) {
  // A of 200 at v = 3 after its debit, B's is 6 / 3 = 2. B runs from 2; A needs B at more than 3.5.
  Cfs discipline(2, 1, kOneCpu);
  kit::fork_all(discipline, {200, 100});
  expect_picked(discipline, kB, milliseconds(2));
  discipline.charge(kQueue, kB, microseconds(1500), at_ms(1));
  EXPECT_FALSE(discipline.preempts(kQueue, kA, kB, at_ms(1))) << "at equality nothing happens";
  discipline.charge(kQueue, kB, nanoseconds(1), at_ms(1));
  EXPECT_TRUE(discipline.preempts(kQueue, kA, kB, at_ms(1)));
}

TEST(Cfs, WhoeverComesFindsTheSliceAsItIsNow) {
  // B of 100, alone, had 6 ms and ran 3.1 of them from v = 6; beside C, which starts 3 ahead of it, its slice is 3.
  Cfs discipline(3, 1, kOneCpu);
  kit::fork_all(discipline, {100});
  expect_picked(discipline, kA, milliseconds(6));
  discipline.charge(kQueue, kA, microseconds(3000), at_ms(3));
  discipline.admit(kC, {.allowed = PcpuSet::first(1)});
  put(discipline, kC, EnqueueWhy::Fork, at_ms(3));
  EXPECT_FALSE(discipline.preempts(kQueue, kC, kA, at_ms(3)));
  discipline.charge(kQueue, kA, microseconds(1), at_ms(3));
  EXPECT_TRUE(discipline.preempts(kQueue, kC, kA, at_ms(3)));
}

TEST(Cfs, AMigratedVcpuKeepsItsDistance) {
  Cfs discipline(3, 2, kOneCpu);
  level(discipline);
  expect_picked(discipline, kA, milliseconds(3));
  run(discipline, kA, milliseconds(2), EnqueueWhy::Preempted);  // A at 8, min_v at 6
  discipline.admit(kC, {.allowed = PcpuSet::first(1)});
  put(discipline, kC, EnqueueWhy::Fork, at_ms(0), kOther);
  expect_picked(discipline, kC, milliseconds(6), kOther);
  discipline.charge(kOther, kC, milliseconds(44), at_ms(44));  // min_v there: 50
  discipline.leave(kQueue, kA, LeaveWhy::Migrating, at_ms(44));
  put(discipline, kA, EnqueueWhy::Migrated, at_ms(44), kOther);
  EXPECT_EQ(discipline.urgency_of(kA), -2'000'000);
  EXPECT_EQ(discipline.urgency(kOther), -2'000'000);
}

TEST(Cfs, AYieldLetsTheNextOneGoFirstUnlessThatIsUnfair) {
  Cfs discipline(2, 1, kOneCpu);
  level(discipline);
  expect_picked(discipline, kA, milliseconds(3));
  run(discipline, kA, milliseconds(0), EnqueueWhy::Yield);
  expect_picked(discipline, kB, milliseconds(3));
  run(discipline, kB, milliseconds(1), EnqueueWhy::SliceEnd);  // A 6, still to be skipped; B 7: 1 ms ahead
  expect_picked(discipline, kB, milliseconds(2));              // ahead of A by 3 then
  run(discipline, kB, nanoseconds(1), EnqueueWhy::SliceEnd);
  expect_picked(discipline, kA, milliseconds(3));  // more than 1 ms: unfair
}

TEST(Cfs, WhoWasPreemptedAmongManyRunsNextUnlessThatIsUnfair) {
  // Eight, all with their debits: the last one, at 0.75, runs first; the seventh is at 0.857.
  constexpr VcpuId kH{7}, kG{6};
  for (const bool far : {false, true}) {
    Cfs discipline(8, 1, kOneCpu);
    kit::fork_all(discipline, {100, 100, 100, 100, 100, 100, 100, 100});
    expect_picked(discipline, kH, microseconds(750));
    run(discipline, kH, far ? microseconds(1200) : microseconds(1000), EnqueueWhy::Preempted);
    const auto pick = discipline.pick(kQueue, at_ms(0));  // H at 1.75 is 0.893 ahead of G, or at 1.95, 1.093
    EXPECT_EQ(pick->vcpu, far ? kG : kH);
  }
  Cfs few(7, 1, kOneCpu);
  kit::fork_all(few, {100, 100, 100, 100, 100, 100, 100});
  ASSERT_EQ(few.pick(kQueue, at_ms(0))->vcpu, kG);
  run(few, kG, microseconds(1000), EnqueueWhy::Preempted);
  EXPECT_EQ(few.pick(kQueue, at_ms(0))->vcpu, VcpuId{5}) << "among seven there is no buddy";
}

TEST(Cfs, OnlyWhoMayRunIsPicked) {
  Cfs discipline(3, 1, kOneCpu);
  kit::fork_all(discipline, {100, 100, 100});  // at 6, 3, 2
  const kit::Only all_but_c{kA, kB}, nobody{};
  EXPECT_FALSE(discipline.pick(kQueue, nobody.at(at_ms(0))));
  EXPECT_EQ(discipline.pick(kQueue, all_but_c.at(at_ms(0)))->vcpu, kB);
}

TEST(Cfs, GivesAwayWhoRanOrCameLongestAgo) {
  Cfs discipline(3, 1, kOneCpu);
  kit::fork_all(discipline, {100, 100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kC);
  std::array<VcpuId, 3> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 2u);
  EXPECT_EQ(out[0], kA);
  EXPECT_EQ(out[1], kB);
  run(discipline, kC, milliseconds(2), EnqueueWhy::SliceEnd);
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kB);
  run(discipline, kB, milliseconds(2), EnqueueWhy::SliceEnd);
  ASSERT_EQ(discipline.victims(kQueue, out), 3u);
  EXPECT_EQ(out, (std::array{kA, kC, kB}));
}

TEST(Cfs, DoesAsAPlainSearch) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    Cfs discipline(crowd.vcpus, naive::kRunqueues);
    naive::Cfs model;
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

}  // namespace
}  // namespace roost
