// The room: a run as JSON, schema "roost.run/1" (tools/report/README.md): plain integers, durations in nanoseconds.
#pragma once

#include <string>

#include "tools/report/finished_run.hpp"

namespace roost {

std::string run_json(const FinishedRun& run);

}  // namespace roost
