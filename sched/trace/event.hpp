// The room: what is worth remembering of a run, as small values in time order per recorder.
// Not here: where events are kept (executor), how they are shown (tools/report).
#pragma once

#include <cstdint>

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

enum class EventKind : std::uint8_t {
  Switch,    // pcpu now runs `vcpu` (kNoVcpu: idle); detail = SwitchOut of the one before; length
  Wakeup,    // `vcpu` was woken and queued on `pcpu`; other = the waker's pCPU or kNoPcpu; length
  Migrate,   // `vcpu` goes from `pcpu` to `other`; detail = MigrateWhy
  Kick,      // `other` is kicked by `pcpu`; detail = KickHow
  QueueLen,  // a plan has changed the length of `pcpu`'s runqueue; length
  Policy,    // another policy is in force, on no pCPU; length = the how manyth since the run began
};

enum class SwitchOut : std::uint8_t { Idle, Preempted, SliceEnd, Yielded, Blocked, Finished, Throttled };
enum class MigrateWhy : std::uint8_t {
  Placement, Pull, Push, Hotplug,
  Active,  // it ran, and was asked to go
  Numa,    // likewise, to where its memory is
  Shared,  // within one runqueue: another of its pCPUs took it
};
enum class KickHow : std::uint8_t {
  Reschedule,  // something waits there that should run
  Interrupt,   // the vCPU that runs there has an interrupt
};

/// A length as an event carries it: saturated.
constexpr std::uint16_t event_length(std::size_t waiting) {
  return static_cast<std::uint16_t>(waiting < UINT16_MAX ? waiting : UINT16_MAX);
}

struct Event {  // 24 bytes
  Time at;
  VcpuId vcpu = kNoVcpu;
  PcpuId pcpu = kNoPcpu;
  PcpuId other = kNoPcpu;
  EventKind kind = EventKind::Switch;
  std::uint8_t detail = 0;
  std::uint16_t length = 0;  // vCPUs that wait in `pcpu`'s runqueue after it, saturated; Policy: see there
};
static_assert(sizeof(Event) == 24);

}  // namespace roost
