// The room: `roost costs`: the cost model of the simulated world, as a table or as JSON.
// Not here: the figures themselves (vmm/executor/cost_model), setting them (run_options, scenario files).
#pragma once

#include <string>

namespace roost {

/// A line for each figure that --cost sets: name, unit, default, range, what it is, source; then the aliases.
std::string costs_table();
/// Schema "roost.costs/1": `costs`: {name, unit, default, least, most, about, source}, figures in their unit;
/// `aliases`: {name, sets: names of costs, about}.
std::string costs_json();

}  // namespace roost
