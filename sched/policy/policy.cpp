#include "sched/policy/policy.hpp"

#include <utility>

namespace roost {

Policy with_pools(Policy rest, std::vector<Policy> pools) {
  for (std::size_t i = 0; i < pools.size(); ++i) pools[i].pool = id_at<PoolId>(i + 1);
  rest.pools = std::move(pools);
  return rest;
}

Pools pools_of(const Policy& policy, std::size_t pcpus) {
  Pools pools(pcpus);
  for (const Policy& of : policy.pools) pools.add(of.pcpus);
  return pools;
}

RunqueueMap runqueues_of(const Policy& policy, const Topology& topology) {
  std::vector<RunqueueMap::Cut> cuts;
  for (const Policy& of : policy.pools) cuts.push_back({of.pcpus, of.granularity});
  return RunqueueMap(topology, policy.granularity, cuts);
}

}  // namespace roost
