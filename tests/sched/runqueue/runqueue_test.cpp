#include "sched/runqueue/runqueue.hpp"

#include <gtest/gtest.h>

#include <array>

#include "sched/discipline/round_robin.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/kit/who_runs.hpp"

namespace roost {
namespace {

using kit::at_ms;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr VcpuId kA{0}, kB{1};

class RunqueueScene : public testing::Test {
 protected:
  RunqueueScene() {
    for (std::uint32_t v = 0; v < 3; ++v)
      table.admit(VcpuId{v}, {.weight = Weight{100 * (v + 1)}, .allowed = PcpuSet::first(2)});
  }
  /// `vcpu`, alone on rq, wakes, runs from `from` and blocks after `ran`.
  void run_once(VcpuId vcpu, EnqueueWhy why, Time from, Duration ran) {
    rq.enqueue(vcpu, why, from);
    ASSERT_EQ(rq.pick(from)->vcpu, vcpu);
    rq.charge(vcpu, ran, from + ran);
    rq.leave(vcpu, LeaveWhy::Blocked, from + ran);
  }

  RoundRobin discipline{3, 2, milliseconds(3)};
  RunqueueTable table{discipline, 3};
  Runqueue rq{table, RunqueueId{0}}, other{table, RunqueueId{1}, 512};
};

TEST_F(RunqueueScene, StartsIdle) {
  EXPECT_TRUE(rq.idle());
  const LoadSnapshot load = rq.snapshot(at_ms(5));
  EXPECT_TRUE(load.idle());
  EXPECT_EQ(load.backlog, Duration(0));
  EXPECT_EQ(load.urgency_running, kNoUrgency);
  EXPECT_EQ(load.urgency_waiting, kNoUrgency);
  EXPECT_EQ(load.stamp, at_ms(5));
  EXPECT_EQ(other.snapshot(at_ms(5)).capacity, 512u);
  EXPECT_FALSE(rq.pick(at_ms(5)));
}

TEST_F(RunqueueScene, CountsWhoRunsAndWhoWaits) {
  rq.enqueue(kA, EnqueueWhy::Fork, at_ms(0));
  rq.enqueue(kB, EnqueueWhy::Fork, at_ms(0));
  ASSERT_EQ(rq.pick(at_ms(0))->vcpu, kA);
  const LoadSnapshot load = rq.snapshot(at_ms(0));
  EXPECT_EQ(load.running, 1u);
  EXPECT_EQ(load.waiting, 1u);
  EXPECT_EQ(load.weight, 300u);
  EXPECT_EQ(kit::who_runs(rq), kA);
  rq.check_invariants();

  rq.leave(kA, LeaveWhy::Finished, at_ms(1));
  EXPECT_EQ(rq.snapshot(at_ms(1)).weight, 200u);
  rq.leave(kB, LeaveWhy::Migrating, at_ms(1));
  EXPECT_TRUE(rq.idle());
  other.enqueue(kB, EnqueueWhy::Migrated, at_ms(1));
  EXPECT_EQ(other.waiting(), 1u);
  rq.check_invariants();
  other.check_invariants();
}

TEST_F(RunqueueScene, BacklogIsWhatIsExpectedToRunBeforeANewcomer) {
  rq.enqueue(kA, EnqueueWhy::Fork, at_ms(0));  // never ran: 1 ms each
  rq.enqueue(kB, EnqueueWhy::Fork, at_ms(0));
  EXPECT_EQ(rq.snapshot(at_ms(0)).backlog, milliseconds(2));
  ASSERT_TRUE(rq.pick(at_ms(0)));
  EXPECT_EQ(rq.snapshot(at_ms(0)).backlog, milliseconds(2));
  EXPECT_EQ(rq.snapshot(time_at(400'000)).backlog, microseconds(1600));
  EXPECT_EQ(rq.snapshot(at_ms(2)).backlog, milliseconds(1)) << "what runs longer than expected may end at any time";
}

TEST_F(RunqueueScene, LearnsHowLongAVcpuRunsUntilItBlocks) {
  run_once(kA, EnqueueWhy::Fork, at_ms(0), microseconds(200));  // 1000 + (200 - 1000) / 8 = 900
  EXPECT_EQ(table[kA].burst, microseconds(900));
  for (int i = 1; i < 60; ++i) run_once(kA, EnqueueWhy::Wake, at_ms(i), microseconds(200));
  EXPECT_NEAR(nanoseconds(table[kA].burst), 200'000, 1'000);
}

TEST_F(RunqueueScene, TheEstimateIsAnExponentialAverageAndTheBacklogIsPublishedByIt) {
  // Theory, load tracking: after k bursts of S, b_k = S + (b_0 - S) (7/8)^k; each step falls short by less than 1 ns,
  // so b_k is within 1 + 7/8 + (7/8)^2 ... = 8 ns. Down from 1 ms to 200 us, then up to 1.7 ms.
  double due = 1e6;
  int run = 0;
  for (const Duration burst : {microseconds(200), microseconds(1700)})
    for (int k = 0; k < 40; ++k, ++run) {
      run_once(kA, run == 0 ? EnqueueWhy::Fork : EnqueueWhy::Wake, at_ms(2 * run), burst);
      const auto settled = static_cast<double>(burst.count());
      due = settled + (due - settled) * 7 / 8;
      ASSERT_NEAR(static_cast<double>(nanoseconds(table[kA].burst)), due, 8) << run;
    }
  rq.enqueue(kA, EnqueueWhy::Wake, at_ms(200));
  rq.enqueue(kB, EnqueueWhy::Fork, at_ms(200));
  EXPECT_EQ(rq.snapshot(at_ms(200)).backlog, table[kA].burst + milliseconds(1));
}

TEST_F(RunqueueScene, AHogIsExpectedToUseItsSlice) {
  rq.enqueue(kA, EnqueueWhy::Fork, at_ms(0));
  Time now = at_ms(0);
  for (int i = 0; i < 100; ++i) {
    const Pick pick = *rq.pick(now);
    rq.charge(kA, pick.until - now + milliseconds(1), now);  // it overruns: the slice is what counts
    now = pick.until + milliseconds(1);
    rq.enqueue(kA, EnqueueWhy::SliceEnd, now);
  }
  EXPECT_NEAR(nanoseconds(table[kA].burst), 3'000'000, 1'000);
}

TEST_F(RunqueueScene, APreemptedBurstOnlyTeachesThatItIsLongerThanThought) {
  rq.enqueue(kA, EnqueueWhy::Fork, at_ms(0));
  ASSERT_TRUE(rq.pick(at_ms(0)));
  rq.charge(kA, microseconds(10), time_at(10'000));
  rq.enqueue(kA, EnqueueWhy::Preempted, time_at(10'000));
  EXPECT_EQ(table[kA].burst, milliseconds(1));
  ASSERT_TRUE(rq.pick(at_ms(1)));
  rq.charge(kA, milliseconds(2), at_ms(3));
  rq.enqueue(kA, EnqueueWhy::Preempted, at_ms(3));
  EXPECT_EQ(table[kA].burst, microseconds(1125));
}

TEST_F(RunqueueScene, RefusesWhatWouldLoseOrDoubleAVcpu) {
  rq.enqueue(kA, EnqueueWhy::Fork, at_ms(0));
  EXPECT_THROW(rq.enqueue(kA, EnqueueWhy::Wake, at_ms(0)), CheckFailure) << "enqueued twice";
  EXPECT_THROW(other.enqueue(kA, EnqueueWhy::Wake, at_ms(0)), CheckFailure) << "in two runqueues";
  EXPECT_THROW(other.leave(kA, LeaveWhy::Migrating, at_ms(0)), CheckFailure) << "waits elsewhere";
  EXPECT_THROW(rq.leave(kA, LeaveWhy::Blocked, at_ms(0)), CheckFailure) << "blocks without running";
  EXPECT_THROW(rq.charge(kA, milliseconds(1), at_ms(0)), CheckFailure) << "charged without running";
  EXPECT_THROW(rq.enqueue(kB, EnqueueWhy::SliceEnd, at_ms(0)), CheckFailure) << "ends a slice it never had";
  EXPECT_THROW(rq.enqueue(VcpuId{3}, EnqueueWhy::Fork, at_ms(0)), CheckFailure) << "no such vCPU";
  ASSERT_TRUE(rq.pick(at_ms(0)));
  EXPECT_THROW(rq.pick(at_ms(0)), CheckFailure) << "two at a time";
  EXPECT_THROW(rq.enqueue(kA, EnqueueWhy::Wake, at_ms(0)), CheckFailure) << "wakes while it runs";
  EXPECT_THROW(rq.charge(kA, -milliseconds(1), at_ms(0)), CheckFailure) << "time runs backward";
  EXPECT_THROW(rq.preempts(kB, kA, at_ms(0)), CheckFailure) << "does not wait here";
  rq.leave(kA, LeaveWhy::Finished, at_ms(1));
  EXPECT_THROW(rq.enqueue(kA, EnqueueWhy::Wake, at_ms(1)), CheckFailure) << "it has finished";
  EXPECT_THROW(table.admit(kA, {.allowed = PcpuSet::first(1)}), CheckFailure) << "admitted twice";
  rq.check_invariants();
}

}  // namespace
}  // namespace roost
