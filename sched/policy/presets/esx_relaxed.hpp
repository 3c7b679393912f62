// The room: the preset `esx-relaxed`: ESX's scheduler with relaxed co-scheduling.
// Rules: who has had least of what it is entitled to runs next, for a quantum of 50 ms: weighted_fair, whose virtual
//   time is run time by weight. A VM's shares are divided among its active vCPUs: group. A vCPU that leads its least
//   advanced sibling by more than 3 ms is stopped until that has come up: relaxed. A VM has a home node: numa_home; who
//   runs far from its memory goes there, or its pages come, each 2 s at most: follow_memory. A pCPU without work pulls,
//   one with too much pushes: hybrid. An idle one halts: halt. Who spins gives way: yield. Source: VMware, "The CPU
//   Scheduler in VMware vSphere 5.1" (2013).
// Constants: slice, 50 ms; follow_memory's window, 2 s.
// Deviations: ESX ranks by use against shares, reservations and limits; here a reservation or a cap is kept beside the
//   weight (gates), whatever the policy. ESX weighs caches and cores that siblings share when it moves a vCPU; here an
//   idle pCPU is one. What ESX does after a pause exit is not documented. Sleepers catch up as weighted_fair says. The
//   piece's own are on the plates of the pieces.
// Not work-conserving when: as relaxed, numa_home and hybrid say.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

namespace presets {

inline constexpr PresetConstant kEsx[]{{PieceKind::Discipline, "slice", 50'000'000},
                                       {PieceKind::Numa, "window", 2'000'000'000}};

}  // namespace presets

inline constexpr PresetInfo kEsxRelaxedPreset{
    .name = "esx-relaxed",
    .about = "ESX: shares of VMs, siblings kept within 3 ms of each other, home nodes",
    .source = "VMware, The CPU Scheduler in VMware vSphere 5.1 (2013)",
    .discipline = "weighted_fair",
    .placement = "numa_home",
    .balance = "hybrid",
    .numa = "follow_memory",
    .idle = "halt",
    .cosched = "relaxed",
    .shares = "group",
    .pause = "yield",
    .constants = presets::kEsx,
    .header = "esx_relaxed",
};

}  // namespace roost
