// The room: what is worth remembering of a run, as small values in time order per recorder.
// Not here: where events are kept (executor), how they are shown (tools/report).
#pragma once

#include <cstdint>

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

enum class EventKind : std::uint8_t {
  Switch,    // pcpu now runs `vcpu` (kNoVcpu: idle); detail = SwitchOut of the one before
  Wakeup,    // `vcpu` was woken and queued on `pcpu`; other = the waker's pCPU or kNoPcpu
  Migrate,   // `vcpu` goes from `pcpu` to `other`; detail = MigrateWhy
  Kick,      // `other` is kicked by `pcpu`
  QueueLen,  // `pcpu`'s runqueue now has `length` waiting
};

enum class SwitchOut : std::uint8_t { Idle, Preempted, SliceEnd, Yielded, Blocked, Finished };
enum class MigrateWhy : std::uint8_t { Placement, Pull, Push };

struct Event {  // 24 bytes
  Time at;
  VcpuId vcpu = kNoVcpu;
  PcpuId pcpu = kNoPcpu;
  PcpuId other = kNoPcpu;
  EventKind kind = EventKind::Switch;
  std::uint8_t detail = 0;
  std::uint16_t length = 0;  // QueueLen: vCPUs waiting, saturated
};
static_assert(sizeof(Event) == 24);

}  // namespace roost
