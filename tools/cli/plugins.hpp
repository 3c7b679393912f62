// The room: `--plugin FILE`: disciplines that are built elsewhere, as shared libraries, beside those that Roost brings.
// Not here: what such a library exports (sched/discipline/entry), how one is written (sched/README.md).
// Limits: a plugin is code of the user's own and runs with the monitor's rights. It stays loaded as long
//   as the catalog, which outlives all runs.
#pragma once

#include <string>
#include <vector>

#include "sched/policy/catalog.hpp"

namespace roost {

/// The standard catalog and the disciplines of these files. Refused, in one sentence: what is no such library, was
/// built with other headers, or has a name that is taken.
Result<Catalog> catalog_with(const std::vector<std::string>& files);

}  // namespace roost
