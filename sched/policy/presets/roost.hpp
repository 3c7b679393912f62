// The room: the preset `roost`, the default.
// Rules: weighted_fair shares time by weight; a woken vCPU goes where it ran last if that idles, else to the nearest
//   idle pCPU, else to the one of least load among the nearest; a pCPU that runs dry pulls, one with too much pushes,
//   and who runs beside a busy sibling or on a slow core while a whole or a faster one idles is asked to go there:
//   active. An idle pCPU polls before it halts: adaptive; who spins gives way to a sibling that waits: directed. Why
//   these: of all presets it comes first over the shipped scenarios (tests/bench/README.md, presets_table.py); with
//   hybrid for active it does half to two thirds of the work where siblings or slow cores matter, and elsewhere the
//   same.
// Constants: poll_most, 50 us: what a halt costs in all (KVM: 200 us), so that polling never costs more than twice the
//   best choice. poll_start, 2 us: a wakeup of one that polls takes less.
// Deviations: none; these rules are Roost's own.
// Not work-conserving when: as active says.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

namespace presets {

inline constexpr PresetConstant kRoost[]{{PieceKind::Idle, "poll_start", 2'000},
                                         {PieceKind::Idle, "poll_most", 50'000}};

}  // namespace presets

inline constexpr PresetInfo kRoostPreset{
    .name = "roost",
    .about = "the default: time by weight, where it is idle, pulled, pushed and asked to move",
    .source = "Roost",
    .discipline = "weighted_fair",
    .placement = "last_idle_least",
    .balance = "active",
    .numa = "none",
    .idle = "adaptive",
    .constants = presets::kRoost,
    .header = "roost",
};

}  // namespace roost
