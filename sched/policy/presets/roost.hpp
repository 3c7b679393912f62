// The room: the preset `roost`, the default.
// Rules: weighted_fair shares time by weight; a woken vCPU goes where it ran last if that idles, else to the nearest
//   idle pCPU, else to the one of least load among the nearest; a pCPU that runs dry pulls, one with too much pushes.
// Deviations: none; these rules are Roost's own.
// Not work-conserving when: as hybrid says.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

inline constexpr PresetInfo kRoostPreset{
    .name = "roost",
    .about = "the default: time by weight, where it is idle, pulled and pushed",
    .source = "Roost",
    .discipline = "weighted_fair",
    .placement = "last_idle_least",
    .balance = "hybrid",
    .numa = "none",
    .header = "roost",
};

}  // namespace roost
