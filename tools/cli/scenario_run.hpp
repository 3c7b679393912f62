// The room: one run of a planned scenario, in the world that it names.
// Not here: planning it (scenario_plan), showing it (scenario_report).
#pragma once

#include <optional>

#include "tools/cli/console.hpp"
#include "tools/cli/progress.hpp"
#include "tools/cli/scenario_plan.hpp"
#include "tools/cli/timeline.hpp"
#include "tools/report/finished_run.hpp"
#include "vmm/workload/workload.hpp"

namespace roost {

/// What the scripts did, beside what was scheduled.
struct VmCounts {
  std::string name;
  bool scripted = true;  // false: a guest, of which nothing is counted here
  std::uint32_t spares = 0;  // vCPUs to be forked
  ScriptCounts all;      // of its vCPUs together
  Duration work{0};
  std::optional<std::uint64_t> lines_touched;  // live: cache lines, by its memory phases
};
struct ObjectCounts {
  std::string vm, name;
  ObjectSpec::Kind kind{};
  std::uint64_t grants = 0, queued = 0;
  std::vector<VcpuId> waiting;  // in line, at the end
  VcpuId holder = kNoVcpu;      // Lock: then
  Histogram sojourn;        // Queue
};

struct ScenarioRun {
  FinishedRun run;
  std::uint64_t seed = 0;
  std::uint64_t events_handled = 0;  // simulated
  Duration host_time{0};             // that it took
  int signal = 0;
  std::vector<VmCounts> vms;
  std::vector<ObjectCounts> objects;
  std::vector<ChangeOutcome> changes;  // of the timeline, as they were made or refused
};

/// What is seen of a run.
struct ScenarioWatch {
  ConsoleMode console;    // of the guests
  TraceOptions trace;
  ProgressWish progress;
};

/// Refused: a guest that cannot be loaded, a console that cannot be written.
Result<ScenarioRun> run_scenario(const ScenarioPlan& plan, std::uint64_t seed, const ScenarioWatch& watch);

}  // namespace roost
