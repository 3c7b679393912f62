// The room: the placement that spreads over the parts of the host, the largest first.
// Rules: of the nodes that have a pCPU which the vCPU may use, the one whose runqueues' weight is least for the
//   capacity of its online pCPUs; within it the package likewise, within that the LLC, the core, and the pCPU. Of
//   equals the one that holds the pCPU where it ran last, else the one with the lowest pCPU. So caches and memory
//   channels are used evenly before siblings share a core.
// Constants: none.
// Cost: the load of each online pCPU, once for each level that has more than one part: for forks and studies.
// Not work-conserving when: a node of least weight per capacity has no idle pCPU while another, of vCPUs that weigh
//   more, has one.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class Spread final : public Placer {
 public:
  explicit Spread(Topology topology) : topology_(std::move(topology)) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  Topology topology_;
};

extern const PlacementEntry kSpreadEntry;

}  // namespace roost
