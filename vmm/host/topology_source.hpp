// The room: hwloc, as a source of Topology values: the live host, synthetic text, exported XML.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sched/topology/topology.hpp"
#include "sched/vocabulary/result.hpp"

namespace roost {

/// The host's CPUs that this process may use.
Result<Topology> live_topology();
/// hwloc's synthetic text ("node:2 l3:2 core:4 pu:2") or, if `text` names a file that ends in .xml, that export.
Result<Topology> described_topology(std::string_view text);

}  // namespace roost
