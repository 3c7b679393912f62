// The room: the preset `linux-o1`: the O(1) scheduler of Linux 2.6, up to 2.6.22.
// Rules: two arrays of lists by priority, a bonus for sleepers: priority_arrays. A woken vCPU goes to its waker's pCPU
//   or its last, and to an idle one near it (try_to_wake_up: wake-affine, wake_idle). Each pCPU balances its scheduling
//   domains at their intervals, pulls when it runs dry, and after enough failures has one that runs moved
//   (load_balance, load_balance_newidle, active_load_balance). Loads are weights as they are. Who spins gives way to a
//   sibling, as KVM has it since 2.6.38: directed. An idle CPU halts, and its tick goes on: at each it balances.
//   Source: Linux 2.6.22 kernel/sched.c.
// Constants: idle_tick, 1 ms: HZ is 1000, without CONFIG_NO_HZ.
// Deviations: wake_affine is that of 6.1: flips, and an idle search over the LLC, which 2.6.22 makes over the domains
//   that say SD_WAKE_IDLE. 2.6.22 takes no vCPU that ran within cache_hot_time; we weigh the gain against the cost.
// Not work-conserving when: as wake_affine and domains say.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

namespace presets {

inline constexpr PresetConstant kLinuxO1[]{{PieceKind::Idle, "idle_tick", 1'000'000}};

}  // namespace presets

inline constexpr PresetInfo kLinuxO1Preset{
    .name = "linux-o1",
    .about = "Linux 2.6's O(1): two arrays by priority, interactivity, scheduling domains",
    .source = "Linux 2.6.22 kernel/sched.c",
    .discipline = "priority_arrays",
    .placement = "wake_affine",
    .balance = "domains",
    .numa = "none",
    .idle = "halt",
    .constants = presets::kLinuxO1,
    .header = "linux_o1",
};

}  // namespace roost
