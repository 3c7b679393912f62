#include "sched/placement/idle_first.hpp"

#include "sched/placement/idle_search.hpp"

namespace roost {

namespace {

constexpr ConstantInfo kConstants[]{
    count_constant("scan", "idle pCPUs of a ring whose cores are looked at", IdleFirst::kScan, 1, 4096),
};

}  // namespace

constexpr PlacementEntry kIdleFirstEntry{
    {"idle_first", "an idle core, then an idle pCPU, of the LLC, then wider; else the lightest",
     "after Linux 6.1 select_idle_sibling()", kConstants},
    [](const PlacementScope& scope, const ConstantValues& constants) -> std::unique_ptr<Placer> {
      return std::make_unique<IdleFirst>(scope.topology, static_cast<std::size_t>(constants.count("scan")));
    }};

Placement IdleFirst::choose(const PlacementRequest& request, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  const PcpuId centre = centre_of(request, topology_);
  const IdleSearch search(request, topology_, view, scan_);
  PcpuId idle = search.in_llc(centre);
  if (idle == kNoPcpu) idle = search.beyond_llc(centre);
  if (idle != kNoPcpu) return {idle, idle == request.last ? PlacementWhy::Last : PlacementWhy::Idle};
  return lightest_around(centre, kMostLoads, request, topology_, view);
}

}  // namespace roost
