#include "sched/discipline/fifo.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/fifo_model.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;

constexpr VcpuId kA{0}, kB{1}, kC{2};

/// Who runs when everybody blocks at once, in order.
std::vector<VcpuId> order(Discipline& discipline) {
  std::vector<VcpuId> order;
  while (const auto pick = discipline.pick(kQueue, at_ms(100))) order.push_back(pick->vcpu);
  return order;
}

TEST(Fifo, RunsWhoCameFirstUntilItBlocks) {
  Fifo discipline(3, 1);
  kit::fork_all(discipline, {1, 10000, 100});
  const auto pick = discipline.pick(kQueue, at_ms(0));
  EXPECT_EQ(pick->vcpu, kA);
  EXPECT_EQ(pick->until, kNever);
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(50));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(50));
  EXPECT_EQ(order(discipline), (std::vector{kB, kC, kA}));
}

TEST(Fifo, WhoYieldsGoesToTheTailAndWhoIsStoppedGoesOnFirst) {
  Fifo discipline(3, 1);
  kit::fork_all(discipline, {100, 100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(1));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1))->vcpu, kB);
  discipline.enqueue(kQueue, kB, EnqueueWhy::SliceEnd, at_ms(2));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(2))->vcpu, kB);
  discipline.enqueue(kQueue, kB, EnqueueWhy::Preempted, at_ms(3));
  EXPECT_EQ(order(discipline), (std::vector{kB, kC, kA}));
}

TEST(Fifo, NobodyPreemptsAndTheLastAreGivenAwayFirst) {
  Fifo discipline(3, 2);
  EXPECT_EQ(discipline.urgency(kQueue), kNoUrgency);
  kit::fork_all(discipline, {1, 1, 10000});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  EXPECT_FALSE(discipline.preempts(kQueue, kC, kA, at_ms(1000)));
  EXPECT_EQ(discipline.urgency(kQueue), discipline.urgency_of(kA));
  std::array<VcpuId, 3> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 2u);
  EXPECT_EQ(out[0], kC);
  EXPECT_EQ(out[1], kB);
  discipline.leave(kQueue, kB, LeaveWhy::Migrating, at_ms(1));
  discipline.enqueue(RunqueueId{1}, kB, EnqueueWhy::Migrated, at_ms(1));
  EXPECT_EQ(discipline.pick(RunqueueId{1}, at_ms(1))->vcpu, kB);
  EXPECT_EQ(order(discipline), std::vector{kC});
}

TEST(Fifo, AnAskerGetsTheFirstThatItMayRun) {
  Fifo discipline(3, 1);
  kit::fork_all(discipline, {100, 100, 100});
  EXPECT_EQ(discipline.pick(kQueue, kit::Only{kB, kC}.at(at_ms(0)))->vcpu, kB);
  EXPECT_FALSE(discipline.pick(kQueue, kit::Only{kB}.at(at_ms(0))).has_value());
  EXPECT_EQ(order(discipline), (std::vector{kA, kC}));
}

TEST(Fifo, DoesAsAPlainQueue) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    Fifo discipline(crowd.vcpus, naive::kRunqueues);
    naive::FirstIn model;
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

}  // namespace
}  // namespace roost
