#include "sched/placement/two_choices.hpp"

#include "sched/placement/candidates.hpp"

namespace roost {

constexpr PlacementEntry kTwoChoicesEntry{
    {"two_choices", "two pCPUs drawn, the lighter taken", "Azar et al. 1994; Mitzenmacher 1996", {}},
    make_drawing_placer<TwoChoices>};

Placement TwoChoices::choose(const PlacementRequest& request, const LoadView& view) {
  const std::size_t count = count_candidates(request, topology_, view);
  const std::size_t first = draw(seed_, request, 0) % count;
  const PcpuId one = candidate(request, topology_, view, first);
  if (count == 1) return {one, PlacementWhy::Only};
  const std::size_t second = (first + 1 + draw(seed_, request, 1) % (count - 1)) % count;
  const PcpuId other = candidate(request, topology_, view, second);
  const auto weight = static_cast<std::uint64_t>(value(request.weight));
  const LoadSnapshot a = view.load(one), b = view.load(other);
  const bool takes_other = (b.weight + weight) * a.capacity < (a.weight + weight) * b.capacity;
  return {takes_other ? other : one, PlacementWhy::LeastLoaded};
}

}  // namespace roost
