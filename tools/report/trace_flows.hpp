// The room: which events of a trace belong together: a kick and the switch-in that it caused.
// Not here: how a format draws the arrow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sched/trace/event.hpp"

namespace roost {

/// For each event the flow that it begins (a kick) or ends (a switch-in), from 1 on; 0: none. Ended is the last kick
/// that asked the pCPU to choose anew; kicks whose pCPU then ran nothing new have none.
std::vector<std::uint32_t> kick_flows(std::span<const Event> events);

}  // namespace roost
