// The room: `roost topology`: the host's places, or described ones, and its scheduling domains: as text, JSON, a graph.
#pragma once

#include <string>

#include "vmm/host/topology_source.hpp"

namespace roost {

/// "node 0 > package 0 > LLC 0 > core 0: pCPU 0 (host CPU 0)", a line for every place, indented; memory without pCPUs;
/// then node distances.
std::string topology_tree(const DescribedHost& host);
/// A line for each kind of scheduling domain: how many, how large, and the tunables that balance=domains has for it.
std::string domain_table(const Topology& topology);
/// Schema "roost.topology/2": `pcpus`: their places; `nodes`: of memory, {node, host_node, memory_bytes, beside},
/// `node` null of one without pCPUs; `node_distances`: rows; `domains`: {level, node_distance, nodes, seen_from, pcpus,
/// interval_ns, balanced_interval_ns, imbalance_threshold_percent, migration_cost_ns, failure_count, damping_percent},
/// as balance=domains has them, `seen_from` being the nodes around which they lie.
std::string topology_json(const DescribedHost& host);
/// Boxes in boxes, memory without pCPUs beside them, and an edge with its distance between any two nodes.
std::string topology_dot(const DescribedHost& host);

}  // namespace roost
