#include "sched/placement/idle_first.hpp"

#include "sched/placement/candidates.hpp"
#include "sched/topology/nearest.hpp"

namespace roost {

namespace {

constexpr ConstantInfo kConstants[]{
    count_constant("scan", "idle pCPUs of a ring whose cores are looked at", IdleFirst::kScan, 1, 4096),
};

/// The first idle pCPU that is looked at, and the first whose whole core idles.
struct Found {
  PcpuId idle = kNoPcpu, core = kNoPcpu;
  void look_at(const Topology& topology, const LoadView& view, PcpuId pcpu) {
    if (idle == kNoPcpu) idle = pcpu;
    if (core == kNoPcpu && core_is_idle(topology, view, pcpu)) core = pcpu;
  }
  PcpuId best() const { return core != kNoPcpu ? core : idle; }
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
  const PcpuId idle = find_idle(request, view, centre);
  if (idle != kNoPcpu) return {idle, idle == request.last ? PlacementWhy::Last : PlacementWhy::Idle};
  return lightest_around(centre, kMostLoads, request, topology_, view);
}

PcpuId IdleFirst::find_idle(const PlacementRequest& request, const LoadView& view, PcpuId centre) const {
  const auto idle = [&](std::size_t w) { return candidates(request, view, w) & view.idle(w); };
  Found near;
  if (idle(word_of(centre)) & bit_of(centre)) near.look_at(topology_, view, centre);
  for (const Topology::Ring& ring : topology_.around(centre)) {
    const bool same_llc = ring.distance <= Distance::Llc;
    if (!same_llc && near.best() != kNoPcpu) break;
    Found here;
    Found& found = same_llc ? near : here;
    if (found.core == kNoPcpu)
      visit_some(ring, centre, scan_, idle, [&](PcpuId pcpu) { found.look_at(topology_, view, pcpu); });
    if (!same_llc && here.best() != kNoPcpu) return here.best();
  }
  return near.best();
}

}  // namespace roost
