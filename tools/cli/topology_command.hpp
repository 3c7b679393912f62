// The room: `roost topology`: the host's places, or described ones, as a tree or as JSON.
#pragma once

#include <string>

#include "sched/topology/topology.hpp"

namespace roost {

/// "node 0 > package 0 > LLC 0 > core 0: pCPU 0 (host CPU 0)", a line for every place, indented; then node distances.
std::string topology_tree(const Topology& topology);
/// Schema "roost.topology/1": the pCPUs' places and the distances between nodes.
std::string topology_json(const Topology& topology);

}  // namespace roost
