#include "vmm/executor/monitor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/discipline/contract.hpp"
#include "sched/policy/catalog.hpp"
#include "tests/kit/broken_discipline.hpp"
#include "tests/kit/fake_world.hpp"
#include "tests/kit/stepped_sleeper.hpp"
#include "vmm/executor/simulated_world.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

constexpr PcpuId P0{0}, P1{1};

/// Puts every vCPU on pCPU 0.
class OnePcpuPlacer final : public Placer {
 public:
  Placement choose(const PlacementRequest&, const LoadView&) override { return {P0, PlacementWhy::Only}; }
};

/// Promises work conservation within 10 ms and does nothing for it.
class IdleBalancer final : public Balancer {
 public:
  explicit IdleBalancer(Duration window) : window_(window) {}
  Time next_due(PcpuId, Time) override { return kNever; }
  Advice plan(PcpuId, Trigger, const LoadView&, Time) override { return {}; }
  PlanOutcome still_holds(const Plan&, const LoadSnapshot&, const LoadSnapshot&) const override {
    return PlanOutcome::Done;
  }
  Duration window() const override { return window_; }
  void outcome(PcpuId, const Plan&, PlanOutcome, std::uint32_t, Time) override {}

 private:
  Duration window_;
};

/// Two pCPUs, two vCPUs that never sleep, both on pCPU 0. What the run's end has to say.
std::string run_all_on_one(Duration window, PcpuSet allowed, const std::string& slice = "50ms",
                           std::uint32_t other_capacity = 1024) {
  IdVector<PcpuId, PcpuPlace> places(2);
  places[P1].core = 1;
  places[P1].capacity = other_capacity;
  const Topology topology(std::move(places), {});
  Policy policy = std::move(*make_policy("round_robin,balance=none,slice=" + slice, topology, 2));
  policy.placer = std::make_unique<OnePcpuPlacer>();
  policy.balancer = std::make_unique<IdleBalancer>(window);
  SimulatedWorld world({.topology = topology, .time_limit = 200ms}, std::move(policy));
  kit::SteppedSleeper a({.sleep_most = 0}, 1), b({.sleep_most = 0}, 2);
  std::vector<SteppedTenant> tenants{{&a, {.allowed = allowed}, 0}, {&b, {.allowed = allowed}, 1}};
  try {
    world.run({{"vm", "sleepers"}}, tenants);
  } catch (const CheckFailure& breach) {
    return breach.what();
  }
  return "no breach";
}

TEST(Monitor, StopsARunWhereAVcpuWaitsBeyondTheWindowWhileAPcpuIdles) {
  EXPECT_THAT(run_all_on_one(10ms, PcpuSet::first(2)),
              AllOf(HasSubstr("waits beyond the policy's window"), HasSubstr("vCPU 1 has waited on pCPU 0 since"),
                    HasSubstr("the window is 10.000 ms"), HasSubstr("pCPU 1 has idled since"),
                    HasSubstr("why no kick: pCPU 0 sent it nothing"), HasSubstr("events:"),
                    HasSubstr("pCPU 0 runs vCPU 0")));
}

TEST(Monitor, LetsAVcpuWaitThatMayNotRunOnTheIdlePcpu) {
  EXPECT_EQ(run_all_on_one(10ms, PcpuSet::first(1)), "no breach");
}

TEST(Monitor, HoldsAPolicyToNoMoreThanItPromises) {
  EXPECT_EQ(run_all_on_one(Duration::max(), PcpuSet::first(2)), "no breach");
  EXPECT_EQ(run_all_on_one(210ms, PcpuSet::first(2)), "no breach");
}

