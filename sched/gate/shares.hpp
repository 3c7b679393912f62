// The room: what a VM's weight is to each of its vCPUs.
// Not here: when a vCPU takes a new weight (executor), what a weight is worth (discipline).
// Rules: `vcpu`: each has the weight by itself; a VM of many has more. `group`: the weight is the VM's, and divided
//   among those of its vCPUs that run or wait, as ESX's shares and Xen's weights are (Xen credit: csched_acct() divides
//   by active vCPUs). A vCPU cannot use more than one pCPU: of m pCPUs, weights that would give it more are infeasible,
//   and clipped to c, what makes one pCPU: of active vCPUs that weigh p_i each, the sum of min(p_i, c) is m c (Chandra,
//   Adler, Goyal and Shenoy, "Surplus Fair Scheduling", OSDI 2000: each of k infeasible ones gets 1 / (m - k) of what
//   all others have together). Where there are no more active vCPUs than pCPUs nothing is clipped. In pools each counts
//   by itself: its online pCPUs, and the vCPUs that may run there, among which a VM's weight is divided.
// Constants: none.
// Deviations: a weight is a whole number, 1 at least, and so is c, rounded down: divided among many vCPUs they are
//   coarse; give VMs large ones. A vCPU takes its new part when it next wakes or comes out of a slice, not when a
//   sibling wakes or blocks. Affinities within a pool are not looked at: those who share one pCPU by them cannot use
//   what they are given.
// Not work-conserving when: never; it only says who gets how much.
// Starvation bound: none under `group`: weights change as vCPUs wake and block.
// Costs: a wakeup and a block: three walks of 14 steps in a tree of sums over all weights, under the pool's lock; a
//   slice: two loads. (That paper sorts all weights at each wakeup.) 256 KiB for each pool.
// Invariants: a part is 1 at least, and no more than the VM's weight.
#pragma once

#include <cstdint>
#include <vector>

#include "sched/vocabulary/constants.hpp"
#include "sched/vocabulary/weight.hpp"

namespace roost {

enum class ShareRule : std::uint8_t { Vcpu, Group };

/// What the catalog knows of one.
struct ShareEntry {
  PieceInfo info;
  ShareRule rule;
};

extern const ShareEntry kVcpuSharesEntry, kGroupSharesEntry;

/// What each of the `active` vCPUs of a VM of this weight weighs, if it can use that.
Weight part_of(Weight whole, std::int64_t active);

/// vCPUs by what they weigh: how much can each use?
class FeasibleWeights {
 public:
  FeasibleWeights() : tree_(kLeaves + 1) {}
  /// So many more of this weight are active; less than 0: fewer.
  void add(Weight each, std::int64_t vcpus);
  /// The most that one of them can use on so many pCPUs; kMaxWeight: whatever it weighs.
  Weight most(std::int64_t pcpus) const;

 private:
  static constexpr std::size_t kLeaves = 1U << 14;  // more than weights
  struct Sum {  // of the vCPUs of some weights next to each other
    std::int64_t vcpus = 0, weight = 0;
  };
  std::vector<Sum> tree_;  // [i]: those whose weight lies in (i - lowest bit of i, i]
  Sum all_;
};

}  // namespace roost
