// The room: one composition of the pieces, chosen by name; and beside it those of pools, of which each orders, places
//   and balances its own pCPUs as if the host had no others.
// Not here: the pieces themselves; performing their decisions (dispatcher).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sched/balance/balancer.hpp"
#include "sched/discipline/discipline.hpp"
#include "sched/gate/cosched.hpp"
#include "sched/gate/pause.hpp"
#include "sched/gate/shares.hpp"
#include "sched/idle/idle_rule.hpp"
#include "sched/numa/numa_rule.hpp"
#include "sched/placement/placer.hpp"
#include "sched/topology/granularity.hpp"
#include "sched/topology/pools.hpp"

namespace roost {

struct Policy {
  std::string name;
  std::unique_ptr<Discipline> discipline;
  std::unique_ptr<Placer> placer;
  std::unique_ptr<Balancer> balancer;
  std::unique_ptr<NumaRule> numa{};  // null: nothing moves for the sake of memory
  std::unique_ptr<IdleRule> idle{};             // null: an idle pCPU halts at once, without a tick
  PauseRule pause{};
  CoRule cosched{};
  ShareRule shares = ShareRule::Vcpu;
  Granularity granularity = Granularity::Pcpu;  // that the discipline was made for
  PoolId pool = kRestOfPcpus;   // whose it is
  std::string pool_name{};      // of a pool of its own, and
  PcpuSet pcpus{};              // what lies in it
  std::vector<Policy> pools{};  // of a run's first one: those of the pools beside it, by their number, from 1
};

/// `rest` for all pCPUs that lie in none of `pools`, each of which has its name and pCPUs.
Policy with_pools(Policy rest, std::vector<Policy> pools);
Pools pools_of(const Policy& policy, std::size_t pcpus);
/// Who shares a runqueue; none spans pools.
RunqueueMap runqueues_of(const Policy& policy, const Topology& topology);

}  // namespace roost
