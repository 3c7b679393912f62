#include "sched/discipline/ule.hpp"

#include <gtest/gtest.h>

#include <array>

#include "sched/policy/catalog.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/kit/toy_host.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/ule_model.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};
constexpr UleConstants kTenMs{.tick = milliseconds(10)};

void put(Ule& discipline, VcpuId vcpu, EnqueueWhy why, Time now) {
  discipline.enqueue(kQueue, vcpu, why, now);
  discipline.check_invariants(kQueue);
}

/// `vcpu` is picked, runs from `from` to `to` and comes back.
void run(Ule& discipline, VcpuId vcpu, Time from, Time to, EnqueueWhy why) {
  ASSERT_EQ(discipline.pick(kQueue, from)->vcpu, vcpu);
  discipline.charge(kQueue, vcpu, to - from, to);
  put(discipline, vcpu, why, to);
}

TEST(Ule, AForkHasTwoTicksThenSlicesAreTwelveByTheOthers) {
  // Two hogs: each has one other, so 12 ticks. With three, 12 / 2 = 6.
  Ule two(2, 1, kTenMs), three(3, 1, kTenMs);
  kit::fork_all(two, {100, 100});
  // A has run for all of its 20 ms, level 83, and goes to slot 2 + 83. B has run for half of its 40, level 54, and goes
  // to slot 6 + 54: the insertion slot has turned by 2 at each tick but for those where nobody waited.
  const std::vector<kit::Ran> of_two{{0, 0, 20000}, {1, 20000, 40000}, {1, 40000, 160000}, {0, 160000, 280000}};
  EXPECT_EQ(kit::run_hogs(two, 4), of_two);
  // A forked alone and B beside one: 10 of 12 ticks used up; beside two, a slice is 6, so nothing more than a tick is
  // left of it. C forked beside two: 4 of 6 used. In slots: A 2 + 83; B 4 + 54; C, the fourth turn being by 1, 7 + 54.
  kit::fork_all(three, {100, 100, 100});
  const std::vector<kit::Ran> of_three{{0, 0, 10000},     {1, 10000, 20000},  {2, 20000, 40000},
                                       {1, 40000, 100000}, {2, 100000, 160000}};
  EXPECT_EQ(kit::run_hogs(three, 5), of_three);
}

TEST(Ule, LevelsOfBatchVcpusFollowTheCpuTimeAndNice) {
  // 140 of the last 140 ms: 58, and 20 * 5 / 4 for no nice. Nice 5 (weight 33): 25 * 5 / 4 = 31.
  Ule discipline(1, 1, kTenMs);
  kit::fork_all(discipline, {100});
  run(discipline, kA, at_ms(0), at_ms(140), EnqueueWhy::SliceEnd);
  EXPECT_EQ(discipline.urgency_of(kA), -(58 + 25));
  Ule nice(1, 1, kTenMs);
  kit::fork_all(nice, {33});
  run(nice, kA, at_ms(0), at_ms(140), EnqueueWhy::SliceEnd);
  EXPECT_EQ(nice.urgency_of(kA), -(58 + 31));
}

TEST(Ule, WhoSleepsMoreIsInteractive) {
  // Ran 20 ms, then slept: 50 * 20 / slept. At 100 ms: 10, level 59 * 10 / 30 = 19; at 30 ms: 33, batch, and 20 of 50
  // ms are 58 * 20 / 50 = 23. It is known as such once it runs: until then it waits on the first batch level.
  for (const auto& [slept_ms, urgency] : {std::pair{100, 59 - 19}, {30, -(25 + 23)}}) {
    Ule discipline(1, 1, kTenMs);
    kit::fork_all(discipline, {100});
    ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
    discipline.charge(kQueue, kA, milliseconds(20), at_ms(20));
    EXPECT_EQ(discipline.urgency_of(kA), -(25 + 58)) << "run, not slept";
    discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(20));
    put(discipline, kA, EnqueueWhy::Wake, at_ms(20 + slept_ms));
    EXPECT_EQ(discipline.urgency_of(kA), 0) << slept_ms;
    discipline.pick(kQueue, at_ms(20 + slept_ms));
    EXPECT_EQ(discipline.urgency_of(kA), urgency) << slept_ms;
  }
}

TEST(Ule, WhoYieldsWaitsBehindAllBatchVcpusUntilItRuns) {
  // B has run for all of its 200 ms: level 83. A, interactive, runs before it and yields: 106 slots behind, B's 83.
  Ule discipline(2, 1, kTenMs);
  kit::fork_all(discipline, {100, 100});
  run(discipline, kA, at_ms(0), time_at(1000), EnqueueWhy::SliceEnd);
  run(discipline, kB, time_at(1000), at_ms(200), EnqueueWhy::SliceEnd);
  run(discipline, kA, at_ms(200), at_ms(200) + std::chrono::microseconds(1), EnqueueWhy::Yield);
  EXPECT_EQ(discipline.urgency_of(kA), -106);
  run(discipline, kB, at_ms(201), at_ms(202), EnqueueWhy::SliceEnd);
  EXPECT_EQ(discipline.pick(kQueue, at_ms(202))->vcpu, kB) << "and again";
  ASSERT_EQ(discipline.pick(kQueue, at_ms(202))->vcpu, kA);
  EXPECT_GT(discipline.urgency_of(kA), 0) << "interactive, as it was";
}

