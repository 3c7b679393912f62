// The room: the preset `linux-cfs`: Linux's completely fair scheduler, as in 6.1.
// Rules: virtual run time by weight: cfs. A woken vCPU goes to its waker's pCPU or its last, then to an idle one that
//   shares that one's LLC: wake_affine. Each pCPU balances its scheduling domains at their intervals, pulls when it
//   runs dry, and after enough failures has one that runs moved; idle CPUs have no tick (NO_HZ_IDLE), and one of them
//   balances for all: proxy. A CPU whose vCPU halts polls before it does so itself, as KVM's: adaptive. Who spins gives
//   way to a sibling that waits, as under KVM: directed. Loads decay by half in 32 ms (PELT). Source: Linux 6.1
//   kernel/sched/fair.c, virt/kvm/kvm_main.c.
// Constants: half_life, 32 ms, as PELT's. hot, 500 us: sysctl_sched_migration_cost.
// Deviations: those on the plates of the pieces. Most of all: loads are of runqueues, not of groups of CPUs and of
//   tasks; a pCPU that runs dry weighs gain against cost (R_i - R_j > C), where Linux asks whether it will idle long
//   enough. No automatic NUMA balancing unless numa=follow_memory is added. The faults that "The Linux Scheduler: a
//   Decade of Wasted Cores" (EuroSys 2016) found in Linux 3 are constants of these pieces: groups=mean, view=first and
//   hotplug=forget, none of which is usual, and reach=llc, which is.
// Not work-conserving when: as wake_affine and proxy say.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

namespace presets {

inline constexpr PresetConstant kLinux[]{{PieceKind::Balance, "half_life", 32'000'000},
                                         {PieceKind::Balance, "hot", 500'000}};

}  // namespace presets

inline constexpr PresetInfo kLinuxCfsPreset{
    .name = "linux-cfs",
    .about = "Linux's CFS: fair by virtual time, wake_affine, scheduling domains",
    .source = "Linux 6.1 kernel/sched/fair.c",
    .discipline = "cfs",
    .placement = "wake_affine",
    .balance = "proxy",
    .numa = "none",
    .idle = "adaptive",
    .constants = presets::kLinux,
    .header = "linux_cfs",
};

}  // namespace roost
