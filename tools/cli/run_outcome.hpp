// The room: what is left to do after a run: print the table, write the files it was asked for, choose the exit code.
// Not here: what stands in them (tools/report).
#pragma once

#include <optional>
#include <string>

#include "tools/cli/run_options.hpp"
#include "tools/report/finished_run.hpp"

namespace roost {

/// Before the run: can the trace show this host of `pcpus` pCPUs, and can both files (empty: none) be written? What is
/// in them stays until the run is over.
std::optional<Error> refuse_outputs(const TraceOptions& trace, const std::string& json, std::size_t pcpus);

/// Writes the trace that was asked for (Chrome's JSON if `file` ends in .json, else Perfetto's) and tells how much of
/// the run it lacks. Nothing if `file` is empty.
std::optional<Error> write_trace(const std::string& file, const FinishedRun& run);

/// 128 and the signal if the user ended the run (0: no signal did), 125 if it got stuck, else the first guest's exit
/// code that is not 0, as one byte that is not 0 either.
int exit_code_of(const FinishedRun& run, int signal);

/// `signal` ended the run (0: none did). Returns the exit code of the command: exit_code_of, or 124 at the time limit.
Result<int> conclude(const RunOptions& options, const FinishedRun& run, int signal);

}  // namespace roost
