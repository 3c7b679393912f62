#include "vmm/executor/dispatcher.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/kit/dispatcher_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr PcpuId P0{0}, P1{1};

using Scene = kit::DispatcherScene;

TEST(Dispatcher, SpreadsNewVcpusOverPcpus) {
  Scene scene(2, 2);
  const auto a = scene.next(P0), b = scene.next(P1);
  EXPECT_NE(a.vcpu, kNoVcpu);
  EXPECT_NE(b.vcpu, kNoVcpu);
  EXPECT_NE(a.vcpu, b.vcpu);
  EXPECT_GT(a.until, scene.world.now());
  scene.dispatcher->check_invariants();
}

TEST(Dispatcher, IdlesWhenItsVcpuHaltsAndKicksThePcpuThatGetsTheWoken) {
  Scene scene(1, 1);
  scene.next(P0);
  scene.world.advance(5us);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted).vcpu, kNoVcpu);
  scene.world.act_as(kNoPcpu);
  scene.world.advance(7us);
  scene.dispatcher->wake(VcpuId{0});
  EXPECT_EQ(scene.world.kicks, std::vector<PcpuId>{P0});
  scene.world.advance(2us);
  EXPECT_EQ(scene.next(P0).vcpu, VcpuId{0});
  const RunReport report = scene.report();
  const VcpuReport& vcpu = report.vcpus[VcpuId{0}];
  EXPECT_EQ(vcpu.run, 5us);
  EXPECT_EQ(vcpu.halted, 7us);
  EXPECT_EQ(vcpu.wait, 2us);
  EXPECT_EQ(vcpu.steal, 2us) << "none of it before it first ran";
  EXPECT_EQ(vcpu.wakeups, 1u);
  EXPECT_EQ(vcpu.wake_to_run.max(), 2us);
  EXPECT_EQ(report.pcpus[P0].busy, 5us);
  EXPECT_EQ(report.pcpus[P0].idle, 9us);
}

/// vCPU 0 of one pCPU has run for 5 us and halted for 7; then it was woken while the pCPU polled.
struct HandedScene : Scene {
  explicit HandedScene(std::size_t vcpus = 1) : Scene(1, vcpus) {
    next(P0);
    world.advance(5us);
    for (std::size_t v = 0; v < vcpus; ++v) returned(P0, ExitWhy::Halted);
    world.act_as(kNoPcpu);
    world.advance(7us);
    world.await_vcpu(P0);
    dispatcher->wake(VcpuId{0});
  }
  Dispatcher::Next take() {
    return dispatcher->take(P0, world.handed.at(0).vcpu, world.handed.at(0).slice, world.now());
  }
};

TEST(Dispatcher, HandsTheWokenVcpuToAPcpuThatPolls) {
  HandedScene scene;
  ASSERT_EQ(scene.world.handed.size(), 1u);
  EXPECT_EQ(scene.world.handed[0].vcpu, VcpuId{0});
  EXPECT_TRUE(scene.world.kicks.empty());
  scene.world.advance(2us);
  const auto next = scene.take();
  EXPECT_EQ(next.vcpu, VcpuId{0});
  EXPECT_EQ(next.until, scene.world.now() + scene.world.handed[0].slice);
  scene.world.advance(3us);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted).vcpu, kNoVcpu);
  const RunReport report = scene.report();
  const VcpuReport& vcpu = report.vcpus[VcpuId{0}];
  EXPECT_EQ(vcpu.run, 8us);
  EXPECT_EQ(vcpu.halted, 7us);
  EXPECT_EQ(vcpu.wait, 2us) << "it waits until the pCPU has seen it";
  EXPECT_EQ(vcpu.wake_to_run.max(), 2us);
  EXPECT_EQ(vcpu.slices, 2u);
  EXPECT_EQ(report.pcpus[P0].busy, 8us);
  EXPECT_EQ(report.pcpus[P0].idle, 9us);
  EXPECT_EQ(report.elsewhere.kicks_sent, 1u);
  scene.dispatcher->check_invariants();
}

TEST(Dispatcher, APcpuThatHasNotTakenItsHandedVcpuAtTheEndWasIdle) {
  HandedScene scene;
  scene.world.advance(2us);
  const RunReport report = scene.report();
  EXPECT_EQ(report.vcpus[VcpuId{0}].run, 5us);
  EXPECT_EQ(report.vcpus[VcpuId{0}].wait, 2us);
  EXPECT_EQ(report.pcpus[P0].busy, 5us);
  EXPECT_EQ(report.pcpus[P0].idle, 9us);
}

