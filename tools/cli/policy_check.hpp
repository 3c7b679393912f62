// The room: `roost policies check`: does a discipline keep its contract? For those who write one.
// Not here: the walks (sched/contract), the rules (sched/discipline/contract).
#pragma once

#include <string>

#include "sched/policy/catalog.hpp"
#include "sched/vocabulary/result.hpp"

namespace roost {

struct PolicyCheckText {
  std::string policy, seed, steps;  // empty: the usual
};

struct PolicyCheck {
  std::string text;
  bool kept = false;
};

/// Walks with the discipline of that policy, and what came of them. Refused: an unknown policy, numbers that are none.
Result<PolicyCheck> check_policy(const Catalog& catalog, const PolicyCheckText& wish);

}  // namespace roost
