// The room: the placement that goes round: at each turn the next pCPU, whatever runs there.
// Rules: each vCPU goes round the online pCPUs that it may use, by id, beginning at that of its own number. There is no
//   counter that all share: with many vCPUs each pCPU gets as many turns as another.
// Constants: none.
// Not work-conserving when: it is a busy pCPU's turn while others idle.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class RoundRobinPcpu final : public Placer {
 public:
  explicit RoundRobinPcpu(Topology topology) : topology_(std::move(topology)) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  Topology topology_;
};

extern const PlacementEntry kRoundRobinPcpuEntry;

}  // namespace roost
