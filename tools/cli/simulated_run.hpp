// The room: `roost run --world sim:TOPOLOGY`: the same machines on a simulated host, in virtual time, on one thread.
// Not here: scripted vCPUs; they have no machine.
#pragma once

#include "tools/cli/run_options.hpp"

namespace roost {

/// Standard input is not read: when it comes is the host's doing, and would make two runs differ.
Result<int> simulated_run(const RunOptions& options);

}  // namespace roost
