// The room: the preset `xen-null`: Xen's null scheduler.
// Rules: each vCPU has a pCPU of its own; further ones stand in line, and run when one is free: null. Nothing is
//   preempted, nothing is balanced; an idle pCPU halts; which discipline orders a runqueue of one does not matter. Who
//   spins gives way, to nobody: yield. Source: Xen common/sched/null.c.
// Deviations: those on null's plate.
// Not work-conserving when: as null says.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

inline constexpr PresetInfo kXenNullPreset{
    .name = "xen-null",
    .about = "Xen's null: one vCPU, one pCPU; who finds none stands in line",
    .source = "Xen common/sched/null.c",
    .discipline = "fifo",
    .placement = "null",
    .balance = "none",
    .numa = "none",
    .idle = "halt",
    .pause = "yield",
    .header = "xen_null",
};

}  // namespace roost
