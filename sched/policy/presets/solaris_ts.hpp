// The room: the preset `solaris-ts`: the time-sharing class of Solaris and illumos, with its dispatcher.
// Rules: 60 levels by table: solaris_ts. A woken vCPU goes where it ran last if that idles, else to the nearest idle
//   pCPU, outwards by locality group (disp_lowpri_cpu). A pCPU that runs dry takes from the nearest that has somebody
//   (disp_getwork). Nothing is balanced periodically. An idle pCPU halts at once (halt). Source: illumos
//   uts/common/disp/disp.c.
// Deviations: who spins gives way (yield), which is no part of that class. Where nobody idles, illumos takes the CPU
//   whose thread has the lowest priority, and the next one in number if its own queue of that level is longer
//   (setbackdq); we the least load of the nearest. illumos lets a thread be stolen only after 100 us in a queue
//   (nosteal_nsec), and takes the highest priority; we whom the discipline lists first, if it is worth its cost.
// Not work-conserving when: as pull says.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

inline constexpr PresetInfo kSolarisTsPreset{
    .name = "solaris-ts",
    .about = "Solaris's time sharing: levels by table, idle pCPUs take, no periodic balance",
    .source = "illumos uts/common/disp/disp.c and ts.c",
    .discipline = "solaris_ts",
    .placement = "last_idle_least",
    .balance = "pull",
    .numa = "none",
    .idle = "halt",
    .pause = "yield",
    .header = "solaris_ts",
};

}  // namespace roost
