// The room: what disciplines and other pieces are called elsewhere, for those who ask by such a name.
// Not here: the names themselves (catalog), how near a mistyped one is (nearest_name).
// Invariants: each means something in the catalog; none is itself a name of the kind of piece that it means.
#pragma once

#include <span>

#include "sched/policy/nearest_name.hpp"

namespace roost {

std::span<const OtherName> other_names();
/// Of the parts of a host that share a runqueue (topology/granularity).
std::span<const OtherName> other_names_of_parts();

}  // namespace roost
