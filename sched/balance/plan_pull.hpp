// The room: what a pCPU that has run dry takes from another.
// Rules: the nearest ring that has a source worth its cost; in it the one with the longest backlog, the lowest id of
//   equals; one vCPU, since the next run dry asks again.
#pragma once

#include <optional>

#include "sched/balance/balancer.hpp"
#include "sched/balance/cost_rule.hpp"

namespace roost {

std::optional<Plan> plan_pull(PcpuId self, const Topology& topology, const MigrationCost& cost, const LoadView& view);

}  // namespace roost
