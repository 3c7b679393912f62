// The room: the placement that does not look: any pCPU, each as likely as another.
// Rules: one of the online pCPUs that the vCPU may use, drawn evenly. What is drawn depends on the seed, the vCPU and
//   its turn alone, not on who asks when: the same run draws the same again.
// Constants: none; the seed is the run's.
// Not work-conserving when: it draws a busy pCPU while others idle, which it does as often as pCPUs are busy.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class RandomPcpu final : public Placer {
 public:
  RandomPcpu(Topology topology, std::uint64_t seed) : seed_(seed), topology_(std::move(topology)) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  std::uint64_t seed_;
  Topology topology_;
};

extern const PlacementEntry kRandomPcpuEntry;

}  // namespace roost
