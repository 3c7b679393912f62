#include "sched/placement/random.hpp"

#include "sched/placement/candidates.hpp"

namespace roost {

constexpr PlacementEntry kRandomPcpuEntry{
    {"random", "any pCPU, drawn evenly", "the null hypothesis of placement studies", {}},
    [](const Topology& topology, const ConstantValues&, std::uint64_t seed) -> std::unique_ptr<Placer> {
      return std::make_unique<RandomPcpu>(topology, seed);
    }};

Placement RandomPcpu::choose(const PlacementRequest& request, const LoadView& view) const {
  const std::size_t count = count_candidates(request, topology_, view);
  return {candidate(request, topology_, view, draw(seed_, request, 0) % count), PlacementWhy::Rule};
}

}  // namespace roost