TEST(Dispatcher, TellsWhenAHandedVcpuBegan) {
  HandedScene scene;
  scene.world.advance(2us);
  const Time began = scene.world.now();
  scene.take();
  scene.world.advance(3us);
  scene.world.events.clear();
  scene.returned(P0, ExitWhy::Halted);
  ASSERT_GE(scene.world.events.size(), 2u);
  const Event& in = scene.world.events[0];
  EXPECT_EQ(in.kind, EventKind::Switch);
  EXPECT_EQ(in.at, began);
  EXPECT_EQ(in.vcpu, VcpuId{0});
  const Event& out = scene.world.events[1];
  EXPECT_EQ(out.kind, EventKind::Switch);
  EXPECT_EQ(out.at, began + 3us);
  EXPECT_EQ(out.vcpu, kNoVcpu);
}

TEST(Dispatcher, APcpuThatMissesWhatItWasHandedFindsItInItsRunqueue) {
  HandedScene scene;
  scene.world.advance(2us);
  const auto next = scene.next(P0);  // it stopped polling for a reason of its own
  EXPECT_EQ(next.vcpu, VcpuId{0});
  EXPECT_EQ(scene.report().vcpus[VcpuId{0}].wait, 2us);
  scene.dispatcher->check_invariants();
}

TEST(Dispatcher, KicksAPcpuThatFellAsleepWhileItWasHandedAVcpu) {
  Scene scene(1, 1);
  scene.next(P0);
  scene.returned(P0, ExitWhy::Halted);
  scene.world.act_as(kNoPcpu);
  scene.world.await_vcpu(P0);
  scene.world.asleep = true;
  scene.dispatcher->wake(VcpuId{0});
  EXPECT_EQ(scene.world.kicks, std::vector<PcpuId>{P0});
  EXPECT_EQ(scene.next(P0).vcpu, VcpuId{0});
}

TEST(Dispatcher, AWakeupOfAHandedVcpuIsNotLost) {
  HandedScene scene;
  scene.dispatcher->wake(VcpuId{0});  // a second line, before or after it looks at its lines: it counts as running
  EXPECT_EQ(scene.world.kicks.size(), 1u);
  scene.take();
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted).vcpu, VcpuId{0}) << "it looks once more instead of blocking";
}

TEST(Dispatcher, TheNextWokenWaitsBehindAHandedVcpu) {
  HandedScene scene(2);
  scene.world.await_vcpu(P0);
  scene.dispatcher->wake(VcpuId{1});
  EXPECT_EQ(scene.world.handed.size(), 1u) << "the pCPU has a vCPU already";
  scene.take();
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted).vcpu, VcpuId{1});
  scene.dispatcher->check_invariants();
}

TEST(Dispatcher, AHandedVcpuThatNeverBeganWaitedUntilTheEnd) {
  HandedScene scene;
  scene.world.advance(4us);
  const RunReport report = scene.report();
  EXPECT_EQ(report.vcpus[VcpuId{0}].wait, 4us);
  EXPECT_EQ(report.vcpus[VcpuId{0}].run, 5us);
}

TEST(Dispatcher, AHandedVcpuThatRunsAtTheEndRanSinceItBegan) {
  HandedScene scene;
  scene.world.advance(1us);
  scene.take();
  scene.world.advance(3us);
  const RunReport report = scene.report();
  EXPECT_EQ(report.vcpus[VcpuId{0}].wait, 1us);
  EXPECT_EQ(report.vcpus[VcpuId{0}].run, 8us);
  EXPECT_EQ(scene.world.events.back().kind, EventKind::Switch) << "and the trace has its last slice";
}

TEST(Dispatcher, SendsOneKickForManyWakeups) {
  Scene scene(1, 3);
  for (int i = 0; i < 3; ++i) scene.returned(P0, (scene.next(P0), ExitWhy::Halted));
  scene.world.act_as(kNoPcpu);
  for (std::uint32_t i = 0; i < 3; ++i) scene.dispatcher->wake(VcpuId{i});
  EXPECT_EQ(scene.world.kicks.size(), 1u);
  EXPECT_EQ(scene.report().elsewhere.kicks_sent, 1u);
}

