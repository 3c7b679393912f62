// The room: the placement that reads every load: the lightest pCPU of all.
// Rules: the pCPU whose runqueue's weight, with this vCPU on it, is least per capacity; of equals the nearest to where
//   it ran last, and the lowest id of its ring. An idle pCPU is no more than a light one.
// Constants: none.
// Cost: a read of each runqueue's load at each wakeup: what the bounded placements are to be compared with.
// Not work-conserving when: one light vCPU's pCPU of twice the capacity is lighter than an idle slow one.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class LeastLoaded final : public Placer {
 public:
  explicit LeastLoaded(Topology topology) : topology_(std::move(topology)) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  Topology topology_;
};

extern const PlacementEntry kLeastLoadedEntry;

}  // namespace roost