TEST(Ule, WithoutTheStaticBoostABatchSleeperWaitsOnItsOwnLevel) {
  Ule discipline(1, 1, {.tick = milliseconds(10), .static_boost = 0});
  kit::fork_all(discipline, {100});
  discipline.pick(kQueue, at_ms(0));
  discipline.charge(kQueue, kA, milliseconds(20), at_ms(20));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(20));
  put(discipline, kA, EnqueueWhy::Wake, at_ms(50));
  EXPECT_EQ(discipline.urgency_of(kA), -(25 + 58)) << "that of before its sleep";
}

TEST(Ule, AnInteractiveSleeperWaitsOnTheLevelThatItHadAndIsBatchOnceItRuns) {
  // Forked on the first level, it runs 9 ms, short of a tick, and sleeps 10: 50 * 9 / 10 = 45 is no longer interactive.
  Ule discipline(1, 1, kTenMs);
  kit::fork_all(discipline, {100});
  discipline.pick(kQueue, at_ms(0));
  discipline.charge(kQueue, kA, milliseconds(9), at_ms(9));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(9));
  put(discipline, kA, EnqueueWhy::Wake, at_ms(19));
  EXPECT_EQ(discipline.urgency_of(kA), 59);
  discipline.pick(kQueue, at_ms(19));
  EXPECT_EQ(discipline.urgency_of(kA), -(25 + 27)) << "9 of 19 ms";  // 58 * 9 / 19 = 27.5, and a half down
}

TEST(Ule, AnInteractiveNewcomerPreemptsABatchVcpuWhichGoesOnFirstAfterwards) {
  Ule discipline(3, 1, kTenMs);
  kit::fork_all(discipline, {100, 100});
  run(discipline, kA, at_ms(0), at_ms(20), EnqueueWhy::SliceEnd);
  run(discipline, kB, at_ms(20), at_ms(40), EnqueueWhy::SliceEnd);
  ASSERT_EQ(discipline.pick(kQueue, at_ms(40))->vcpu, kB);
  discipline.charge(kQueue, kB, milliseconds(30), at_ms(70));
  discipline.admit(kC, {.allowed = PcpuSet::first(1)});
  put(discipline, kC, EnqueueWhy::Fork, at_ms(70));
  EXPECT_TRUE(discipline.preempts(kQueue, kC, kB, at_ms(70)));
  EXPECT_FALSE(discipline.preempts(kQueue, kB, kC, at_ms(70)));
  put(discipline, kB, EnqueueWhy::Preempted, at_ms(70));
  run(discipline, kC, at_ms(70), at_ms(90), EnqueueWhy::SliceEnd);
  const auto pick = discipline.pick(kQueue, at_ms(90));
  EXPECT_EQ(pick->vcpu, kB) << "before A, which came earlier";
  EXPECT_EQ(pick->until, at_ms(90 + 30)) << "of 6 ticks beside two it has used 3";
}

TEST(Ule, GivesAwayInItsOrderAndPicksOnlyWhoMayRun) {
  Ule discipline(4, 1, kTenMs);
  kit::fork_all(discipline, {100, 100, 100, 100});
  constexpr VcpuId kD{3};
  for (const VcpuId vcpu : {kA, kB, kC}) {
    const std::int64_t from = 20 * static_cast<std::int64_t>(index(vcpu));
    run(discipline, vcpu, at_ms(from), at_ms(from + 20), EnqueueWhy::SliceEnd);
  }
  std::array<VcpuId, 4> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 4u);
  // D is interactive. Slots: A 2 + 83, B 6 + 54; C, which has run for a third, 9 + 25 + 19.
  EXPECT_EQ(out, (std::array{kD, kC, kB, kA}));
  const kit::Only only_c{kC}, nobody{};
  EXPECT_FALSE(discipline.pick(kQueue, nobody.at(at_ms(60))));
  EXPECT_EQ(discipline.pick(kQueue, only_c.at(at_ms(60)))->vcpu, kC);
}

// Theory: batch vCPUs starve under interactive ones that fill the pCPU (Bouron et al., USENIX ATC 2018). Six that run
// 2 ms and sleep 5 have scores of 20 and want 1.7 pCPUs; the hog must not run at all once it is known as one.
TEST(Ule, BatchStarvesUnderInteractive) {
  const Topology topology = Topology::flat(1);
  const std::vector<VcpuTraits> vcpus(7, {.allowed = PcpuSet::first(1)});
  const auto life = [](VcpuId vcpu, Time) {
    return vcpu == kA ? kit::Life{} : kit::Life{milliseconds(2), milliseconds(5)};
  };
  kit::ToyHost toys(std::move(*make_policy("ule,balance=none", topology, 7)), topology, vcpus, life);
  toys.run_until(time_at(0) + seconds(2));
  const Duration before = toys.ran(kA);
  toys.run_until(time_at(0) + seconds(12));
  toys.check_invariants();
  EXPECT_EQ(toys.ran(kA), before);
}

TEST(Ule, DoesAsAPlainSearch) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    Ule discipline(crowd.vcpus, naive::kRunqueues);
    naive::Ule model;
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

}  // namespace
}  // namespace roost
