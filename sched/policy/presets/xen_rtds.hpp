// The room: the preset `xen-rtds`: Xen's real-time scheduler.
// Rules: one runqueue for the host; budgets and deadlines, the earliest first: rtds. A woken vCPU runs where it ran
//   last if that idles, else on an idle pCPU, else in place of the latest deadline. An idle pCPU halts at once (halt);
//   who spins gives way (yield). Source: Xen common/sched/rt.c (runq_tickle, rt_schedule), read in 2026-08.
// Deviations: those on rtds's plate. Xen chooses among idle pCPUs by number, we the nearest to where it ran.
// Not work-conserving when: as rtds says.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

inline constexpr PresetInfo kXenRtdsPreset{
    .name = "xen-rtds",
    .about = "Xen's rtds: one runqueue, the earliest deadline first, budgets",
    .source = "Xen common/sched/rt.c",
    .discipline = "rtds",
    .placement = "last_idle_least",
    .balance = "none",
    .numa = "none",
    .idle = "halt",
    .pause = "yield",
    .granularity = Granularity::Machine,
    .header = "xen_rtds",
};

}  // namespace roost
