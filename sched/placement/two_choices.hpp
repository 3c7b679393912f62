// The room: the placement that draws two and takes the lighter.
// Rules: two different pCPUs are drawn evenly from the online ones that the vCPU may use; the one whose runqueue's
//   weight, with this vCPU on it, is less per capacity; of equals the first drawn. With only one, that. Source: Azar,
//   Broder, Karlin, Upfal, Balanced Allocations, 1994; Mitzenmacher 1996: of n balls thrown so into n bins the fullest
//   holds log log n / log 2 + O(1), against log n / log log n of one choice.
// Constants: none; the seed is the run's.
// Not work-conserving when: both that it draws are busy while others idle.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class TwoChoices final : public Placer {
 public:
  TwoChoices(Topology topology, std::uint64_t seed) : seed_(seed), topology_(std::move(topology)) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  std::uint64_t seed_;
  Topology topology_;
};

extern const PlacementEntry kTwoChoicesEntry;

}  // namespace roost
