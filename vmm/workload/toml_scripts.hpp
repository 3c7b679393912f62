// The room: the scripts of a TOML scenario.
// Not here: the rest of the file (toml_scenario).
#pragma once

#include "vmm/workload/scenario.hpp"
#include "vmm/workload/toml_section.hpp"

namespace roost {

/// Reads [script.*]; names of objects, targets and scripts go into the scenario's tables.
void read_scripts(const toml::table& scripts, Scenario& scenario, Problems& problems);

}  // namespace roost
