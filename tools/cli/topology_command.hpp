// The room: `roost topology`: the host's places, or described ones, and its scheduling domains: as text, JSON, a graph.
#pragma once

#include <string>

#include "sched/topology/topology.hpp"

namespace roost {

/// "node 0 > package 0 > LLC 0 > core 0: pCPU 0 (host CPU 0)", a line for every place, indented; then node distances.
std::string topology_tree(const Topology& topology);
/// A line for each kind of scheduling domain: how many, how large, and the tunables that balance=domains has for it.
std::string domain_table(const Topology& topology);
/// Schema "roost.topology/1": `pcpus`: their places; `node_distances`: rows; `domains`: {level, node_distance, pcpus,
/// interval_ns, slowest_ns, threshold_percent, cost_ns, damping_percent, patience}, as balance=domains has them.
std::string topology_json(const Topology& topology);
/// Boxes in boxes, and an edge with its distance between any two nodes.
std::string topology_dot(const Topology& topology);

}  // namespace roost
