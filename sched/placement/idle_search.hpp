// The room: the search for an idle core near some caches, then for any idle pCPU there, as several placements make it.
// Not here: where to begin, and what to do where nobody idles.
// Rules: of a ring's idle candidates `scan` at most are looked at, from the centre's id upwards, then from the lowest.
//   The first whose whole core idles is taken; else the first. Source: after Linux 6.1's select_idle_cpu() and
//   select_idle_core() (kernel/sched/fair.c).
#pragma once

#include "sched/placement/candidates.hpp"

namespace roost {

class IdleSearch {
 public:
  IdleSearch(const PlacementRequest& request, const Topology& topology, const LoadView& view, std::size_t scan)
      : request_(request), topology_(topology), view_(view), scan_(scan) {}

  bool idles(PcpuId pcpu) const { return flags(word_of(pcpu)) & bit_of(pcpu); }
  /// Among those that share the centre's LLC, itself first; kNoPcpu: none idles.
  PcpuId in_llc(PcpuId centre) const;
  /// In the nearest ring outside it where some idle.
  PcpuId beyond_llc(PcpuId centre) const;

 private:
  std::uint64_t flags(std::size_t w) const { return candidates(request_, view_, w) & view_.idle(w); }

  const PlacementRequest& request_;
  const Topology& topology_;
  const LoadView& view_;
  std::size_t scan_;
};

}  // namespace roost
