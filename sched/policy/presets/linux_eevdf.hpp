// The room: the preset `linux-eevdf`: Linux's scheduler since 6.6, as in 6.12.
// Rules: of those that are owed time the earliest deadline: eevdf. Placement and balance are those of linux-cfs: a
//   woken vCPU goes to its waker's pCPU or its last, then to an idle one that shares that one's LLC (wake_affine); each
//   pCPU balances its scheduling domains, and an idle one for all that idle (proxy). Idle pCPUs poll before they halt,
//   as KVM's (adaptive); who spins gives way to a sibling (directed). Source: Linux 6.12 kernel/sched/fair.c.
// Constants: half_life, 32 ms, as PELT's. hot, 500 us, as linux-cfs.
// Deviations: as linux-cfs, and those on eevdf's plate.
// Not work-conserving when: as wake_affine and proxy say.
#pragma once

#include "sched/policy/presets/linux_cfs.hpp"

namespace roost {

inline constexpr PresetInfo kLinuxEevdfPreset{
    .name = "linux-eevdf",
    .about = "Linux's EEVDF: whoever is owed time by deadline, wake_affine, scheduling domains",
    .source = "Linux 6.12 kernel/sched/fair.c",
    .discipline = "eevdf",
    .placement = "wake_affine",
    .balance = "proxy",
    .numa = "none",
    .idle = "adaptive",
    .constants = presets::kLinux,
    .header = "linux_eevdf",
};

}  // namespace roost
