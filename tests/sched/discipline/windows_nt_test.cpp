#include "sched/discipline/windows_nt.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/walk_beside.hpp"
#include "tests/sched/discipline/windows_nt_model.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};
constexpr WindowsNtConstants kEven{.ticks = 2, .tick = milliseconds(15)};  // quanta of 30 ms

void sleep_at(WindowsNt& discipline, VcpuId vcpu, std::int64_t ran_ms, Time now) {
  discipline.charge(kQueue, vcpu, milliseconds(ran_ms), now);
  discipline.leave(kQueue, vcpu, LeaveWhy::Blocked, now);
}

TEST(WindowsNt, OneLevelTakesTurnsByTheQuantum) {
  WindowsNt clients(2, 1);
  kit::fork_all(clients, {100, 100});
  const std::vector<kit::Ran> two_ticks{{0, 0, 31250}, {1, 31250, 62500}, {0, 62500, 93750}};
  EXPECT_EQ(kit::run_hogs(clients, 3), two_ticks);
  WindowsNt servers(2, 1, {.ticks = 12});
  kit::fork_all(servers, {100, 100});
  const std::vector<kit::Ran> twelve{{0, 0, 187500}, {1, 187500, 375000}};
  EXPECT_EQ(kit::run_hogs(servers, 2), twelve);
}

TEST(WindowsNt, BaseLevelsFollowTheWeight) {
  WindowsNt discipline(5, 1);  // nice 0, -3 (195), 3 (51), 19 (1), -20 (10000)
  kit::fork_all(discipline, {100, 195, 51, 1, 10000});
  EXPECT_EQ(discipline.urgency_of(kA), 8);
  EXPECT_EQ(discipline.urgency_of(kB), 9);
  EXPECT_EQ(discipline.urgency_of(kC), 7);
  EXPECT_EQ(discipline.urgency_of(VcpuId{3}), 2);
  EXPECT_EQ(discipline.urgency_of(VcpuId{4}), 24);
  EXPECT_EQ(discipline.urgency(kQueue), 24);
  std::array<VcpuId, 5> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 5u);
  EXPECT_EQ(out, (std::array{VcpuId{4}, kB, kA, kC, VcpuId{3}}));
}

TEST(WindowsNt, ABoostFallsByOneAtEachQuantumsEnd) {
  WindowsNt discipline(2, 1, {.ticks = 2, .tick = milliseconds(15), .boost = 2});
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  sleep_at(discipline, kA, 1, at_ms(1));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1))->vcpu, kB);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(2));
  EXPECT_EQ(discipline.urgency_of(kA), 10);
  EXPECT_TRUE(discipline.preempts(kQueue, kA, kB, at_ms(2)));
  discipline.charge(kQueue, kB, milliseconds(1), at_ms(2));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Preempted, at_ms(2));
  // A has a new quantum of 30 ms less 5 for the wait; then on 9 one of 30; then on 8, behind B with the rest of its
  // own.
  const std::vector<kit::Ran> expected{{0, 2000, 27000}, {0, 27000, 57000}, {1, 57000, 86000}, {0, 86000, 116000}};
  EXPECT_EQ(kit::run_hogs(discipline, 4, at_ms(2)), expected);
}

TEST(WindowsNt, BoostsAreOfTheBaseAndStopAtFifteen) {
  WindowsNt discipline(3, 1, {.ticks = 2, .tick = milliseconds(15), .boost = 8});
  kit::fork_all(discipline, {100, 100, 10000});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kC);
  sleep_at(discipline, kC, 1, at_ms(1));
  discipline.enqueue(kQueue, kC, EnqueueWhy::Wake, at_ms(2));
  EXPECT_EQ(discipline.urgency_of(kC), 24) << "real-time levels are fixed";
  ASSERT_EQ(discipline.pick(kQueue, at_ms(2))->vcpu, kC);
  sleep_at(discipline, kC, 1, at_ms(3));
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(discipline.pick(kQueue, at_ms(3))->vcpu, kA);
    sleep_at(discipline, kA, 0, at_ms(3));
    discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(3));
    EXPECT_EQ(discipline.urgency_of(kA), 15) << "8 + 8, and not again 8";
  }
}

TEST(WindowsNt, WaitsUseTheQuantumUpWhereNoBoostMakesItNew) {
  // 30 ms: six waits of 5 ms; after the sixth it is new.
  WindowsNt discipline(1, 1, {.ticks = 2, .tick = milliseconds(15), .boost = 0});
  kit::fork_all(discipline, {100});
  for (int i = 1; i <= 6; ++i) {
    ASSERT_EQ(discipline.pick(kQueue, at_ms(i))->vcpu, kA);
    sleep_at(discipline, kA, 0, at_ms(i));
    discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(i));
    const auto pick = discipline.pick(kQueue, at_ms(i));
    EXPECT_EQ(pick->until, at_ms(i + (i < 6 ? 30 - 5 * i : 30)));
    discipline.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(i));
  }
}

TEST(WindowsNt, ABoostMakesTheQuantumNewAndFromBase14OnAWaitCostsNothing) {
  for (const auto& [weight, left_ms] : {std::pair{100u, 25}, {5000u, 30}, {10000u, 30}}) {  // bases 8, 14 and 24
    WindowsNt discipline(1, 1, kEven);
    kit::fork_all(discipline, {weight});
    ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
    sleep_at(discipline, kA, 20, at_ms(20));
    discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(21));
    EXPECT_EQ(discipline.pick(kQueue, at_ms(21))->until, at_ms(21 + left_ms)) << weight;
  }
}

