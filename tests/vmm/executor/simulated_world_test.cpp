#include "vmm/executor/simulated_world.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "sched/policy/catalog.hpp"
#include "tests/kit/stepped_sleeper.hpp"
#include "vmm/executor/trace_conservation.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

struct Scene {
  Topology topology = Topology::flat(2);
  std::string policy = "roost";
  std::size_t vcpus = 4;
  kit::SleeperHabits habits{};
  Duration limit = 200ms;
  std::uint64_t tie_seed = 0;
  std::vector<std::string> costs{};
};

struct Outcome {
  RunEnd end;
  RunReport report;
  std::vector<Event> events;
  std::vector<Duration> done;
};

Outcome simulate(const Scene& scene) {
  SimulatedConfig config{.topology = scene.topology, .time_limit = scene.limit, .tie_seed = scene.tie_seed,
                         .trace_capacity = 1'000'000};
  for (const std::string& cost : scene.costs) check(!config.costs.set(cost), "the test names costs that exist");
  auto policy = make_policy(scene.policy, scene.topology, scene.vcpus);
  SimulatedWorld world(std::move(config), std::move(*policy));
  std::vector<std::unique_ptr<kit::SteppedSleeper>> sleepers;
  std::vector<SteppedTenant> tenants;
  for (std::size_t i = 0; i < scene.vcpus; ++i) {
    sleepers.push_back(std::make_unique<kit::SteppedSleeper>(scene.habits, i + 1));
    tenants.push_back({sleepers.back().get(), {.allowed = scene.topology.all()}, static_cast<std::uint32_t>(i)});
  }
  const RunEnd end = world.run({{"vm", "sleepers"}}, tenants);
  Outcome out{.end = end, .report = world.report(), .events = world.events(), .done = {}};
  for (const auto& sleeper : sleepers) out.done.push_back(sleeper->done());
  return out;
}

bool same_events(const std::vector<Event>& a, const std::vector<Event>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const Event& x, const Event& y) {
           return x.at == y.at && x.vcpu == y.vcpu && x.pcpu == y.pcpu && x.other == y.other && x.kind == y.kind &&
                  x.detail == y.detail && x.length == y.length;
         });
}

TEST(SimulatedWorld, GivesTheSameTraceTwice) {
  const Scene scene{.vcpus = 9};
  const Outcome first = simulate(scene), second = simulate(scene);
  EXPECT_GT(first.events.size(), 1000u);
  EXPECT_TRUE(same_events(first.events, second.events));
}

/// Halts until a moment that has passed by the time that its pCPU has left the guest.
class ShortTimer final : public SteppedVcpu {
 public:
  Step step(Time now) override { return {.kind = Step::Kind::Halt, .wake_at = now + 100ns}; }
  void worked(Duration) override {}
  void post_interrupt(unsigned, bool) override {}
};

TEST(SimulatedWorld, ATimerShorterThanTheWayOutOfTheGuestDoesNotStopTime) {
  const Topology host = Topology::flat(1);
  SimulatedWorld world({.topology = host, .time_limit = 10ms}, std::move(*make_policy("roost", host, 1)));
  ShortTimer vcpu;
  EXPECT_EQ(world.run({{"vm", "timer"}}, {{&vcpu, {.allowed = host.all()}, 0}}), RunEnd::TimeLimit);
}

TEST(SimulatedWorld, ConservesTimeExactly) {
  for (const char* policy : {"roost", "round_robin"}) {
    const Outcome out = simulate({.topology = Topology::flat(3), .policy = policy, .vcpus = 11});
    EXPECT_EQ(out.end, RunEnd::TimeLimit);
    EXPECT_GE(out.report.wall, 200ms);
    EXPECT_LT(out.report.wall, 200ms + 100us) << "a decision that began in time is paid in full, no more";
    for (const VcpuReport& v : out.report.vcpus) EXPECT_EQ(v.run + v.wait + v.halted, out.report.wall);
    for (const PcpuReport& p : out.report.pcpus) EXPECT_EQ(p.busy + p.idle + p.overhead, out.report.wall);
  }
}

TEST(SimulatedWorld, CountsPcpuTimeLostWhileVcpusWaited) {
  const Outcome out = simulate({.topology = Topology::flat(4), .vcpus = 10});
  ASSERT_EQ(out.report.conservation.source, ConservationReport::Source::Counted);
  EXPECT_GT(out.report.conservation.lost, Duration{0}) << "a kick takes its time";
  EXPECT_LE(out.report.conservation.lost, out.report.conservation.idle_while_waiting);
  Duration sum{0}, wait{0};
  for (const PcpuReport& p : out.report.pcpus) {
    EXPECT_LE(p.idle_while_waiting, p.idle);
    sum += p.idle_while_waiting;
  }
  for (const VcpuReport& v : out.report.vcpus) wait += v.wait;
  EXPECT_EQ(sum, out.report.conservation.idle_while_waiting);
  EXPECT_LE(out.report.conservation.lost, wait);
}

