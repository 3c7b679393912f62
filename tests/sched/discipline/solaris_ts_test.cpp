#include "sched/discipline/solaris_ts.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "sched/policy/catalog.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/kit/toy_host.hpp"
#include "tests/sched/discipline/solaris_ts_model.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};

/// Runs whoever is next from `from` to `to` and puts it back for `why`; who it was.
VcpuId run(SolarisTs& discipline, std::int64_t from_ms, std::int64_t to_ms, EnqueueWhy why) {
  const VcpuId vcpu = discipline.pick(kQueue, at_ms(from_ms))->vcpu;
  discipline.charge(kQueue, vcpu, milliseconds(to_ms - from_ms), at_ms(to_ms));
  discipline.enqueue(kQueue, vcpu, why, at_ms(to_ms));
  return vcpu;
}

TEST(SolarisTs, AHogSinksThroughTheTableAndRisesOnceASecond) {
  // From 29: 120 ms, then 19: 160, 9: 200, 0: 200, 0: 200 until the update at 1 s makes it 50: 40, 40: 40, 30: 80,
  // 20: 120, 10: 160, 0: 200, 0: 200 until 1.84, 0: 160 until 2 s, 50: 40.
  SolarisTs discipline(1, 1);
  kit::fork_all(discipline, {100});
  const std::vector<kit::Ran> expected{
      {0, 0, 120000},        {0, 120000, 280000},   {0, 280000, 480000},   {0, 480000, 680000},
      {0, 680000, 880000},   {0, 880000, 1000000},  {0, 1000000, 1040000}, {0, 1040000, 1080000},
      {0, 1080000, 1160000}, {0, 1160000, 1280000}, {0, 1280000, 1440000}, {0, 1440000, 1640000},
      {0, 1640000, 1840000}, {0, 1840000, 2000000}, {0, 2000000, 2040000}};
  EXPECT_EQ(kit::run_hogs(discipline, expected.size()), expected);
}

TEST(SolarisTs, WhoseQuantumEndsAtAnUpdateSinksAndDoesNotRise) {
  // The quanta end at 120, 280, 480 and 680 ms, where the update is: on level 0 the next is 200 ms. Risen to 50 before
  // it sank it would be on 40, with 40 ms.
  SolarisTs discipline(1, 1, milliseconds(680));
  kit::fork_all(discipline, {100});
  const std::vector<kit::Ran> expected{
      {0, 0, 120000}, {0, 120000, 280000}, {0, 280000, 480000}, {0, 480000, 680000}, {0, 680000, 880000}};
  EXPECT_EQ(kit::run_hogs(discipline, expected.size()), expected);
}

TEST(SolarisTs, HogsOfOneLevelTakeTurns) {
  SolarisTs discipline(3, 1);  // all on 29: 120 ms each; then on 19
  kit::fork_all(discipline, {100, 100, 100});
  const std::vector<kit::Ran> expected{{0, 0, 120000}, {1, 120000, 240000}, {2, 240000, 360000}, {0, 360000, 520000}};
  EXPECT_EQ(kit::run_hogs(discipline, expected.size()), expected);
}

TEST(SolarisTs, WhoWaitedOverAnUpdateGoesToTheTailOfAHighLevelWithANewQuantum) {
  SolarisTs discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(run(discipline, 0, 20, EnqueueWhy::Preempted), kA);  // 100 ms of 120 left, at the head
  const auto pick = discipline.pick(kQueue, at_ms(1500));        // both waited over 1 s: 29 -> 52, where it is 40 ms
  EXPECT_EQ(pick->vcpu, kA);
  EXPECT_EQ(pick->until, at_ms(1540));
  EXPECT_EQ(discipline.urgency_of(kA), 52);
  EXPECT_EQ(discipline.urgency(kQueue), 52);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(1500));
  discipline.pick(kQueue, at_ms(2500));  // 52 -> 59, B first
  EXPECT_EQ(discipline.urgency_of(kA), 59);
  EXPECT_EQ(discipline.urgency_of(kB), 59);
}

TEST(SolarisTs, ASleeperRisesIfAnUpdateCameSinceItsLastChange) {
  SolarisTs discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(10), at_ms(10));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(10));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(10))->vcpu, kB);
  discipline.charge(kQueue, kB, milliseconds(20), at_ms(30));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(30));
  EXPECT_EQ(discipline.urgency_of(kA), 29) << "no update came between";
  EXPECT_FALSE(discipline.preempts(kQueue, kA, kB, at_ms(30)));
  discipline.charge(kQueue, kB, milliseconds(5), at_ms(35));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Yield, at_ms(35));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(35))->vcpu, kA);
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(35));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1001))->vcpu, kB);  // raised to 52 at 1 s
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(1002));
  EXPECT_EQ(discipline.urgency_of(kA), 52);
  EXPECT_FALSE(discipline.preempts(kQueue, kA, kB, at_ms(1002))) << "at equality nothing happens";
}

