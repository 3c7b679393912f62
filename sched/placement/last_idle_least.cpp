#include "sched/placement/last_idle_least.hpp"

#include "sched/placement/candidates.hpp"

namespace roost {

constexpr PlacementEntry kLastIdleLeastEntry{
    {"last_idle_least", "the last pCPU if idle, else the nearest idle, else the lightest", "Roost", {}},
    make_placer<LastIdleLeast>};

Placement LastIdleLeast::choose(const PlacementRequest& request, const LoadView& view) {
  if (const auto idle = nearest_idle(request, topology_, view)) return *idle;
  return lightest_around(centre_of(request, topology_), kMostSeen, request, topology_, view);
}

}  // namespace roost
