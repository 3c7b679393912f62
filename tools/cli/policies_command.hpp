// The room: `roost policies`: the presets and pieces that --policy can name, listed and explained.
#pragma once

#include <string>

#include "sched/policy/catalog.hpp"
#include "sched/vocabulary/result.hpp"

namespace roost {

std::string list_policies(const Catalog& catalog);
/// One preset or piece, with its source and constants; a preset's window is that on a host of this topology.
Result<std::string> show_policy(const Catalog& catalog, const std::string& name, const Topology& topology);

}  // namespace roost
