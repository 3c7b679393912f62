// The room: `roost policies`: the presets and pieces that --policy can name, listed and explained.
#pragma once

#include <string>

#include "sched/vocabulary/result.hpp"

namespace roost {

std::string list_policies();
/// One preset or piece, with its source and constants.
Result<std::string> show_policy(const std::string& name);

}  // namespace roost