TEST(Dispatcher, AWakeupBetweenTheGuestsLastLookAndBlockedIsNotLost) {
  Scene scene(1, 1);
  scene.next(P0);
  scene.world.act_as(kNoPcpu);
  scene.dispatcher->wake(VcpuId{0});  // run() has looked at its lines and is on its way out with Halted
  EXPECT_EQ(scene.world.kicks.size(), 1u) << "it runs: its pCPU is kicked";
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted).vcpu, VcpuId{0}) << "and it runs on instead of blocking";
}

TEST(Dispatcher, APcpuWakesAtItsEarliestTimer) {
  Scene scene(1, 2);
  scene.next(P0);
  const Time soon = scene.world.now() + 30us, late = scene.world.now() + 90us;
  scene.returned(P0, ExitWhy::Halted, late);
  const auto idle = scene.returned(P0, ExitWhy::Halted, soon);
  EXPECT_EQ(idle.vcpu, kNoVcpu);
  EXPECT_EQ(idle.until, soon);
  scene.world.advance(30us);
  const auto first = scene.next(P0);
  EXPECT_EQ(first.vcpu, VcpuId{1});
  EXPECT_LE(first.until, late) << "it must be back for the other timer";
  EXPECT_TRUE(scene.world.kicks.empty()) << "a pCPU does not kick itself";
}

TEST(Dispatcher, PushesToAnIdlePcpuWhereTheVcpuMayRunPastANearerOneWhereItMayNot) {
  constexpr PcpuId P2{2};
  const Topology topology = Topology::flat(3);
  Policy policy = std::move(*make_policy("round_robin,balance=push,slice=1ms", topology, 4));
  kit::FakeWorld world;
  PcpuSet ends;  // not pCPU 1
  ends.insert(P0), ends.insert(P2);
  std::vector<VcpuTraits> traits(4, {.allowed = ends});
  Dispatcher dispatcher(world, std::move(policy), topology, traits);
  dispatcher.start(world.now());
  for (const PcpuId p : {P0, P1, P2}) world.act_as(p), dispatcher.next(p);
  world.act_as(P2);
  for (int i = 0; i < 2; ++i) dispatcher.returned(P2, {.why = ExitWhy::Stopped});  // what ran there is over
  world.act_as(P0);
  for (int i = 0; i < 100 && world.kicks.empty(); ++i) {
    world.advance(1ms);
    dispatcher.returned(P0, {.why = ExitWhy::BudgetSpent});
  }
  EXPECT_EQ(world.kicks, std::vector<PcpuId>{P2});
  world.act_as(P2);
  EXPECT_NE(dispatcher.next(P2).vcpu, kNoVcpu);
}

TEST(Dispatcher, TakesTurnsWhenSlicesEnd) {
  Scene scene(1, 2);
  const auto first = scene.next(P0);
  scene.world.advance(first.until - scene.world.now());
  const auto second = scene.returned(P0, ExitWhy::BudgetSpent);
  EXPECT_NE(first.vcpu, second.vcpu);
  scene.world.advance(second.until - scene.world.now());
  EXPECT_EQ(scene.returned(P0, ExitWhy::BudgetSpent).vcpu, first.vcpu);
}

TEST(Dispatcher, AKickWithoutMoreUrgentWorkLeavesTheVcpuRunning) {
  Scene scene(1, 2);
  const auto first = scene.next(P0);
  scene.world.advance(1us);
  const auto again = scene.returned(P0, ExitWhy::Kicked);
  EXPECT_EQ(again.vcpu, first.vcpu);
  EXPECT_EQ(again.until, first.until);
  EXPECT_EQ(scene.report().pcpus[P0].switches, 1u);
}

TEST(Dispatcher, AnIdlePcpuPullsWhatWaitsElsewhere) {
  Scene scene(2, 4);
  scene.next(P0), scene.next(P1);
  scene.world.advance(1ms);
  scene.returned(P1, ExitWhy::Halted);
  scene.world.advance(100us);
  const auto pulled = scene.returned(P1, ExitWhy::Halted);  // its own two have halted; P0 still has one waiting
  ASSERT_NE(pulled.vcpu, kNoVcpu);
  const RunReport report = scene.report();
  EXPECT_EQ(report.pcpus[P1].pulls, 1u);
  const DomainBalance& llc = report.pcpus[P1].balance[static_cast<std::size_t>(Distance::Llc)];
  EXPECT_EQ(llc.moved, 1u);
  EXPECT_EQ(llc.plans[static_cast<std::size_t>(PlanOutcome::Done)], 1u);
  EXPECT_GE(report.pcpus[P1].asked[static_cast<std::size_t>(Trigger::NewIdle)], 1u);
  EXPECT_LT(report.vcpus[pulled.vcpu].steal, report.vcpus[pulled.vcpu].wait) << "it waited before it first ran";
  EXPECT_EQ(report.vcpus[pulled.vcpu].slices, 1u);
  scene.dispatcher->check_invariants();
}

