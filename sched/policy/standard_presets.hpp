// The room: all presets that Roost brings.
// Not here: what each is made of; it has a file of its own.
#pragma once

#include <vector>

#include "sched/policy/preset.hpp"

namespace roost {

/// The default first.
std::vector<PresetInfo> standard_presets();

}  // namespace roost
