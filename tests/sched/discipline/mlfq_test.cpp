#include "sched/discipline/mlfq.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/mlfq_model.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};

TEST(Mlfq, HogsGoDownLevelByLevel) {
  // 10 ms each on the top level, 20 ms on the next, then 40 ms in turn.
  Mlfq discipline(2, 1);
  kit::fork_all(discipline, {1, 10000});
  const std::vector<kit::Ran> expected{{0, 0, 10000},      {1, 10000, 20000},   {0, 20000, 40000}, {1, 40000, 60000},
                                       {0, 60000, 100000}, {1, 100000, 140000}, {0, 140000, 180000}};
  EXPECT_EQ(kit::run_hogs(discipline, 7), expected);
}

TEST(Mlfq, AnAllotmentIsCountedOverSleeps) {
  // A runs 6 ms, sleeps, and has 4 ms left on the top level; after those it is on the second.
  Mlfq discipline(1, 1);
  kit::fork_all(discipline, {100});
  discipline.pick(kQueue, at_ms(0));
  discipline.charge(kQueue, kA, milliseconds(6), at_ms(6));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(6));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(50));
  EXPECT_EQ(discipline.pick(kQueue, at_ms(50))->until, at_ms(54));
  discipline.charge(kQueue, kA, milliseconds(4), at_ms(54));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(54));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(60));
  EXPECT_EQ(discipline.urgency(kQueue), -1);
  EXPECT_EQ(discipline.pick(kQueue, at_ms(60))->until, at_ms(80));
}

TEST(Mlfq, AHigherLevelPreemptsAndThePreemptedGoesOnFirst) {
  Mlfq discipline(3, 1);
  kit::fork_all(discipline, {100, 100});
  kit::run_hogs(discipline, 2);  // both on the second level
  ASSERT_EQ(discipline.pick(kQueue, at_ms(20))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(5), at_ms(25));
  discipline.admit(kC, {.allowed = PcpuSet::first(1)});
  discipline.enqueue(kQueue, kC, EnqueueWhy::Fork, at_ms(25));
  EXPECT_TRUE(discipline.preempts(kQueue, kC, kA, at_ms(25)));
  EXPECT_FALSE(discipline.preempts(kQueue, kB, kA, at_ms(25)));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(25));
  EXPECT_EQ(discipline.pick(kQueue, at_ms(25))->vcpu, kC);
  const auto again = discipline.pick(kQueue, at_ms(30));
  EXPECT_EQ(again->vcpu, kA);
  EXPECT_EQ(again->until, at_ms(45));
}

TEST(Mlfq, ABoostEndsASliceAndLiftsEverybody) {
  Mlfq discipline(3, 1, {.boost = milliseconds(50)});
  kit::fork_all(discipline, {100, 100});
  const std::vector<kit::Ran> expected{{0, 0, 10000},      {1, 10000, 20000}, {0, 20000, 40000},
                                       {1, 40000, 50000},  // cut: 10 ms of its 20 were left
                                       {0, 50000, 60000}, {1, 60000, 70000}};
  EXPECT_EQ(kit::run_hogs(discipline, 6), expected);
}

TEST(Mlfq, AnAskerGetsTheHighestThatItMayRunAndTheLowestAreGivenAway) {
  Mlfq discipline(3, 2);
  EXPECT_EQ(discipline.urgency(kQueue), kNoUrgency);
  kit::fork_all(discipline, {100, 100, 100});
  kit::run_hogs(discipline, 1);  // A is on the second level
  EXPECT_EQ(discipline.urgency(kQueue), 0);
  std::array<VcpuId, 3> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 3u);
  EXPECT_EQ(out, (std::array{kA, kC, kB}));
  EXPECT_EQ(discipline.pick(kQueue, kit::Only{kA}.at(at_ms(10)))->vcpu, kA);
  EXPECT_FALSE(discipline.pick(kQueue, kit::Only{kA}.at(at_ms(10))).has_value());
  discipline.leave(kQueue, kB, LeaveWhy::Migrating, at_ms(10));
  discipline.enqueue(RunqueueId{1}, kB, EnqueueWhy::Migrated, at_ms(10));
  EXPECT_EQ(discipline.pick(RunqueueId{1}, at_ms(10))->vcpu, kB);
}

// ---- theory, row 15 ----

TEST(Mlfq, NobodyStarvesForLongerThanABoost) {
  // A hog on the lowest level, and as many short ones as keep the pCPU busy: each runs 2 ms and sleeps until the others
  // have run, so that none uses up its allotment within a boost (100 ms: 8 ms each, of 10). The hog waits for the boost
  // and then, on the top level, for those 12 before it: 100 ms + 12 * 2 ms at most; and it does wait for 50 ms.
  constexpr std::uint32_t kShort = 12;
  Mlfq discipline(kShort + 1, 1, {.boost = milliseconds(100)});
  const VcpuId hog{kShort};
  for (std::uint32_t v = 0; v <= kShort; ++v) {
    discipline.admit(VcpuId{v}, {.allowed = PcpuSet::first(1)});
    if (VcpuId{v} == hog) discipline.charge(kQueue, hog, milliseconds(10), at_ms(0));  // it comes used up
    discipline.enqueue(kQueue, VcpuId{v}, EnqueueWhy::Fork, at_ms(0));
  }
  Duration longest{0};
  Time now = at_ms(0), hog_ran = at_ms(0);
  while (now < at_ms(5000)) {
    const Pick pick = *discipline.pick(kQueue, now);
    const Duration ran = pick.vcpu == hog ? pick.until - now : std::min<Duration>(milliseconds(2), pick.until - now);
    if (pick.vcpu == hog) longest = std::max(longest, now - hog_ran);
    discipline.charge(kQueue, pick.vcpu, ran, now += ran);
    if (pick.vcpu == hog) hog_ran = now;
    if (pick.vcpu == hog) {
      discipline.enqueue(kQueue, hog, EnqueueWhy::SliceEnd, now);
    } else {  // it sleeps for no time at all, and wakes behind the others
      discipline.leave(kQueue, pick.vcpu, LeaveWhy::Blocked, now);
      discipline.enqueue(kQueue, pick.vcpu, EnqueueWhy::Wake, now);
    }
  }
  EXPECT_LE(longest, milliseconds(100 + 2 * kShort));
  EXPECT_GE(longest, milliseconds(50));
}

TEST(Mlfq, DoesAsAPlainSearch) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    const MlfqConstants constants{.levels = 4, .allotment = milliseconds(1), .boost = milliseconds(100)};
    Mlfq discipline(crowd.vcpus, naive::kRunqueues, constants);
    naive::Levels model(constants);
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

}  // namespace
}  // namespace roost
