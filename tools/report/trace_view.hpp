// The room: a recorded trace as text, in the manner of Linux's perf sched: `timehist`, a line for each time that a vCPU
// ran, and `map`, a column per pCPU.
// Not here: reading the file (recorded_trace).
#pragma once

#include <string>
#include <vector>

#include "sched/vocabulary/pcpu_set.hpp"
#include "tools/report/recorded_trace.hpp"

namespace roost {

/// What of the trace to show; what it leaves out counts all the same where others' figures rest on it.
struct TraceChoice {
  PcpuSet pcpus;                 // empty: all
  std::vector<std::string> vms;  // empty: all
  Time from{}, to = kNever;      // from <= t < to

  bool shows(PcpuId pcpu) const { return pcpus.empty() || pcpus.contains(pcpu); }
  bool shows(const RecordedVcpu& vcpu) const;
  bool shows(Time at) const { return at >= from && at < to; }
};

/// What is missing at the edges of a trace that does not hold the whole run, in a line or two; empty for one that does.
std::string edge_words(const RecordedTrace& trace);

struct TimehistParts {
  bool lines = true, summary = false;
};

/// Columns: time (s), pCPU, vCPU, and in ms: *wait time* since it last left a pCPU, halted or not, as perf has it; of
/// that *sch delay*, ready but not running: after a wakeup, as perf counts it, and after a preemption, which perf does
/// not (so its sum is what Roost's table calls wait); *run time*. A line stands at the time that the run ended.
std::string timehist(const RecordedTrace& trace, const TraceChoice& choice, TimehistParts parts);

/// A line per switch, with who runs on each pCPU by a short name (. for idle, - for what was not chosen, blank for
/// nothing yet); * marks the pCPU that switched. A name is explained where it first appears.
std::string occupancy_map(const RecordedTrace& trace, const TraceChoice& choice);

}  // namespace roost
