// The room: the placement that never moves anybody: a vCPU comes back to where it ran last.
// Rules: the pCPU it ran on last, whatever runs there; if it never ran, the pCPU of its own number, modulo their count,
//   so new vCPUs go round the host. If it may not run there now, the nearest pCPU where it may, the lowest id of its
//   ring.
// Constants: none.
// Not work-conserving when: the last pCPU is busy while others idle, for as long as the balancer leaves it so.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class LastPcpu final : public Placer {
 public:
  explicit LastPcpu(Topology topology) : topology_(std::move(topology)) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  Topology topology_;
};

extern const PlacementEntry kLastPcpuEntry;

}  // namespace roost
