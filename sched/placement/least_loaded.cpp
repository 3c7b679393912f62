#include "sched/placement/least_loaded.hpp"

#include "sched/placement/candidates.hpp"

namespace roost {

constexpr PlacementEntry kLeastLoadedEntry{
    {"least_loaded", "the lightest of all pCPUs, by weight per capacity", "the textbook rule", {}},
    make_placer<LeastLoaded>};

Placement LeastLoaded::choose(const PlacementRequest& request, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  return lightest_around(centre_of(request, topology_), topology_.pcpu_count(), request, topology_, view);
}

}  // namespace roost
