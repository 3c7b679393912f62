// The room: `roost run`: the wiring of machines, a world, a console and reports, and the exit code.
// Not here: each of these.
#pragma once

#include "tools/cli/run_options.hpp"

namespace roost {

/// The process's exit code, or the sentence for bad input (exit code 2).
Result<int> run_command(const RunOptions& options);

}  // namespace roost
