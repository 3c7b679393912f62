// The room: what things of a run are called in a trace, whatever its format.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/report/finished_run.hpp"

namespace roost {

/// "pulled 0 -> 1 (llc)".
std::string migration_name(const FinishedRun& run, const Event& migrate);
/// "kick pCPU 1", or "interrupt pCPU 1" if only its vCPU has something to see.
std::string kick_name(const Event& kick);
/// "policy round_robin"; what a reader of traces knows it by comes first.
inline constexpr std::string_view kPolicyEvent = "policy ";
std::string policy_name(const FinishedRun& run, const Event& policy);
/// Who shared a runqueue.
RunqueueMap runqueues_of(const FinishedRun& run);
/// Why a vCPU left its pCPU: "idle" (there was none), "preempted", "slice end", "yielded", "blocked" or "finished".
const char* name_of(SwitchOut why);
/// "a/0", or "idle".
std::string occupant_name(const FinishedRun& run, VcpuId vcpu);
/// Lengths of runqueues as a counter shows them: only what has changed. Switches, wakeups and plans carry them.
class QueueLengths {
 public:
  explicit QueueLengths(const FinishedRun& run)
      : run_(run),
        map_(runqueues_of(run)),
        lengths_(map_.shares() ? map_.size() : run.report.pcpus.size()) {}
  struct Length {
    RunqueueId runqueue;
    std::uint16_t vcpus;
  };
  /// What `event` says of a runqueue, if that is not what was said before.
  std::optional<Length> changed(const Event& event);
  std::size_t runqueues() const { return lengths_.size(); }
  /// Some of it is in the trace.
  bool shown(RunqueueId runqueue) const;
  /// "pCPU 3 waiting"; where pCPUs share runqueues "LLC 0 runqueue".
  std::string name(RunqueueId runqueue) const;

 private:
  const FinishedRun& run_;
  RunqueueMap map_;
  IdVector<RunqueueId, std::uint16_t> lengths_;
};

/// What of the run a trace holds, if that is not all: "of the run only 2.00 ms to 5.00 ms, of pCPUs 0,2". Else empty.
std::string cut_words(const FinishedRun& run);
/// How these words begin as a track's or an event's name, so that a reader knows them.
inline constexpr std::string_view kCutMark = "this trace holds ";

/// Up to when a trace that is not empty tells what ran.
Time end_of_trace(const FinishedRun& run);

/// Of every vCPU the first of the same VM: it stands for the VM where a trace wants a process id.
IdVector<VcpuId, VcpuId> first_of_vms(const RunReport& report);

}  // namespace roost
