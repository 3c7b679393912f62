// The room: `roost run FILE.toml`, `roost check FILE...` and `roost scenarios`, with their exit codes.
// Not here: the steps of each.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "tools/cli/scenario_options.hpp"

namespace roost {

/// 0, or a guest's code: all have ended or the time limit came; 125: stuck; 130: Ctrl-C. Or the sentence for bad input.
Result<int> scenario_command(const ScenarioOptions& options);

struct CheckText {
  std::vector<std::string> files, plugins;
};

/// Adds `check` and `scenarios`.
void add_scenario_commands(CLI::App& app, CheckText& text, std::function<Result<int>()>& action);

}  // namespace roost
