// The room: a scenario's pools that have a policy of their own: which pCPUs, which policy, and who is in which.
// Not here: pools as mere names of pCPUs, and changes of a VM's pool (vmm/workload); what a pool's policy does
//   (vmm/executor).
// Invariants: such pools have no pCPU in common, and no vCPU may run in two of them, or beside them as well.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sched/topology/granularity.hpp"
#include "sched/topology/pools.hpp"
#include "sched/vocabulary/result.hpp"
#include "vmm/workload/scenario.hpp"

namespace roost {

struct Catalog;

struct PlannedPool {
  std::string name, policy;
  PcpuSet pcpus;
  Granularity granularity = Granularity::Pcpu;
};

/// Those of `scenario`, whose pCPUs are there; `by_host`: Linux schedules.
Result<std::vector<PlannedPool>> plan_pools(const Scenario& scenario, const Catalog& catalog, bool by_host);
Pools pools_of(const std::vector<PlannedPool>& pools, std::size_t pcpus);
/// VMs that name no pool and no pCPUs are given those that lie in none.
std::optional<Error> house_vms(Scenario& scenario, const Pools& pools);
/// Of a change, at its `where`: the number of the pool that it names, which has a policy.
Result<PoolId> pool_named(const std::string& name, const std::vector<PlannedPool>& pools, const std::string& where);
/// "these pCPUs lie in pool ...", if they do in several.
std::optional<Error> check_in_one(const std::vector<std::uint32_t>& pcpus, const Pools& pools,
                                  const std::string& where);

}  // namespace roost
