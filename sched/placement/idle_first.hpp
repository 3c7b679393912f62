// The room: the placement that looks for an idle core near the caches, then for any idle pCPU, then farther away.
// Rules, among the online pCPUs that the vCPU may use, around the one it ran on last (if it never ran: its waker's; if
//   there is none: that of its own number, modulo their count):
//   1. an idle pCPU whose whole core idles, in the same LLC, the centre first; then any idle pCPU of the LLC;
//   2. the same in each ring outside the LLC, the nearest first;
//   3. nobody idles: the one whose runqueue's weight, with this vCPU on it, is least per capacity, of kMostLoads that
//      are nearest.
//   Within a ring from the centre's id upwards, then from the lowest. Where cores have one pCPU, each idle pCPU is an
//   idle core. Source: after Linux 6.1's select_idle_sibling() (kernel/sched/fair.c), which looks for an idle core,
//   then for an idle CPU, and stays within the LLC; like it, this one looks at a bounded number.
// Constants: scan, 16: so many idle pCPUs of a ring are asked whether their core idles. More finds an idle core among
//   many half busy ones, and reads the line of 64 pCPUs' flags for each.
// Not work-conserving when: the published loads are older than the last wakeups: two wakers may choose one idle pCPU.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class IdleFirst final : public Placer {
 public:
  static constexpr std::size_t kScan = 16, kMostLoads = 32;

  explicit IdleFirst(Topology topology, std::size_t scan = kScan) : topology_(std::move(topology)), scan_(scan) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  Topology topology_;
  std::size_t scan_;
};

extern const PlacementEntry kIdleFirstEntry;

}  // namespace roost