TEST(Monitor, StopsARunWhereVcpusTakeTurnsAtWaitingBesideAnIdlePcpu) {
  EXPECT_THAT(run_all_on_one(20ms, PcpuSet::first(2), "2ms"),
              AllOf(HasSubstr("while somebody always waits, whoever it is"),
                    HasSubstr("on pCPU 0 somebody has waited since 0.0"), HasSubstr("the window is 20.000 ms"),
                    HasSubstr("pCPU 1 has idled since 0.0"), HasSubstr("events:")));
  EXPECT_EQ(run_all_on_one(Duration::max(), PcpuSet::first(2), "2ms"), "no breach") << "nothing is promised";
  EXPECT_EQ(run_all_on_one(210ms, PcpuSet::first(2), "2ms"), "no breach") << "the run is shorter than the window";
  EXPECT_EQ(run_all_on_one(20ms, PcpuSet::first(1), "2ms"), "no breach") << "they may not run there";
  EXPECT_EQ(run_all_on_one(20ms, PcpuSet::first(2), "2ms", 512), "no breach") << "it is slower";
}

/// Two LLCs of two pCPUs with a runqueue each; four vCPUs that never sleep, all in the first one's.
std::string run_all_in_one_llc(const PcpuSet& of_the_last, std::uint32_t other_capacity = 1024) {
  IdVector<PcpuId, PcpuPlace> places;
  for (const std::uint32_t p : {0u, 1u, 2u, 3u})
    places.push_back({.llc = p / 2, .core = p, .capacity = p < 2 ? 1024 : other_capacity});
  const Topology topology(std::move(places), {});
  Policy policy = std::move(*make_policy("round_robin,balance=none,slice=2ms", topology, 4, Granularity::Llc));
  policy.placer = std::make_unique<OnePcpuPlacer>();
  policy.balancer = std::make_unique<IdleBalancer>(30ms);
  SimulatedWorld world({.topology = topology, .time_limit = 200ms}, std::move(policy));
  const kit::SleeperHabits hog{.sleep_most = 0};
  kit::SteppedSleeper a(hog, 1), b(hog, 2), c(hog, 3), d(hog, 4);
  std::vector<SteppedTenant> tenants;
  for (kit::SteppedSleeper* each : {&a, &b, &c, &d})
    tenants.push_back({each, {.allowed = topology.all()}, static_cast<std::uint32_t>(tenants.size())});
  tenants.back().traits.allowed = of_the_last;
  try {
    world.run({{"vm", "sleepers"}}, tenants);
  } catch (const CheckFailure& breach) {
    return breach.what();
  }
  return "no breach";
}

TEST(Monitor, LooksAtSharedRunqueuesThroughTheirLeads) {
  EXPECT_THAT(run_all_in_one_llc(PcpuSet::first(4)),
              AllOf(HasSubstr("on pCPU 0 somebody has waited since 0.0"), HasSubstr("pCPU 2 has idled since 0.0")));
  EXPECT_THAT(run_all_in_one_llc(PcpuSet::first(3)), HasSubstr("pCPU 2 has idled since 0.0"));
  EXPECT_EQ(run_all_in_one_llc(PcpuSet::first(2)), "no breach") << "one of those who wait may not go";
  EXPECT_EQ(run_all_in_one_llc(PcpuSet::first(4), 512), "no breach") << "those that idle are slower";
}

// Two pCPUs, three vCPUs that sleep now and then: what a broken discipline does is told with the last events.
TEST(Monitor, TellsTheStoryOfADisciplineThatBreaksItsContract) {
  const auto outcome_of = [](kit::Lie lie) -> std::string {
    const Topology topology = Topology::flat(2);
    Policy policy = std::move(*make_policy("round_robin", topology, 3));
    policy.discipline = std::make_unique<kit::Broken>(std::move(policy.discipline), lie);
    SimulatedWorld world({.topology = topology, .time_limit = 200ms}, std::move(policy));
    kit::SteppedSleeper a({.sleep_most = 0}, 1), b({.sleep_most = 0}, 2), c({}, 3);
    std::vector<SteppedTenant> tenants;
    for (kit::SteppedSleeper* each : {&a, &b, &c})
      tenants.push_back({each, {.allowed = topology.all()}, static_cast<std::uint32_t>(tenants.size())});
    try {
      world.run({{"vm", "sleepers"}}, tenants);
    } catch (const ContractBreach& breach) {
      return breach.what();
    }
    return "no breach";
  };
  EXPECT_EQ(outcome_of(kit::Lie::None), "no breach");
  EXPECT_THAT(outcome_of(kit::Lie::SliceOfNothing),
              AllOf(HasSubstr("discipline 'broken' broke rule 7, "), HasSubstr(" for 0 ns\nthe last "),
                    HasSubstr(" runs vCPU ")));
  EXPECT_THAT(outcome_of(kit::Lie::CountsOneMore), HasSubstr("discipline 'broken' broke rule 9, "));
}

