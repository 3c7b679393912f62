// The room: [[timeline]]: what is changed while a scenario runs.
#pragma once

#include "vmm/workload/scenario.hpp"
#include "vmm/workload/toml_section.hpp"

namespace roost {

/// One entry of the timeline, `table`, at `path`; VMs and pools are known by now.
void read_timed(const toml::table& table, const std::string& path, Scenario& scenario, Problems& problems);

/// The lives of its VMs, from what the whole timeline says of their starts and stops.
std::optional<Error> settle_lives(Scenario& scenario);

}  // namespace roost
