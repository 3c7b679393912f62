// The room: a scenario with everything resolved that its texts name: topology, costs, policy.
// Not here: the file's format (vmm/workload), running it (scenario_command).
// Invariants: what was planned can be run: every affinity lies on the host, every name exists.
#pragma once

#include <string_view>

#include "sched/policy/policy.hpp"
#include "tools/cli/pool_plan.hpp"
#include "tools/cli/scenario_options.hpp"
#include "vmm/executor/cap_gate.hpp"
#include "vmm/executor/cost_model.hpp"
#include "vmm/workload/scenario.hpp"

namespace roost {

struct ScenarioPlan {
  Scenario scenario;  // with the command line's wishes in it
  Topology topology;
  CostModel costs;
  std::string policy;
  Granularity granularity = Granularity::Pcpu;  // of its runqueues
  std::vector<PlannedPool> pools = {};          // that have a policy of their own
  Catalog catalog;    // that its names are of
  std::vector<std::string> notes;

  std::size_t vcpus() const;
  CapPlan caps() const;
  /// Soft affinities, by vCPU; empty: nobody ever has one.
  std::vector<PcpuSet> preferred() const;
  RunqueueMap runqueues() const;
  /// What the run begins with, `policy` and its pools'; anew for each run. What they draw hangs on the seed.
  Policy make(std::uint64_t seed) const;
  /// Another, which the timeline names.
  Policy make(std::string_view spec, std::uint64_t seed, PoolId pool) const;
};

/// Does this script go on for ever, unless its VM is stopped?
bool never_ends(const Scenario& scenario, const Script& script);
Result<Scenario> load_scenario(const std::string& file);
Result<ScenarioPlan> plan_scenario(const ScenarioOptions& options);

}  // namespace roost
