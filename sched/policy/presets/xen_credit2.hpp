// The room: the preset `xen-credit2`: Xen's default scheduler.
// Rules: a runqueue for each socket, here a node; the most credit first: credit2. A woken vCPU goes to the runqueue of
//   least average load. Loads are averages over 1.07 s (opt_load_window_shift 30); runqueues are balanced by them. An
//   idle pCPU halts at once (halt); who spins gives way (yield). Source: Xen common/sched/credit2.c (csched2_res_pick,
//   balance_load, update_runq_load), read in 2026-08.
// Constants: average_over, 1074 ms: 2^30 ns. damping, 50 percent: Xen moves the pair that evens two runqueues best.
// Deviations: Xen balances when a new epoch begins, we at each domain's interval; and moves whoever evens the loads
//   best, or exchanges two, we half of the difference. Xen has at most 16 pCPUs to a runqueue. A node stands for a
//   socket; --runqueue pcpu, core and machine are Xen's credit2_runqueue=cpu, core and all.
// Not work-conserving when: as domains says.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

namespace presets {

inline constexpr PresetConstant kXenCredit2[]{{PieceKind::Balance, "average_over", 1'073'741'824}};

}  // namespace presets

inline constexpr PresetInfo kXenCredit2Preset{
    .name = "xen-credit2",
    .about = "Xen's credit2: a runqueue for each node, the most credit first, average loads",
    .source = "Xen common/sched/credit2.c",
    .discipline = "credit2",
    .placement = "least_loaded",
    .balance = "domains",
    .numa = "none",
    .idle = "halt",
    .pause = "yield",
    .constants = presets::kXenCredit2,
    .granularity = Granularity::Node,
    .header = "xen_credit2",
};

}  // namespace roost
