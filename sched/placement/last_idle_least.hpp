// The room: the default placement: where you were if that is free, else where it is free, else where it is lightest.
// Rules, in this order, among the online pCPUs that the vCPU may use:
//   1. the one it ran on last, if idle: its caches are warm;
//   2. an idle one, the nearest to the last first (if it never ran: to the waker; if there is none: to the pCPU of its
//      own number, modulo their count), lower ids first within a ring;
//   3. the one whose runqueue's weight, with this vCPU on it, is least per capacity; the nearest of equals, the lowest
//      id within a ring: equal shares meet equal loads, new vCPUs spread by weight. The kMostSeen nearest are looked
//      at, those of the next higher ids first in the ring that is looked at in part.
// Constants: kMostSeen, 32: more finds a lighter one on a large busy host and reads a cache line for each. What the 32
//   nearest miss, push evens out.
// Not work-conserving when: the published loads are older than the last wakeups: two wakers may choose one idle pCPU.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class LastIdleLeast final : public Placer {
 public:
  static constexpr std::size_t kMostSeen = 32;

  explicit LastIdleLeast(Topology topology) : topology_(std::move(topology)) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  Topology topology_;
};

extern const PlacementEntry kLastIdleLeastEntry;

}  // namespace roost
