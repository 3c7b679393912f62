#include "sched/placement/round_robin.hpp"

#include "sched/placement/candidates.hpp"

namespace roost {

constexpr PlacementEntry kRoundRobinPcpuEntry{
    {"round_robin", "the next pCPU at each turn, whatever runs there", "the textbook rule", {}},
    make_placer<RoundRobinPcpu>};

Placement RoundRobinPcpu::choose(const PlacementRequest& request, const LoadView& view) {
  const std::size_t count = count_candidates(request, topology_, view);
  return {candidate(request, topology_, view, (index(request.vcpu) + request.turn) % count), PlacementWhy::Rule};
}

}  // namespace roost
