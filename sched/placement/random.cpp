#include "sched/placement/random.hpp"

#include "sched/placement/candidates.hpp"

namespace roost {

constexpr PlacementEntry kRandomPcpuEntry{
    {"random", "any pCPU, drawn evenly", "the null hypothesis of placement studies", {}},
    make_drawing_placer<RandomPcpu>};

Placement RandomPcpu::choose(const PlacementRequest& request, const LoadView& view) {
  const std::size_t count = count_candidates(request, topology_, view);
  return {candidate(request, topology_, view, draw(seed_, request, 0) % count), PlacementWhy::Rule};
}

}  // namespace roost
