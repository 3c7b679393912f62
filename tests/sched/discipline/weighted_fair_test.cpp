#include "sched/discipline/weighted_fair.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/one_queue.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};
constexpr RunqueueId kOther{1};

/// `vcpu`, which runs on kQueue since `from`, blocks at `to`.
void block(WeightedFair& discipline, VcpuId vcpu, Time from, Time to) {
  discipline.charge(kQueue, vcpu, to - from, to);
  discipline.leave(kQueue, vcpu, LeaveWhy::Blocked, to);
}

TEST(WeightedFair, SlicesFollowTheWeights) {
  // 6 ms shared 100 : 200 gives 2 ms and 4 ms; both are then 2 ms of virtual time on, and the lower id goes first.
  WeightedFair discipline(2, 1);
  kit::fork_all(discipline, {100, 200});
  const std::vector<kit::Ran> expected{{0, 0, 2000}, {1, 2000, 6000}, {0, 6000, 8000}, {1, 8000, 12000}};
  EXPECT_EQ(kit::run_hogs(discipline, 4), expected);
}

TEST(WeightedFair, ASliceIsNeverShorterThanTheLeast) {
  // 6 ms shared 100 : 900 would give A 0.6 ms. It gets 1 ms and B 5.4 ms, of which it needs two (0.6 and 0.6 of
  // virtual time) to be 1 ms on: after the first, B at 0.6 is still behind A at 1.
  WeightedFair discipline(2, 1);
  kit::fork_all(discipline, {100, 900});
  const std::vector<kit::Ran> expected{{0, 0, 1000}, {1, 1000, 6400}, {1, 6400, 11800}, {0, 11800, 12800}};
  EXPECT_EQ(kit::run_hogs(discipline, 4), expected);
}

TEST(WeightedFair, EqualsGoByTheLowerId) {
  WeightedFair discipline(4, 1);
  kit::fork_all(discipline, {100, 100, 100, 100});
  for (std::uint32_t v = 0; v < 4; ++v) EXPECT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, VcpuId{v});
}

TEST(WeightedFair, NoNanosecondIsLostToRounding) {
  // A of weight 7 is charged one nanosecond seven hundred times: exactly 10,000 ns of virtual time.
  WeightedFair discipline(2, 1);
  kit::fork_all(discipline, {7, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  for (int i = 0; i < 700; ++i) discipline.charge(kQueue, kA, nanoseconds(1), at_ms(0));
  EXPECT_EQ(discipline.urgency_of(kA), -10'000);
}

TEST(WeightedFair, ASleeperIsOwedTheCreditAtMost) {
  WeightedFair discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  block(discipline, kA, at_ms(0), at_ms(1));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1))->vcpu, kB);
  discipline.charge(kQueue, kB, milliseconds(99), at_ms(100));  // B alone: the floor is at 99 ms
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(100));
  EXPECT_EQ(discipline.urgency_of(kA), 3'000'000);
  EXPECT_EQ(discipline.urgency_of(kB), 0);
  EXPECT_TRUE(discipline.preempts(kQueue, kA, kB, at_ms(100)));
}

TEST(WeightedFair, AShortSleepEarnsNothing) {
  WeightedFair discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  block(discipline, kA, at_ms(0), at_ms(2));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(2))->vcpu, kB);
  discipline.charge(kQueue, kB, milliseconds(1), at_ms(3));  // the floor is at 1 ms, A was at 2
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(3));
  EXPECT_EQ(discipline.urgency_of(kA), -1'000'000);
  EXPECT_FALSE(discipline.preempts(kQueue, kA, kB, at_ms(3)));
}

