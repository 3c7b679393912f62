// The room: the placement that fills few pCPUs and leaves the others asleep.
// Rules: the lowest online pCPU that the vCPU may use and that has fewer than `most` vCPUs, running and waiting; where
//   the vCPU ran last counts no more than any other. If all have as many, the one with the fewest, the lowest of
//   equals. pCPUs of one core, LLC and node are numbered together, so cores, LLCs and nodes fill one after the other.
// Constants: most, 1: a vCPU has a pCPU to itself while there is one. Larger leaves more pCPUs asleep, and lets vCPUs
//   wait for each other; then a balancer that pulls would undo it: use balance=none.
// Cost: a word of flags for 64 pCPUs while one idles; else, and with most > 1, the load of each pCPU up to the chosen
//   one.
// Not work-conserving when: most > 1, always; else when the published loads are older than the last wakeups.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class Pack final : public Placer {
 public:
  explicit Pack(Topology topology, std::uint32_t most = 1) : topology_(std::move(topology)), most_(most) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  Topology topology_;
  std::uint32_t most_;
};

extern const PlacementEntry kPackEntry;

}  // namespace roost