TEST(WindowsNt, WhoYieldsGoesToTheTail) {
  WindowsNt discipline(2, 1, kEven);
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(1));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(1));
  const std::vector<kit::Ran> expected{{1, 1000, 31000}, {0, 31000, 61000}};
  EXPECT_EQ(kit::run_hogs(discipline, 2, at_ms(1)), expected);
}

TEST(WindowsNt, WhoStarvedFourSecondsGetsFourThirdsOfATickOnFifteen) {
  // A on 9 runs for ever, B on 8 waits since 0: at 4 s it is lifted for 20 ms, and falls to 8 at once.
  WindowsNt discipline(2, 1, {.ticks = 40, .tick = milliseconds(15)});  // quanta of 600 ms
  kit::fork_all(discipline, {195, 100});
  const std::vector<kit::Ran> trace = kit::run_hogs(discipline, 40);
  std::vector<kit::Ran> of_b;
  for (const kit::Ran& ran : trace)
    if (ran.vcpu == 1 && of_b.size() < 2) of_b.push_back(ran);
  const std::vector<kit::Ran> expected{{1, 4'000'000, 4'020'000}, {1, 9'000'000, 9'020'000}};
  EXPECT_EQ(of_b, expected) << "at 8 s it has waited since 4.02 s";
  EXPECT_EQ(discipline.urgency_of(kB), 8);
}

TEST(WindowsNt, WhoStarvedOnABoostFallsToOneBelowItAndIsNotBoostedUntilThen) {
  // B's base is 8, its boost 4: it starves on 12 below A, real-time. It is lifted to 15, sleeps and wakes there, with
  // 20 ms less 5, and falls to 11.
  WindowsNt discipline(2, 1, {.ticks = 40, .tick = milliseconds(15), .boost = 4});
  kit::fork_all(discipline, {10000, 100});
  ASSERT_EQ(discipline.pick(kQueue, kit::Only{kB}.at(at_ms(0)))->vcpu, kB);
  sleep_at(discipline, kB, 0, at_ms(0));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Wake, at_ms(0));
  EXPECT_EQ(discipline.urgency_of(kB), 12);
  ASSERT_EQ(discipline.pick(kQueue, at_ms(4000))->vcpu, kA);
  EXPECT_EQ(discipline.urgency_of(kB), 15);
  ASSERT_EQ(discipline.pick(kQueue, at_ms(4000))->vcpu, kB);
  sleep_at(discipline, kB, 0, at_ms(4000));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Wake, at_ms(4000));
  const auto pick = discipline.pick(kQueue, at_ms(4000));
  EXPECT_EQ(pick->until, at_ms(4015));
  discipline.charge(kQueue, kB, milliseconds(15), at_ms(4015));
  discipline.enqueue(kQueue, kB, EnqueueWhy::SliceEnd, at_ms(4015));
  EXPECT_EQ(discipline.urgency_of(kB), 11);
}

TEST(WindowsNt, LiftsTenARoundAndGoesOnWhereItStopped) {
  constexpr std::uint32_t kMany = 26;
  WindowsNt discipline(kMany, 1, kEven);
  for (std::uint32_t v = 0; v < kMany; ++v) {
    discipline.admit(VcpuId{v}, {.weight = Weight{v < 13 ? 100u : 195u}, .allowed = PcpuSet::first(1)});
    discipline.enqueue(kQueue, VcpuId{v}, EnqueueWhy::Fork, at_ms(0));
  }
  const auto lifted = [&] {
    std::vector<bool> which;
    for (std::uint32_t v = 0; v < kMany; ++v) which.push_back(discipline.urgency_of(VcpuId{v}) == 15);
    return which;
  };
  const auto put_back = [&](VcpuId vcpu, Time now) { discipline.enqueue(kQueue, vcpu, EnqueueWhy::Preempted, now); };
  const auto expect_lifted = [&](Time now, std::uint32_t to) {
    put_back(discipline.pick(kQueue, now)->vcpu, now);
    std::vector<bool> expected(kMany, false);
    std::fill_n(expected.begin(), to, true);
    EXPECT_EQ(lifted(), expected);
    discipline.check_invariants(kQueue);
  };
  expect_lifted(at_ms(4000), 10);  // of level 8
  expect_lifted(at_ms(5000), 20);  // the other three, and seven of level 9
  expect_lifted(at_ms(6000), 26);
}

TEST(WindowsNt, PicksOnlyWhoMayRun) {
  WindowsNt discipline(3, 1);
  kit::fork_all(discipline, {195, 100, 100});
  struct OnlyC final : MayRun {
    bool operator()(VcpuId vcpu) const override { return vcpu == kC; }
  } may_run;
  EXPECT_EQ(discipline.pick(kQueue, {at_ms(0), kNoPcpu, &may_run})->vcpu, kC);
  EXPECT_FALSE(discipline.pick(kQueue, {at_ms(0), kNoPcpu, &may_run}));
}

TEST(WindowsNt, DoesAsAPlainSearch) {
  std::size_t lifted = 0;
  for (const naive::Crowd& crowd : naive::kCrowds) {
    WindowsNt discipline(crowd.vcpus, naive::kRunqueues);
    naive::WindowsNt model;
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
    lifted += model.lifted();
  }
  EXPECT_GT(lifted, 100u) << "the walk has to starve somebody";
}

}  // namespace
}  // namespace roost
