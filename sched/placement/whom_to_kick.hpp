// The room: of the pCPUs that share a runqueue: which one is kicked for a vCPU that has come to wait there.
// Not here: sending the kick, and sparing it where one is outstanding (dispatcher); which runqueue it comes to
//   (placers).
// Rules: 1. an idle pCPU whose whole core idles, the nearest to where the vCPU was last; 2. any idle one, the nearest;
//   3. of those that run somebody whom it preempts, the one whose vCPU is least urgent. Of equals the lowest. Source:
//   Xen's credit2 (common/sched/credit2.c runq_tickle(): idle cores, idle threads, then who runs with the least
//   credit).
// Constants: kMostCores, 64: so many idle pCPUs are looked at for one whose core idles; more finds one on a host full
//   of half-idle cores, at a look of a word each.
#pragma once

#include <cstddef>

#include "sched/discipline/discipline.hpp"
#include "sched/topology/nearest.hpp"

namespace roost {

inline constexpr std::size_t kMostCores = 64;

/// 1 and 2. `takers(w)`: idle pCPUs that may run it, in words of flags; `idle(w)`: all that idle. kNoPcpu: no taker.
template <typename Takers, typename Idle>
PcpuId idle_to_kick(const Topology& topology, PcpuId centre, Takers takers, Idle idle) {
  const PcpuId first = nearest(topology, centre, takers);
  if (first == kNoPcpu || siblings_flagged(topology, first, idle)) return first;
  std::size_t looks = kMostCores;
  for (const Topology::Ring& ring : topology.around(centre))
    for (std::size_t w = ring.ball->first_word(); w < ring.ball->end_word(); ++w)
      for (std::uint64_t found = ring.word(w) & takers(w); found != 0; found &= found - 1) {
        const PcpuId pcpu = lowest_in(w, found);
        if (siblings_flagged(topology, pcpu, idle)) return pcpu;
        if (--looks == 0) return first;
      }
  return first;
}

/// 3. Is shown, in any order, who might be preempted.
class LeastUrgent {
 public:
  void look_at(PcpuId pcpu, Urgency urgency) {
    if (!worth_a_look(pcpu, urgency)) return;
    pcpu_ = pcpu;
    urgency_ = urgency;
  }
  /// Would it be the one?
  bool worth_a_look(PcpuId pcpu, Urgency urgency) const {
    return pcpu_ == kNoPcpu || urgency < urgency_ || (urgency == urgency_ && pcpu < pcpu_);
  }
  PcpuId pcpu() const { return pcpu_; }

 private:
  PcpuId pcpu_ = kNoPcpu;
  Urgency urgency_ = kNoUrgency;
};

}  // namespace roost
