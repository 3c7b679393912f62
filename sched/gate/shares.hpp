// The room: what a VM's weight is to each of its vCPUs.
// Not here: when a vCPU takes a new weight (executor), what a weight is worth (discipline).
// Rules: `vcpu`: each has the weight by itself; a VM of many has more. `group`: the weight is the VM's, and divided
//   among those of its vCPUs that run or wait, as ESX's shares and Xen's weights are (Xen credit: csched_acct() divides
//   by active vCPUs). A vCPU cannot use more than one pCPU: of m pCPUs, weights that would give it more are infeasible,
//   and clipped to what makes that one pCPU: a VM of k such vCPUs gets k / (m - k) of what all others have together
//   (Chandra, Adler, Goyal and Shenoy, "Surplus Fair Scheduling", OSDI 2000). Where there are no more active vCPUs than
//   pCPUs nothing is clipped. pCPUs, and others, are those of its pool, where pools have policies of their own.
// Constants: none.
// Deviations: each VM is clipped as if it alone were infeasible, which is exact for one; several are clipped less than
//   in that paper, which sorts all weights at each wakeup. A weight is a whole number, 1 at least: divided among many
//   vCPUs it is coarse; give VMs large ones. A vCPU takes its new part when it next wakes or comes out of a slice, not
//   when a sibling wakes or blocks.
// Not work-conserving when: never; it only says who gets how much.
// Starvation bound: none under `group`: weights change as vCPUs wake and block.
// Costs: O(1) a wakeup, block and slice: two sums, whatever the number of vCPUs.
// Invariants: a part is 1 at least, and no more than the VM's weight.
#pragma once

#include <cstdint>

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

/// VMs with active vCPUs.
struct ActiveVms {
  std::int64_t vcpus = 0;   // active ones
  std::int64_t weight = 0;  // of the VMs
};

/// What each of the `active` vCPUs of a VM of this weight gets, on `pcpus` pCPUs, beside those others.
Weight part_of(Weight whole, std::int64_t active, const ActiveVms& others, std::int64_t pcpus);

}  // namespace roost
