// The room: a run's events as a Perfetto trace (ui.perfetto.dev): pCPUs as CPUs, VMs as processes, vCPUs as threads.
// Not here: recording (executor).
// Scheduling goes out as compact_sched bundles (12 bytes a switch), so that the UI shows real CPU tracks and its
// `sched` and `thread_state` tables work; kicks and migrations as instants, with flows from a kick to the switch-in
// that it caused and from where a vCPU leaves to where it comes; queue lengths as counters.
// Rules of the importer that shape the file: times are of the boot clock; the first compact switch of every CPU is
// dropped, so each begins with idle -> idle; a bundle needs its cpu; cpu 1024 and above is an error; thread ids are
// positive and 0 is idle.
#pragma once

#include <string>

#include "sched/vocabulary/result.hpp"
#include "tools/report/finished_run.hpp"

namespace roost {

inline constexpr std::size_t kMostPerfettoPcpus = 1024;

/// The file's bytes; an error where a pCPU is to be shown that the format does not.
Result<std::string> perfetto_trace(const FinishedRun& run);

}  // namespace roost