TEST(SolarisTs, WhoSleepsOnAHighLevelPreemptsAHog) {
  SolarisTs discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(run(discipline, 0, 120, EnqueueWhy::SliceEnd), kA);  // now on 19
  ASSERT_EQ(discipline.pick(kQueue, at_ms(120))->vcpu, kB);
  discipline.charge(kQueue, kB, milliseconds(1), at_ms(121));
  discipline.leave(kQueue, kB, LeaveWhy::Blocked, at_ms(121));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(121))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(9), at_ms(130));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Wake, at_ms(130));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(130)));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(130));
  EXPECT_EQ(discipline.pick(kQueue, at_ms(130))->vcpu, kB);
  const auto rest = discipline.pick(kQueue, at_ms(130));
  EXPECT_EQ(rest->vcpu, kA);
  EXPECT_EQ(rest->until, at_ms(281)) << "160 ms less 9";
}

TEST(SolarisTs, NiceShiftsTheLevelByThree) {
  SolarisTs discipline(4, 1);  // nice 0, -1 (125), 1 (80), 19 (1)
  kit::fork_all(discipline, {100, 125, 80, 1});
  EXPECT_EQ(discipline.urgency_of(kA), 29);
  EXPECT_EQ(discipline.urgency_of(kB), 32);
  EXPECT_EQ(discipline.urgency_of(kC), 26);
  EXPECT_EQ(discipline.urgency_of(VcpuId{3}), 0);
  EXPECT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kB);
}

TEST(SolarisTs, GivesAwayTheHighestLevelFirstAndPicksOnlyWhoMayRun) {
  SolarisTs discipline(4, 1);
  kit::fork_all(discipline, {100, 125, 80, 100});
  std::array<VcpuId, 3> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 3u);
  EXPECT_EQ(out, (std::array{kB, kA, VcpuId{3}}));
  struct NotB final : MayRun {
    bool operator()(VcpuId vcpu) const override { return vcpu != kB && vcpu != kA; }
  } may_run;
  EXPECT_EQ(discipline.pick(kQueue, {at_ms(0), kNoPcpu, &may_run})->vcpu, VcpuId{3});
  EXPECT_EQ(discipline.pick(kQueue, {at_ms(0), kNoPcpu, &may_run})->vcpu, kC);
  EXPECT_FALSE(discipline.pick(kQueue, {at_ms(0), kNoPcpu, &may_run}));
}

TEST(SolarisTs, DoesAsAPlainTable) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    SolarisTs discipline(crowd.vcpus, naive::kRunqueues);
    naive::SolarisTs model;
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

// Theory, row 15: a vCPU waits a second for each that is before it, at most. Sleepers of a better nice level ask for
// more than the pCPU has, in short bursts; updates bring the hogs to 59, where they wait in line with them.
constexpr std::size_t kSleepers = 24, kHogs = 5;

/// How long each hog runs in each of 20 windows of kHogs seconds.
std::vector<Duration> hogs_beside_sleepers(std::string_view policy) {
  const Topology topology = Topology::flat(1);
  std::vector<VcpuTraits> vcpus(kSleepers + kHogs, {.weight = Weight{500}, .allowed = PcpuSet::first(1)});
  for (std::size_t h = 0; h < kHogs; ++h) vcpus[kSleepers + h].weight = kDefaultWeight;
  kit::ToyHost toys(std::move(*make_policy(policy, topology, vcpus.size())), topology, vcpus, [](VcpuId vcpu, Time) {
    return index(vcpu) < kSleepers ? kit::Life{milliseconds(5), milliseconds(95)} : kit::Life{};
  });
  std::vector<Duration> ran;
  std::array<Duration, kHogs> before{};
  for (std::size_t window = 1; window <= 20; ++window) {
    toys.run_until(time_at(0) + seconds(window * kHogs));
    for (std::size_t h = 0; h < kHogs; ++h) {
      const Duration by_now = toys.ran(id_at<VcpuId>(kSleepers + h));
      ran.push_back(by_now - std::exchange(before[h], by_now));
    }
  }
  toys.check_invariants();
  return ran;
}

TEST(SolarisTs, NobodyStarvesBesideSleepers) {
  for (const Duration ran : hogs_beside_sleepers("solaris_ts")) EXPECT_GT(ran, Duration{0});
}

TEST(SolarisTs, WithoutUpdatesHogsStarveBesideSleepers) {
  const std::vector<Duration> ran = hogs_beside_sleepers("solaris_ts,update=1000s");
  for (std::size_t i = 4 * kHogs; i < ran.size(); ++i) EXPECT_EQ(ran[i], Duration{0});
}

}  // namespace
}  // namespace roost
