// The room: what pCPU time was lost while vCPUs waited, derived from a run's events, for a world where nobody could
// count it (live: the pCPUs' threads would have to share a counter).
// Not here: counting it as it happens (idle_while_waiting).
// Derived: a pCPU counts as idle from the switch on that leaves it without a vCPU, so the scheduler's own time is in
// it; and clocks of several CPUs order events that lie within some tens of nanoseconds at random.
#pragma once

#include <span>

#include "sched/trace/event.hpp"
#include "sched/vocabulary/pcpu_set.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"
#include "vmm/executor/run_report.hpp"

namespace roost {

/// From `at` on `vcpu` may use `allowed`; or, with no vCPU, `pcpu` takes part or not.
struct PlaceChange {
  Time at{};
  VcpuId vcpu = kNoVcpu;
  PcpuSet allowed{};
  PcpuId pcpu = kNoPcpu;
  bool online = true;
};

struct TracedRun {
  std::span<const Event> events;  // all of the run, in time order
  std::span<const VcpuTraits> vcpus;      // as they were at the start
  std::span<const PlaceChange> changes{}; // in time order
  Time began{}, ended{};
};

/// Fills `conservation` and every pCPU's `idle_while_waiting`.
void derive_conservation(const TracedRun& run, RunReport& report);

}  // namespace roost
