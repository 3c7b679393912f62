#include "sched/placement/anti_stacking.hpp"

#include "sched/placement/candidates.hpp"

namespace roost {

constexpr PlacementEntry kAntiStackingEntry{
    {"anti_stacking", "idle, else where no other vCPU of its VM is, else the lightest",
     "Sukwong, Kim: balance scheduling (EuroSys 2011)", {}},
    make_placer<AntiStacking>};

Placement AntiStacking::choose(const PlacementRequest& request, const LoadView& view) {
  if (const auto idle = nearest_idle(request, topology_, view)) return *idle;
  const PcpuId centre = centre_of(request, topology_);
  const auto free_of_siblings = [&](std::size_t w) {
    const std::uint64_t here = candidates(request, view, w);
    return here == 0 || request.around == nullptr ? here : here & ~request.around->siblings(w);
  };
  Lightest apart(request, view);
  visit_nearest(centre, kMostSeen, topology_, free_of_siblings, apart);
  return apart.seen() > 0 ? apart.result() : lightest_around(centre, kMostSeen, request, topology_, view);
}

}  // namespace roost
