// The room: what guests' harts did to modelled caches, as text.
// Not here: the rest of a run (run_table), JSON (run_json).
#pragma once

#include <string>

#include "vmm/executor/run_report.hpp"

namespace roost {

/// A row for each vCPU that is a guest's and each pCPU that they ran on; empty if caches were not modelled.
std::string cache_table(const RunReport& report);

}  // namespace roost