/// A dispatcher of two pCPUs and two vCPUs that both have halted.
struct Scene {
  Scene() {
    std::vector<VcpuTraits> traits(2, {.allowed = topology.all()});
    Policy policy = std::move(*make_policy("roost", topology, 2));
    dispatcher = std::make_unique<Dispatcher>(world, std::move(policy), topology, traits);
    dispatcher->start(world.now());
    for (const PcpuId p : {P0, P1}) {
      world.act_as(p);
      dispatcher->next(p);
      dispatcher->returned(p, {.why = ExitWhy::Halted});
    }
    world.act_as(kNoPcpu);
  }
  std::string look(bool kick_under_way) {
    try {
      monitor.look(*dispatcher, [&](PcpuId) { return kick_under_way; }, world.now());
    } catch (const CheckFailure& breach) {
      return breach.what();
    }
    return "no breach";
  }

  Topology topology = Topology::flat(2);
  kit::FakeWorld world;
  std::unique_ptr<Dispatcher> dispatcher;
  Monitor monitor;
};

TEST(Monitor, FindsAKickThatWentAstray) {
  Scene scene;
  EXPECT_EQ(scene.look(false), "no breach");
  scene.dispatcher->wake(VcpuId{0});
  ASSERT_EQ(scene.world.kicks.size(), 1u);
  EXPECT_EQ(scene.look(true), "no breach") << "it is on its way";
  EXPECT_THAT(scene.look(false), HasSubstr("no kick is outstanding at rest"));
}

TEST(Monitor, FindsAVcpuThatWaitsAlthoughItsPcpuWasNeverBroughtBack) {
  Scene scene;
  scene.dispatcher->wake(VcpuId{0});
  EXPECT_EQ(scene.look(true), "no breach");
  scene.world.advance(181ms);  // roost promises 180
  EXPECT_THAT(scene.look(true), AllOf(HasSubstr("waits beyond the policy's window"), HasSubstr("is outstanding")));
}

TEST(Monitor, HoldsEachPolicyToItsOwnWindowFromWhenItCame) {
  Scene scene;
  const auto change = [&](std::string_view spec) {
    scene.dispatcher->set_policy(std::move(*make_policy(spec, scene.topology, 2)));
  };
  change("roost,balance=none");
  scene.dispatcher->wake(VcpuId{0});
  EXPECT_EQ(scene.look(true), "no breach");
  scene.world.advance(1s);
  EXPECT_EQ(scene.look(true), "no breach") << "it promises nothing";
  change("roost,period=1ms");
  scene.world.advance(17ms);
  EXPECT_EQ(scene.look(true), "no breach");
  scene.world.advance(2ms);
  EXPECT_THAT(scene.look(true), HasSubstr("the window is 18.000 ms"));
}

TEST(Monitor, ShowsTheLastFiftyEventsInTheirOrder) {
  Monitor monitor;
  for (int i = 0; i < 120; ++i)
    monitor.note({.at = time_at(i * 1'000'000), .vcpu = VcpuId{0}, .pcpu = P0, .other = P1, .kind = EventKind::Wakeup});
  try {
    monitor.tell_story(CheckFailure("something"));
  } catch (const CheckFailure& story) {
    EXPECT_THAT(story.what(), AllOf(HasSubstr("something\nthe last 50 events:\n       70.000000 ms  vCPU 0 is woken"),
                                    HasSubstr("119.000000 ms"), testing::Not(HasSubstr("69.000000 ms"))));
  }
}

}  // namespace
}  // namespace roost
