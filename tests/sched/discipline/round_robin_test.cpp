#include "sched/discipline/round_robin.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/one_queue.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};

TEST(RoundRobin, GivesEveryoneTheSameSliceInTurn) {
  RoundRobin discipline(3, 1, milliseconds(2));
  kit::fork_all(discipline, {1, 100, 10000});
  const std::vector<kit::Ran> expected{{0, 0, 2000}, {1, 2000, 4000}, {2, 4000, 6000}, {0, 6000, 8000}};
  EXPECT_EQ(kit::run_hogs(discipline, 4), expected);
}

TEST(RoundRobin, WhoIsPreemptedGoesOnWithTheRestOfItsSlice) {
  RoundRobin discipline(2, 1, milliseconds(3));
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(1));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(1));
  const auto again = discipline.pick(kQueue, at_ms(5));
  EXPECT_EQ(again->vcpu, kA);
  EXPECT_EQ(again->until, at_ms(7));
}

TEST(RoundRobin, WhoIsPreemptedAfterItsSliceGoesToTheTail) {
  RoundRobin discipline(2, 1, milliseconds(3));
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(3), at_ms(3));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(3));
  EXPECT_EQ(discipline.pick(kQueue, at_ms(3))->vcpu, kB);
}

TEST(RoundRobin, WhoYieldsOrWakesGoesToTheTailWithAWholeSlice) {
  RoundRobin discipline(3, 1, milliseconds(3));
  kit::fork_all(discipline, {100, 100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(1));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(1));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1))->vcpu, kB);
  discipline.charge(kQueue, kB, milliseconds(1), at_ms(2));
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(2));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Wake, at_ms(2));
  const std::vector<kit::Ran> expected{{2, 2000, 5000}, {0, 5000, 8000}, {1, 8000, 11000}};
  EXPECT_EQ(kit::run_hogs(discipline, 3, at_ms(2)), expected);
}

TEST(RoundRobin, GivesAwayFromTheTail) {
  RoundRobin discipline(3, 2, milliseconds(3));
  kit::fork_all(discipline, {100, 100, 100});
  std::array<VcpuId, 2> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 2u);
  EXPECT_EQ(out, (std::array{kC, kB}));
  discipline.leave(kQueue, kB, LeaveWhy::Migrating, at_ms(1));
  discipline.enqueue(RunqueueId{1}, kB, EnqueueWhy::Migrated, at_ms(1));
  discipline.check_invariants(kQueue);
  discipline.check_invariants(RunqueueId{1});
  EXPECT_EQ(discipline.waiting(kQueue), 2u);
  EXPECT_EQ(discipline.pick(RunqueueId{1}, at_ms(1))->vcpu, kB);
}

TEST(RoundRobin, NobodyIsMoreUrgent) {
  RoundRobin discipline(2, 1);
  EXPECT_EQ(discipline.urgency(kQueue), kNoUrgency);
  kit::fork_all(discipline, {1, 10000});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  EXPECT_FALSE(discipline.preempts(kQueue, kB, kA, at_ms(9)));
  EXPECT_EQ(discipline.urgency(kQueue), discipline.urgency_of(kA));
}

}  // namespace
}  // namespace roost
