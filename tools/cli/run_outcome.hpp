// The room: what is left to do after a run: print the table, write the files it was asked for, choose the exit code.
// Not here: what stands in them (tools/report).
#pragma once

#include "tools/cli/run_options.hpp"
#include "tools/report/finished_run.hpp"

namespace roost {

/// `signal` ended the run (0: none did). Returns the exit code of the command.
Result<int> conclude(const RunOptions& options, const FinishedRun& run, int signal);

}  // namespace roost
