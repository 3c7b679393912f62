// The room: hwloc, as a source of Topology values: the live host, synthetic text, exported XML.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sched/topology/topology.hpp"
#include "sched/vocabulary/result.hpp"

namespace roost {

/// A node of memory as hwloc has it. Schedulers know those that have pCPUs of their own.
struct HostNode {
  std::uint32_t host_node = 0;          // the OS's number of it
  std::uint64_t bytes = 0;              // of memory; 0: memoryless
  std::optional<NodeId> node = {};      // its number in the topology; none: it has no pCPUs of its own
  std::optional<NodeId> beside = {};    // of one without: whose pCPUs it is local to as well, if any
};

struct DescribedHost {
  Topology topology;
  std::vector<HostNode> nodes;  // as hwloc orders them
};

/// The host's CPUs that this process may use.
Result<DescribedHost> live_host();
Result<Topology> live_topology();
/// Is it the name of an export, one that ends in .xml?
bool names_export(std::string_view text);
/// hwloc's synthetic text ("node:2 l3:2 core:4 pu:2") or an export.
/// Capacities, of an export: Linux's, else by the greatest or the base frequency, whichever is told of all kinds of
/// CPU. Where hwloc knows only that one kind is faster than the other, they are taken as evenly spread: of two kinds
/// the slower counts half.
Result<DescribedHost> described_host(std::string_view text);
Result<Topology> described_topology(std::string_view text);

}  // namespace roost
