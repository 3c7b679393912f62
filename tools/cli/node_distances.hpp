// The room: `--distances`: how far a host's nodes are from each other, in place of what its description says.
// Not here: a scenario's host.distances (vmm/workload reads them).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sched/topology/topology.hpp"
#include "sched/vocabulary/result.hpp"

namespace roost {

/// `distances`: row-major, nodes x nodes, as in ACPI's SLIT: 10 .. 254, 10 on the diagonal.
Result<Topology> with_distances(const Topology& topology, std::vector<std::uint32_t> distances);
/// The same, of "10,21,21,10"; of an empty text the topology as it is.
Result<Topology> with_distances(const Topology& topology, std::string_view text);

}  // namespace roost
