// The room: the preset `freebsd-ule`: FreeBSD's ULE.
// Rules: interactive vCPUs by score, the others in a calendar: ule. A woken vCPU goes where it ran last if that idles,
//   else to an idle core of the LLC, then wider, else to the least loaded (sched_pickcpu). A pCPU that runs dry steals,
//   nearest first (tdq_idled); every so often one CPU balances for all (sched_balance: epoch). An idle CPU spins for a
//   while before it halts (sched_idletd: adaptive). Source: FreeBSD 15-CURRENT sys/kern/sched_ule.c.
// Constants: epoch, 1 s: FreeBSD balances after half of balance_interval and a random part of it, 63 to 189 ticks of
//   127 Hz, 0.5 to 1.5 s.
// Deviations: who spins gives way (yield): what bhyve does after a pause exit is not ULE's. sched_pickcpu prefers,
//   where nobody idles, a CPU whose running thread is of lower priority; we the least load of those nearby. There each
//   receiver takes one thread, here half of the difference. No random part. FreeBSD's idle thread spins a fixed number
//   of times where its CPU switches often; ours as KVM polls. Affinity to a warm cache lasts there for 1 ms a level.
// Not work-conserving when: as epoch says.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

namespace presets {

inline constexpr PresetConstant kFreebsdUle[]{{PieceKind::Balance, "epoch", 1'000'000'000}};

}  // namespace presets

inline constexpr PresetInfo kFreebsdUlePreset{
    .name = "freebsd-ule",
    .about = "FreeBSD's ULE: interactive first, an idle core, stealing",
    .source = "FreeBSD 15-CURRENT sys/kern/sched_ule.c",
    .discipline = "ule",
    .placement = "idle_first",
    .balance = "epoch",
    .numa = "none",
    .idle = "adaptive",
    .pause = "yield",
    .constants = presets::kFreebsdUle,
    .header = "freebsd_ule",
};

}  // namespace roost
