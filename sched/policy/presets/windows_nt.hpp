// The room: the preset `windows-nt`: the dispatcher of Windows.
// Rules: 32 levels, boosts that decay: windows_nt. A woken vCPU goes to an idle core, then an idle pCPU, near where it
//   ran. A pCPU that runs dry looks for work elsewhere. Nothing is balanced periodically. An idle pCPU halts at once
//   (halt). Source: Russinovich, Solomon, Ionescu, Windows Internals, part 1 (processor selection, ideal and last
//   processor).
// Deviations: who spins gives way (yield); what Hyper-V does is not documented. No ideal processor, which Windows gives
//   each thread in turn: the last one takes its place. Where nobody idles Windows queues it at its ideal processor, or
//   preempts there; we at the least load of the nearest. Windows has shared ready queues of up to 4 logical processors
//   since 8; --runqueue core or llc comes near that.
// Not work-conserving when: as pull says.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

inline constexpr PresetInfo kWindowsNtPreset{
    .name = "windows-nt",
    .about = "Windows: 32 levels and boosts, an idle core near the last, no periodic balance",
    .source = "Russinovich, Solomon, Ionescu: Windows Internals, part 1",
    .discipline = "windows_nt",
    .placement = "idle_first",
    .balance = "pull",
    .numa = "none",
    .idle = "halt",
    .pause = "yield",
    .header = "windows_nt",
};

}  // namespace roost