TEST(SimulatedWorld, WithoutPullsAPcpuThatIsDoneIsLostToThoseWhoWaitElsewhere) {
  Scene scene{.topology = Topology::flat(2), .vcpus = 3, .habits = {.sleep_most = 0, .rounds = 100}, .limit = 10s};
  const Outcome pulls = simulate(scene);
  scene.policy = "roost,balance=none";
  const Outcome stays = simulate(scene);
  const PcpuReport& done = stays.report.pcpus[PcpuId{1}];
  EXPECT_GT(stays.report.conservation.lost, 100 * pulls.report.conservation.lost);
  EXPECT_EQ(stays.report.conservation.lost, done.idle_while_waiting);
  EXPECT_GT(done.idle_while_waiting, done.idle / 2);
}

/// Two hogs take turns by requests of 0.7 ms * (1 + log2 8). Who did not pay for its switch would have as much left of
/// its request when it is put back, and be the earliest deadline once more, for less than 2 us.
TEST(SimulatedWorld, NoTurnIsWhatASwitchLeftOfTheOneBefore) {
  const Outcome out = simulate({.topology = Topology::flat(1), .policy = "eevdf,balance=none", .vcpus = 2,
                                .habits = {.sleep_most = 0}, .limit = 1s});
  std::vector<Time> switches;
  for (const Event& event : out.events)
    if (event.kind == EventKind::Switch && event.at > time_at(100'000'000)) switches.push_back(event.at);
  ASSERT_GT(switches.size(), 300u);
  for (std::size_t i = 1; i < switches.size(); ++i) {
    EXPECT_GE(switches[i] - switches[i - 1], 2'800us);
    EXPECT_LE(switches[i] - switches[i - 1], 2'805us);
  }
}

TEST(SimulatedWorld, WhatATraceTellsIsWhatWasCountedButForTheSchedulersOwnTime) {
  const Scene scene{.topology = Topology::flat(3), .vcpus = 8};
  const Outcome out = simulate(scene);
  std::vector<VcpuTraits> traits(scene.vcpus);
  for (VcpuTraits& t : traits) t.allowed = scene.topology.all();
  RunReport derived = out.report;
  derive_conservation({.events = out.events, .vcpus = traits, .began = {}, .ended = Time{} + out.report.wall}, derived);
  EXPECT_EQ(derived.conservation.source, ConservationReport::Source::Trace);
  EXPECT_GE(derived.conservation.lost, out.report.conservation.lost);
  Duration own{0};
  for (const PcpuReport& p : out.report.pcpus) own += p.overhead;
  EXPECT_LE(derived.conservation.lost, out.report.conservation.lost + own);
}

TEST(SimulatedWorld, AloneOnAPcpuAVcpuDoesAllItsWork) {
  const Outcome out = simulate(
      {.topology = Topology::flat(1), .vcpus = 1, .habits = {.sleep_most = 0}, .costs = {"vm_exit=0"}});
  EXPECT_NEAR(static_cast<double>(out.done[0].count()), 200e6, 2e6);
}

TEST(SimulatedWorld, SmtSiblingsSlowEachOther) {
  IdVector<PcpuId, PcpuPlace> places(2);  // two threads of core 0
  const Topology smt(places, {});
  const Outcome out = simulate({.topology = smt, .vcpus = 2, .habits = {.sleep_most = 0}});
  const double all = static_cast<double>((out.done[0] + out.done[1]).count());
  EXPECT_NEAR(all / 200e6, 2 * 635.0 / 1024, 0.02);
}

/// One stretch, and no more.
class OneStretch final : public SteppedVcpu {
 public:
  explicit OneStretch(const Step& stretch) : stretch_(stretch) {}
  Step step(Time) override {
    return std::exchange(begun_, true) ? Step{.kind = Step::Kind::Stop} : stretch_;
  }
  void worked(Duration) override {}
  void post_interrupt(unsigned, bool) override {}

 private:
  Step stretch_;
  bool begun_ = false;
};

Duration run_time_under_ticks(const Step& stretch) {
  SimulatedConfig config{.topology = Topology::flat(1)};
  for (const char* cost : {"tick.every=2ms", "tick.cost=100us"}) check(!config.costs.set(cost), "these costs exist");
  SimulatedWorld world(std::move(config), std::move(*make_policy("roost", Topology::flat(1), 1)));
  OneStretch vcpu(stretch);
  world.run({{"vm", "stretch"}}, {{&vcpu, {.allowed = PcpuSet::first(1)}, 0}});
  return world.report().vcpus[VcpuId{0}].run;
}

TEST(SimulatedWorld, TicksHoldUpAWaitForMemoryAsTheyDoWork) {
  const Duration worked = run_time_under_ticks({.work = 10ms, .divisible = false});
  EXPECT_GE(worked, 10ms + 500us) << "the ticks at 2, 4, 6, 8 and 10 ms";
  EXPECT_LT(worked, 10ms + 600us);
  EXPECT_EQ(run_time_under_ticks({.work = 1ms, .wait = 9ms, .divisible = false}), worked);
}

TEST(SimulatedWorld, EndsWhenAllHaveStopped) {
  const Outcome out = simulate({.vcpus = 3, .habits = {.rounds = 5}, .limit = 10s});
  EXPECT_EQ(out.end, RunEnd::AllStopped);
  for (const VcpuReport& v : out.report.vcpus) EXPECT_EQ(v.wakeups, 5u);
}

TEST(SimulatedWorld, LosesNothingWhateverTheOrderOfTies) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    // Equal spans make everything happen at the same moments.
    const Outcome out = simulate({.topology = Topology::flat(4), .vcpus = 10,
                                  .habits = {500'000, 500'000, 500'000, 500'000, 40}, .limit = 10s, .tie_seed = seed});
    EXPECT_EQ(out.end, RunEnd::AllStopped);
    for (const Duration done : out.done) EXPECT_EQ(done, 40 * 500us);
  }
}

