// The room: the preset `xen-credit`: Xen's credit scheduler.
// Rules: credits and BOOST, UNDER and OVER: credit. A woken vCPU goes where it ran last if that idles, else to the
//   nearest idle pCPU: Xen queues it at the old place and kicks an idler, which steals it. A pCPU without work steals,
//   nearest first; there is no periodic balancing. An idle pCPU halts at once (halt); who spins gives way (yield).
//   Source: Xen common/sched/credit.c (csched_vcpu_wake, __runq_tickle, csched_load_balance), read in 2026-08.
// Deviations: where nobody idles a woken vCPU goes to the least loaded of the nearest pCPUs, where Xen leaves it at its
//   last. A pCPU steals when it has run dry; Xen's also when its first is OVER, whoever elsewhere is better. What runs
//   is not asked at each tick whether it would rather be elsewhere (csched_vcpu_acct). Xen's idler that has stolen
//   within the last millisecond does not steal again; ours does. The piece's own are on credit's plate.
// Not work-conserving when: as pull says.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

inline constexpr PresetInfo kXenCreditPreset{
    .name = "xen-credit",
    .about = "Xen's credit scheduler: boosted wakeups, idle pCPUs steal",
    .source = "Xen common/sched/credit.c",
    .discipline = "credit",
    .placement = "last_idle_least",
    .balance = "pull",
    .numa = "none",
    .idle = "halt",
    .pause = "yield",
    .header = "xen_credit",
};

}  // namespace roost
