// The room: the placement that keeps the vCPUs of one VM apart: two share a pCPU only when they must.
// Rules, among the online pCPUs that the vCPU may use:
//   1. the one it ran on last, if idle; else an idle one, the nearest to the last first (if it never ran: to the waker;
//      if there is none: to the pCPU of its own number, modulo their count), lower ids first within a ring;
//   2. nobody idles: of the kMostSeen nearest where no other vCPU of its VM runs or waits, the one whose runqueue's
//      weight, with this vCPU on it, is least per capacity; of equals the nearest, the lowest id within a ring;
//   3. its VM is everywhere: the same among all.
//   Where vCPUs of a VM wait for each other's locks or interrupts, one that waits behind another of its VM makes both
//   late. Source: Sukwong and Kim, Is co-scheduling too expensive for SMP VMs? (EuroSys 2011), "balance scheduling":
//   sibling vCPUs on different runqueues.
// Constants: kMostSeen, 32, as for last_idle_least.
// Cost: of rule 2, a read of where each other vCPU of the VM is, for each 64 pCPUs that are looked at.
// Not work-conserving when: the published loads are older than the last wakeups. A balancer that pulls or pushes does
//   not know of siblings, and may bring two together.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class AntiStacking final : public Placer {
 public:
  static constexpr std::size_t kMostSeen = 32;

  explicit AntiStacking(Topology topology) : topology_(std::move(topology)) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  Topology topology_;
};

extern const PlacementEntry kAntiStackingEntry;

}  // namespace roost