TEST(CostModel, RefusesWhatItDoesNotKnow) {
  CostModel costs;
  EXPECT_FALSE(costs.set("ipi.remote=3us"));
  EXPECT_EQ(costs.of(Cost::IpiRemote), 3us);
  ASSERT_TRUE(costs.set("ipi.remot=3us"));
  EXPECT_NE(costs.set("ipi.remot=3us")->sentence.find("ipi.remote"), std::string::npos);
  EXPECT_TRUE(costs.set("ipi.remote=3h"));
  EXPECT_TRUE(costs.set("ipi.remote=10s"));
  EXPECT_TRUE(costs.set("smt.share=2000"));
  EXPECT_TRUE(costs.set("switch"));
}

TEST(CostModel, AnAliasSetsWhatLiesBetweenSockets) {
  CostModel costs;
  ASSERT_FALSE(costs.set("ipi.cross_socket=3us"));
  for (const Distance distance : {Distance::Node, Distance::Remote}) EXPECT_EQ(costs.ipi(distance), 3us);
  EXPECT_EQ(costs.ipi(Distance::Package), 1us);
  ASSERT_FALSE(costs.set("line.cross_socket=200ns"));
  for (const Distance distance : {Distance::Node, Distance::Remote}) EXPECT_EQ(costs.line(distance), 200ns);
  EXPECT_EQ(costs.line(Distance::Package), 105ns);
  for (const CostAlias& alias : CostModel::aliases()) {
    const CostInfo &a = CostModel::table()[static_cast<std::size_t>(alias.sets[0])],
                   &b = CostModel::table()[static_cast<std::size_t>(alias.sets[1])];
    EXPECT_EQ(std::tie(a.unit, a.least), std::tie(b.unit, b.least)) << alias.name;
    EXPECT_LE(a.most, b.most) << alias.name << ": the first one's range is what is looked at";
  }
}

TEST(CostModel, TellsWhatIsWrongWithAValue) {
  CostModel costs;
  EXPECT_EQ(costs.set("ipi.remote=3")->sentence, "cost ipi.remote=3: the unit is missing; write 3us or 3ns");
  EXPECT_EQ(costs.set("ipi.remote=3000")->sentence, "cost ipi.remote=3000: the unit is missing; write 3000ns");
  EXPECT_EQ(costs.set("ipi.remote=10s")->sentence, "cost ipi.remote=10s: the value must lie in 0 .. 100us");
  EXPECT_EQ(costs.set("cache.l2=1MiB")->sentence,
            "cost cache.l2=1MiB: '1MiB' is no whole number; its unit, which is not written, is KiB");
  EXPECT_EQ(costs.set("smt.share=2000")->sentence, "cost smt.share=2000: the value must lie in 256/1024 .. 1024/1024");
  EXPECT_FALSE(costs.set("ipi.remote=0"));
}

TEST(CostModel, ItsDefaultsLieInTheirRanges) {
  for (const CostInfo& info : CostModel::table()) {
    EXPECT_GE(info.usual, info.least) << info.name;
    EXPECT_LE(info.usual, info.most) << info.name;
    EXPECT_FALSE(info.source.empty()) << info.name;
  }
}

}  // namespace
}  // namespace roost
