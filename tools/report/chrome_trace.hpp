// The room: a run's events as Chrome's trace JSON, for viewers that do not read Perfetto's own format: slices on a
// track per pCPU, kicks and migrations as instants and arrows (flow events), queue lengths as counters. Four times the
// size.
#pragma once

#include <string>

#include "tools/report/finished_run.hpp"

namespace roost {

std::string chrome_trace(const FinishedRun& run);

}  // namespace roost