TEST(WeightedFair, PreemptsOnlyBeyondTheGranularityOfTheNewcomer) {
  // A of weight 200 needs more than 0.5 ms of virtual time: its 1 ms of running is that much.
  WeightedFair discipline(2, 1);
  kit::fork_all(discipline, {200, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(0));  // A and B at 0, A stands behind B
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kB);
  discipline.charge(kQueue, kB, nanoseconds(500'000), at_ms(1));
  EXPECT_FALSE(discipline.preempts(kQueue, kA, kB, at_ms(1))) << "at equality nothing happens";
  discipline.charge(kQueue, kB, nanoseconds(1), at_ms(1));
  EXPECT_TRUE(discipline.preempts(kQueue, kA, kB, at_ms(1)));
}

TEST(WeightedFair, AMigratedVcpuKeepsItsDistanceFromTheFloor) {
  WeightedFair discipline(3, 2);
  kit::fork_all(discipline, {100, 100});
  discipline.admit(kC, {.allowed = PcpuSet::first(1)});
  discipline.enqueue(kOther, kC, EnqueueWhy::Fork, at_ms(0));
  ASSERT_EQ(discipline.pick(kOther, at_ms(0))->vcpu, kC);
  discipline.charge(kOther, kC, milliseconds(50), at_ms(50));  // floor there: 50 ms
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(3), at_ms(3));
  discipline.enqueue(kQueue, kA, EnqueueWhy::SliceEnd, at_ms(3));  // A is 3 ms ahead of B and the floor
  discipline.leave(kQueue, kA, LeaveWhy::Migrating, at_ms(50));
  discipline.enqueue(kOther, kA, EnqueueWhy::Migrated, at_ms(50));
  EXPECT_EQ(discipline.urgency_of(kA), -3'000'000);
  EXPECT_EQ(discipline.urgency(kOther), -3'000'000);
}

TEST(WeightedFair, ASleeperThatWakesElsewhereIsOwedWhatItMissed) {
  // A ran 2 ms ahead of B, C (100 each) and sleeps for 8 ms, in which their floor would rise by 4.
  WeightedFair discipline(3, 2);
  kit::fork_all(discipline, {100, 100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  block(discipline, kA, at_ms(0), at_ms(2));
  discipline.enqueue(kOther, kA, EnqueueWhy::Wake, at_ms(10));
  EXPECT_EQ(discipline.urgency_of(kA), 2'000'000);
}

TEST(WeightedFair, AYieldLetsTheNextOneGoFirst) {
  WeightedFair discipline(3, 1);
  kit::fork_all(discipline, {100, 100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(0));
  EXPECT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kB);
  EXPECT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kC);
  EXPECT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  EXPECT_FALSE(discipline.pick(kQueue, at_ms(0)));
}

TEST(WeightedFair, AYieldStandsBehindAllButKeepsItsVirtualTime) {
  // B is 5 ms ahead of A, C and D. A yields: C, D and B have a turn before A, which then comes at once again.
  WeightedFair discipline(4, 1);
  kit::fork_all(discipline, {100, 100, 100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.enqueue(kQueue, kA, EnqueueWhy::SliceEnd, at_ms(0));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(0));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kB);
  discipline.charge(kQueue, kB, milliseconds(5), at_ms(5));
  discipline.enqueue(kQueue, kB, EnqueueWhy::SliceEnd, at_ms(5));
  EXPECT_EQ(discipline.pick(kQueue, at_ms(5))->vcpu, kC);
  discipline.enqueue(kQueue, kC, EnqueueWhy::Yield, at_ms(5));
  std::vector<VcpuId> order;
  while (const auto pick = discipline.pick(kQueue, at_ms(5))) {
    order.push_back(pick->vcpu);
    discipline.check_invariants(kQueue);
  }
  EXPECT_EQ(order, (std::vector<VcpuId>{VcpuId{3}, kA, kB, kC}));
}

TEST(WeightedFair, GivesAwayThoseWhoWouldWaitLongest) {
  WeightedFair discipline(4, 1);
  kit::fork_all(discipline, {100, 200, 300, 400});
  kit::run_hogs(discipline, 3);  // A 1 ms (least slice), B 1.2 at half speed, C 1.8 at a third: at 1, 0.6, 0.6; D at 0
  std::array<VcpuId, 4> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 4u);
  EXPECT_EQ(out, (std::array{VcpuId{0}, VcpuId{2}, VcpuId{1}, VcpuId{3}}));
}

TEST(WeightedFair, LongRunsShareByWeight) {
  WeightedFair discipline(5, 1);
  kit::fork_all(discipline, {1, 50, 100, 300, 549});
  std::array<std::int64_t, 5> ran{};
  Time now = at_ms(0);
  while (now < at_ms(200'000)) {
    const auto pick = discipline.pick(kQueue, now);
    ran[index(pick->vcpu)] += (pick->until - now).count();
    discipline.charge(kQueue, pick->vcpu, pick->until - now, pick->until);
    now = pick->until;
    discipline.enqueue(kQueue, pick->vcpu, EnqueueWhy::SliceEnd, now);
  }
  const std::array<std::int64_t, 5> weights{1, 50, 100, 300, 549};
  for (std::size_t v = 0; v < 5; ++v) {
    const std::int64_t due = now.time_since_epoch().count() / 1000 * weights[v];
    EXPECT_NEAR(ran[v], due, std::max<std::int64_t>(due / 200, 2'000'000)) << "vCPU " << v;
  }
}

TEST(WeightedFair, HoldsThousandsInOneQueue) {
  constexpr std::uint32_t kMany = 5000;
  WeightedFair discipline(kMany, 1);
  for (std::uint32_t v = 0; v < kMany; ++v) {
    discipline.admit(VcpuId{v}, {.weight = Weight{1 + v % 10000}, .allowed = PcpuSet::first(1)});
    discipline.enqueue(kQueue, VcpuId{v}, EnqueueWhy::Fork, at_ms(0));
  }
  discipline.check_invariants(kQueue);
  std::vector<bool> seen(kMany);
  while (const auto pick = discipline.pick(kQueue, at_ms(0))) seen[index(pick->vcpu)] = true;
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), kMany);
}

}  // namespace
}  // namespace roost
