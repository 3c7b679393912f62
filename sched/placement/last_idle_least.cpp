#include "sched/placement/last_idle_least.hpp"

#include "sched/placement/candidates.hpp"
#include "sched/topology/nearest.hpp"

namespace roost {

constexpr PlacementEntry kLastIdleLeastEntry{
    {"last_idle_least", "the last pCPU if idle, else the nearest idle, else the lightest", "Roost", {}},
    [](const Topology& topology, const ConstantValues&, std::uint64_t) -> std::unique_ptr<Placer> {
      return std::make_unique<LastIdleLeast>(topology);
    }};

Placement LastIdleLeast::choose(const PlacementRequest& request, const LoadView& view) const {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  const PcpuId centre = centre_of(request, topology_);
  const PcpuSet& allowed = *request.allowed;
  const auto may = [&](std::size_t word) { return allowed.word(word); };
  const PcpuId idle = nearest(topology_, centre, [&](std::size_t word) { return may(word) & view.idle(word); });
  if (idle != kNoPcpu) return {idle, idle == request.last ? PlacementWhy::Last : PlacementWhy::Idle};
  return lightest_around(centre, kMostSeen, request, topology_, view);
}

}  // namespace roost
