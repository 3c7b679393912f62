// Live and simulated, the same decisions: the live protocol (hand-overs, rings, polls) with a scripted clock, and the
// simulated world where everything is free, run the same vCPUs: who ran where from when on, who was woken, who went.

#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "sched/policy/catalog.hpp"
#include "tests/vmm/executor/same_decisions/chatter.hpp"
#include "tests/vmm/executor/same_decisions/scripted_host.hpp"
#include "vmm/executor/simulated_world.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLong = 400ms;

struct Scene {
  std::size_t pcpus, vcpus;
  const char* policy;
  std::uint64_t seed;
  bool changes = false;  // of policy, now and then
  bool siblings = false;  // two to a core
};

Topology host_of(const Scene& scene) {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t p = 0; p < scene.pcpus; ++p) places.push_back({.core = scene.siblings ? p / 2 : p});
  return Topology(std::move(places), {});
}
constexpr std::array kLater{"round_robin,slice=1ms", "roost", "weighted_fair,balance=none", "roost,balance=pull"};

/// The vCPUs of a scene, which wake each other through `sink`.
struct Crowd {
  Crowd(const Scene& scene, WakeSink& sink) {
    const Topology topology = host_of(scene);
    for (std::size_t i = 0; i < scene.vcpus; ++i) {
      owned.push_back(std::make_unique<test::Chatter>(scene.seed + i, all, sink));
      traits.push_back({.weight = Weight{static_cast<std::uint32_t>(100 * (1 + i % 3))}, .allowed = topology.all()});
    }
    if (scene.vcpus > 2) traits[1].allowed = PcpuSet::first(1);
    for (const auto& vcpu : owned) all.push_back(vcpu.get());
  }
  std::vector<std::unique_ptr<test::Chatter>> owned;
  std::vector<test::Chatter*> all;
  std::vector<VcpuTraits> traits;
};

CostModel free_of_charge() {
  CostModel costs;
  check(!costs.set("free=1"), "that can be set");
  return costs;
}

/// What was decided, without what only one of the protocols has: kicks, and lengths of queues on the way.
std::vector<Event> decisions(const std::vector<Event>& events) {
  std::vector<Event> kept;
  for (const Event& event : events) {
    // What was handed over is told when it comes back: the last slices of a run are not.
    if (event.at > Time{} + kLong - 20ms) continue;
    if (event.kind == EventKind::Switch || event.kind == EventKind::Wakeup || event.kind == EventKind::Migrate) {
      kept.push_back(event);
      // A vCPU that halts again has its timer on two pCPUs: which is first, at one moment, is nobody's decision.
      if (event.kind == EventKind::Wakeup) kept.back().other = kNoPcpu;
    }
  }
  std::stable_sort(kept.begin(), kept.end(), [](const Event& a, const Event& b) {
    return std::tuple(a.at, a.kind, a.pcpu, a.vcpu) < std::tuple(b.at, b.kind, b.pcpu, b.vcpu);
  });
  return kept;
}

