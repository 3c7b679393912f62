// The room: a scenario text, run in the simulated world, for tests.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sched/policy/catalog.hpp"
#include "vmm/executor/simulated_world.hpp"
#include "vmm/workload/scenario_reader.hpp"
#include "vmm/workload/workload.hpp"

namespace roost::scenes {

inline Result<Scenario> read(const std::string& text) {
  return read_toml_scenario(text, "scene.toml",
                            [](const std::string&) { return Result<std::string>(std::string("1us\n")); });
}

struct Outcome {
  RunEnd end{};
  RunReport report;
  std::vector<Event> events;
  std::vector<ScriptCounts> counts;  // by vCPU
  std::vector<Duration> done;
  Histogram sojourn;                 // of the last queue
};

struct Setting {
  std::size_t pcpus = 2;
  std::string policy = "roost";
  bool free = false;  // nothing costs anything
  std::uint64_t seed = 1;
  std::size_t trace = 1'000'000;
  std::optional<Granularity> granularity = {};  // none: the policy's own
};

inline CostModel costs_of(const Setting& setting) {
  CostModel costs;
  if (setting.free) check(!costs.set("free=1"), "that can be set");
  return costs;
}

inline void follow(SimulatedWorld& world, Agenda& agenda) {
  if (agenda.next() == kNever) return;
  world.at(agenda.next(), [&] { agenda.act(), follow(world, agenda); });
}

inline Outcome simulate(const std::string& text, const Setting& setting = {}) {
  const auto scenario = read(text);
  if (!scenario) throw CheckFailure(scenario.error().sentence);
  const Topology topology = Topology::flat(setting.pcpus);
  std::size_t vcpus = 0;
  for (const ScenarioVm& vm : scenario->vms) vcpus += vm.vcpus + vm.spare_vcpus;
  auto policy = make_policy(setting.policy, topology, vcpus, setting.granularity);
  SimulatedWorld world({.topology = topology, .costs = costs_of(setting), .time_limit = scenario->time_limit,
                        .trace_capacity = setting.trace}, std::move(*policy));
  const Workload workload(*scenario, topology.all(), {.sink = &world.sink()}, setting.seed);
  for (const auto& agenda : workload.agenda()) follow(world, *agenda);
  std::vector<TenantVm> vms;
  for (const ScenarioVm& vm : scenario->vms) vms.push_back({vm.name, "script"});
  std::vector<SteppedTenant> tenants;
  for (const Workload::Role& role : workload.roles()) tenants.push_back({role.runs, role.traits, role.number});
  Outcome out;
  out.end = world.run(std::move(vms), std::move(tenants));
  out.report = world.report();
  out.events = world.events();
  for (const Workload::Role& role : workload.roles()) {
    out.counts.push_back(role.vcpu->counts());
    out.done.push_back(role.vcpu->done());
  }
  for (const auto& [vm, object] : workload.objects())
    if (object->spec().kind == ObjectSpec::Kind::Queue) out.sojourn = object->sojourn();
  return out;
}

}  // namespace roost::scenes
