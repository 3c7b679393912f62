// The room: what came of a scenario, over its repetitions, as text and JSON ("roost.scenario/2").
// Not here: one run's schedule (tools/report).
#pragma once

#include <span>
#include <string>

#include "tools/cli/scenario_run.hpp"

namespace roost {

/// Tables of the first run, what scripts did, and, of several runs, means with 95% intervals.
std::string scenario_table(const ScenarioPlan& plan, std::span<const ScenarioRun> runs);
/// Who waits for what when nothing will ever happen again; and, of any run, whose turn never came.
std::string stuck_words(const ScenarioRun& run);
std::string scenario_json(const ScenarioPlan& plan, std::span<const ScenarioRun> runs);

}  // namespace roost
