// The room: a policy that also keeps reservations.
// Not here: the rules (gate/reservation, gate/seats, discipline/reserved).
// Invariants: where nobody has a reservation, nothing is added to the policy.
#pragma once

#include <memory>
#include <span>

#include "sched/gate/seats.hpp"
#include "sched/policy/policy.hpp"
#include "sched/topology/granularity.hpp"

namespace roost {

/// A server for each vCPU; null: nobody has a reservation.
std::shared_ptr<CbsServers> servers_for(std::span<const VcpuTraits> vcpus);
/// Seats on that host, where its pCPUs share runqueues like that and lie in such pools; not yet packed.
Seats seats_for(const Topology& topology, const RunqueueMap& map, const Pools& pools,
                std::span<const VcpuTraits> vcpus);
/// `policy` and its pools'; if there are servers, its discipline as the inner one of a Reserved, for so many runqueues.
Policy with_reservations(Policy policy, const std::shared_ptr<CbsServers>& servers, const Topology& topology,
                         std::size_t runqueues);

}  // namespace roost
