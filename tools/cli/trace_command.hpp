// The room: `roost timehist TRACE` and `roost map TRACE`: a recorded trace as text.
// Not here: reading and showing it (tools/report).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "sched/vocabulary/result.hpp"

namespace roost {

/// As it stands on the command line.
struct TraceViewText {
  std::string file, pcpus, window;
  std::vector<std::string> vms;
  bool summary = false, with_summary = false;
};

/// The text of each; refused: files that are no trace of ours, pCPUs and VMs that are not in it.
Result<std::string> timehist_text(const TraceViewText& text);
Result<std::string> map_text(const TraceViewText& text);

/// Adds both subcommands.
void add_trace_commands(CLI::App& app, TraceViewText& text, std::function<Result<int>()>& action);

}  // namespace roost