/// Returns how often somebody was moved while it ran.
std::size_t expect_same(const Scene& scene) {
  const Topology topology = host_of(scene);
  const auto policy = [&] { return std::move(*make_policy(scene.policy, topology, scene.vcpus)); };

  const auto later = [&](std::size_t i) {
    return std::move(*make_policy(kLater[i % kLater.size()], topology, scene.vcpus));
  };
  const std::size_t changes = scene.changes ? 30 : 0;
  const auto when = [](std::size_t i) { return Time{} + 11'000'037ns * static_cast<std::int64_t>(i + 1); };

  test::ScriptedHost live(topology, policy());
  for (std::size_t i = 0; i < changes; ++i) live.at(when(i), [&, i](RunChanges& run) { run.set_policy(later(i)); });
  Crowd live_crowd(scene, live);
  live.run({live_crowd.all.begin(), live_crowd.all.end()}, live_crowd.traits, Time{} + kLong);

  SimulatedWorld simulated({.topology = topology, .costs = free_of_charge(), .time_limit = kLong,
                            .trace_capacity = 1'000'000}, policy());
  for (std::size_t i = 0; i < changes; ++i)
    simulated.at(when(i), [&, i] { simulated.changes().set_policy(later(i)); });
  Crowd crowd(scene, simulated.sink());
  std::vector<SteppedTenant> tenants;
  for (std::size_t i = 0; i < scene.vcpus; ++i)
    tenants.push_back({crowd.all[i], crowd.traits[i], static_cast<std::uint32_t>(i)});
  simulated.run({{"vm", "chatter"}}, tenants);

  const std::vector<Event> here = decisions(live.events()), there = decisions(simulated.events());
  EXPECT_GT(here.size(), 100u);
  for (std::size_t i = 0; i < std::min(here.size(), there.size()); ++i) {
    const Event &a = here[i], &b = there[i];
    const bool same = a.at == b.at && a.kind == b.kind && a.vcpu == b.vcpu && a.pcpu == b.pcpu && a.other == b.other &&
                      a.detail == b.detail;
    EXPECT_TRUE(same)
        << "decision " << i << " at " << nanoseconds(a.at) << " and " << nanoseconds(b.at) << " ns: kind "
        << static_cast<int>(a.kind) << "/" << static_cast<int>(b.kind) << ", vCPU " << index(a.vcpu) << "/"
        << index(b.vcpu) << ", pCPU " << index(a.pcpu) << "/" << index(b.pcpu) << ", other " << index(a.other) << "/"
        << index(b.other) << ", detail " << int{a.detail} << "/" << int{b.detail};
    if (!same) break;
  }
  EXPECT_EQ(here.size(), there.size());
  if (scene.vcpus == scene.pcpus && scene.pcpus > 1) {
    EXPECT_GT(live.handed(), 10u) << "the live protocol must be in use";
  }
  return static_cast<std::size_t>(std::count_if(here.begin(), here.end(), [](const Event& event) {
    return event.kind == EventKind::Migrate && event.detail == static_cast<std::uint8_t>(MigrateWhy::Active);
  }));
}

TEST(SameDecisions, LiveWithAScriptedClockAndSimulatedFreeOfCharge) {
  std::uint64_t seed = 1;
  for (const char* policy : {"roost", "round_robin", "roost,balance=pull", "roost,balance=none"})
    for (const std::size_t pcpus : {1u, 2u, 3u, 8u})
      for (const std::size_t vcpus : {pcpus, 2 * pcpus, 3 * pcpus + 1})
        for (const bool changes : {false, true}) {
          const Scene scene{pcpus, vcpus, policy, seed += 100, changes};
          SCOPED_TRACE(testing::Message() << policy << (changes ? " and others, " : ", ") << pcpus << " pCPUs, "
                                          << vcpus << " vCPUs, seed " << seed);
          expect_same(scene);
          if (testing::Test::HasFailure()) return;
        }
}

// What several pCPUs do at one and the same moment has no order that both would know; these seeds have no such moment
// that decides anything.
TEST(SameDecisions, AboutWhoRunsAndIsAskedToMove) {
  std::size_t moved = 0;
  for (const char* policy :
       {"roost,balance=active,period=300us,tries=1", "round_robin,balance=domains,interval=10us,active=0"})
    for (const std::size_t pcpus : {4u, 8u})
      for (const std::size_t vcpus : {pcpus / 2, pcpus - 1, pcpus + 2}) {
        const Scene scene{pcpus, vcpus, policy, 7000 + 10 * pcpus + vcpus, false, true};
        SCOPED_TRACE(testing::Message() << policy << ", " << pcpus << " pCPUs, " << vcpus << " vCPUs, seed "
                                        << scene.seed);
        moved += expect_same(scene);
        if (testing::Test::HasFailure()) return;
      }
  EXPECT_GT(moved, 20u);
}

}  // namespace
}  // namespace roost
