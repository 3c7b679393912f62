// The room: the default placement: where you were if that is free, else where it is free, else where it is lightest.
// Rules, in this order, among the online pCPUs that the vCPU may use:
//   1. the one it ran on last, if idle: its caches are warm;
//   2. an idle one, the nearest to the last first (to the waker, then pCPU 0, if it never ran);
//   3. the one whose weight, with this vCPU on it, is least per capacity; the nearest of equals: so equal shares meet
//      equal loads, and new vCPUs spread evenly by weight.
// Constants: none.
// Not work-conserving when: the published loads are older than the last wakeups: two wakers may choose one idle pCPU.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class LastIdleLeast final : public Placer {
 public:
  explicit LastIdleLeast(Topology topology) : topology_(std::move(topology)) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) const override;

 private:
  Topology topology_;
};

}  // namespace roost