TEST(Dispatcher, ForgetsFinishedVcpus) {
  Scene scene(1, 2);
  scene.next(P0);
  scene.returned(P0, ExitWhy::Stopped);
  EXPECT_FALSE(scene.dispatcher->all_finished());
  EXPECT_EQ(scene.returned(P0, ExitWhy::Stopped).vcpu, kNoVcpu);
  EXPECT_TRUE(scene.dispatcher->all_finished());
  scene.dispatcher->wake(VcpuId{0});
  EXPECT_TRUE(scene.world.kicks.empty());
  scene.dispatcher->check_invariants();
}

/// Any order of exits, wakeups and passing time on several pCPUs: nothing is lost, time adds up, manners are kept.
void random_walk(std::uint64_t seed, std::string_view spec) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << " policy " << spec);
  std::mt19937_64 random(seed);
  const std::size_t pcpus = 1 + random() % 5, vcpus = 1 + random() % 12;
  Scene scene(pcpus, vcpus, spec);
  std::vector<VcpuId> running(pcpus, kNoVcpu);
  for (std::size_t p = 0; p < pcpus; ++p) running[p] = scene.next(id_at<PcpuId>(p)).vcpu;
  for (int step = 0; step < 2000; ++step) {
    const std::size_t p = random() % pcpus;
    const auto id = id_at<PcpuId>(p);
    scene.world.advance(Duration(static_cast<std::int64_t>(random() % 400'000)));
    scene.world.act_as(random() % 4 ? id : kNoPcpu);
    if (random() % 3 == 0) scene.dispatcher->wake(id_at<VcpuId>(random() % vcpus));
    constexpr ExitWhy kWhys[] = {ExitWhy::BudgetSpent, ExitWhy::Kicked, ExitWhy::Halted, ExitWhy::Halted,
                                 ExitWhy::Yielded};
    const Duration ahead(static_cast<std::int64_t>(random() % 1'000'000));
    const Time wake_at = random() % 2 ? kNever : scene.world.now() + ahead;
    running[p] = running[p] == kNoVcpu ? scene.next(id).vcpu : scene.returned(id, kWhys[random() % 5], wake_at).vcpu;
    ASSERT_TRUE(scene.world.holds_nothing());
    scene.dispatcher->check_invariants();
  }
  const RunReport report = scene.report();  // close() checks the sums
  EXPECT_EQ(report.vcpus.size(), vcpus);
}

TEST(Dispatcher, SurvivesRandomWalks) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    random_walk(seed, "round_robin");
    random_walk(seed, "roost");
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Dispatcher, PublishesTheAverageWeightThatTheBalancerAsksFor) {
  Scene scene(1, 1, "roost,balance=domains,half_life=10ms");
  scene.next(P0);
  scene.world.advance(10ms);
  scene.returned(P0, ExitWhy::BudgetSpent);
  EXPECT_EQ(scene.dispatcher->loads().load(P0).weight, 50u) << "half of 100 after a half-life";
}

TEST(Dispatcher, WhoseTimerIsNoticedLateHasWaitedSinceItWasDue) {
  Scene scene(1, 2);
  const VcpuId sleeper = scene.next(P0).vcpu;
  const VcpuId hog = scene.returned(P0, ExitWhy::Halted, scene.world.now() + 1ms).vcpu;
  EXPECT_NE(hog, sleeper);
  scene.world.advance(1ms + 40us);  // the hog's engine looked at its clock so late
  scene.returned(P0, ExitWhy::BudgetSpent);
  scene.world.advance(10us);
  const RunReport report = scene.report();
  EXPECT_EQ(report.vcpus[sleeper].halted, 1ms);
  EXPECT_EQ(report.vcpus[sleeper].wait + report.vcpus[sleeper].run, 50us);
  EXPECT_GE(report.vcpus[sleeper].wait, 40us);
}

}  // namespace
}  // namespace roost
