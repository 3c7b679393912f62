// The room: what a pCPU that has run dry takes from another.
// Rules: the nearest ring that has a source worth its cost; in it the one with the longest backlog, the lowest id of
//   equals; one vCPU, since the next run dry asks again. Of a ring with more than kMostSources pCPUs that have some to
//   give, so many are looked at, those of the next higher ids first.
// Constants: kMostSources, 8: more finds longer backlogs in large rings and reads a cache line for each; where most of
//   a ring has vCPUs to give, the longest of 8 backlogs is about the 89th percentile of all.
// Not work-conserving when: none of the kMostSources looked at is worth its cost, and another of that ring would be.
#pragma once

#include <cstddef>

#include "sched/balance/balancer.hpp"
#include "sched/balance/cost_rule.hpp"

namespace roost {

inline constexpr std::size_t kMostSources = 8;

Advice plan_pull(PcpuId self, const Topology& topology, const MigrationCost& cost, const LoadView& view);

}  // namespace roost
