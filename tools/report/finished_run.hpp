// The room: all there is to show of one run, as values.
// Not here: measuring it (vmm/executor).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sched/topology/topology.hpp"
#include "sched/trace/event.hpp"
#include "vmm/executor/event_log.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/executor/run_report.hpp"

namespace roost {

struct FinishedRun {
  RunReport report;
  RunEnd end = RunEnd::AllStopped;
  Topology topology;          // of the pCPUs
  std::vector<Event> events;  // in time order, since the run's start; empty without a trace
  std::uint64_t events_lost = 0;
  TraceScope traced;          // what of the run the events are
  std::optional<Duration> cpu_time;  // live: what the host gave the process meanwhile
};

/// How long at least pCPUs were at work, by the clock, while the host ran something else in their place: a part of that
/// work. Nothing where nobody can tell (simulated, or Linux schedules).
std::optional<Duration> withheld_by_host(const FinishedRun& run);

/// "all-stopped", "time-limit" or "interrupted".
const char* name_of(RunEnd end);

}  // namespace roost
