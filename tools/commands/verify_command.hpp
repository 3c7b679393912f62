// The room: `roost verify`: what theory predicts beside what is simulated.
// Not here: the rows and their verdicts (tools/verify).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "sched/vocabulary/result.hpp"

namespace roost {

struct VerifyText {
  std::vector<std::string> rows;  // none: all
  std::string json;
  bool list = false;
};

void add_verify_command(CLI::App& app, VerifyText& text, std::function<Result<int>()>& action);

}  // namespace roost
