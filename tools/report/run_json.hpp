// The room: a run as JSON, schema "roost.run/3" (tools/report/README.md): plain integers, durations in nanoseconds.
#pragma once

#include <string>

#include "tools/report/finished_run.hpp"

namespace roost {

/// An object, without a line end after it.
std::string run_json(const FinishedRun& run);

}  // namespace roost
