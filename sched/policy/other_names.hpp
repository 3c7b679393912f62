// The room: what the disciplines are called elsewhere, for those who ask by such a name.
// Not here: the names themselves (catalog), how near a mistyped one is (nearest_name).
// Invariants: none of these names anything in the catalog; each means something there.
#pragma once

#include <span>

#include "sched/policy/nearest_name.hpp"

namespace roost {

std::span<const OtherName> other_names();

}  // namespace roost
