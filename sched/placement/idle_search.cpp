#include "sched/placement/idle_search.hpp"

#include "sched/topology/nearest.hpp"

namespace roost {

namespace {

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

PcpuId IdleSearch::in_llc(PcpuId centre) const {
  Found found;
  const auto look = [&](PcpuId pcpu) { found.look_at(topology_, view_, pcpu); };
  if (idles(centre)) look(centre);
  for (const Topology::Ring& ring : topology_.around(centre)) {
    if (ring.distance > Distance::Llc || found.core != kNoPcpu) break;
    visit_some(ring, centre, scan_, [&](std::size_t w) { return flags(w); }, look);
  }
  return found.best();
}

PcpuId IdleSearch::beyond_llc(PcpuId centre) const {
  for (const Topology::Ring& ring : topology_.around(centre)) {
    if (ring.distance <= Distance::Llc) continue;
    Found found;
    visit_some(ring, centre, scan_, [&](std::size_t w) { return flags(w); },
               [&](PcpuId pcpu) { found.look_at(topology_, view_, pcpu); });
    if (found.best() != kNoPcpu) return found.best();
  }
  return kNoPcpu;
}

}  // namespace roost
