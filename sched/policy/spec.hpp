// The room: the text of a policy, taken apart and checked against the catalog.
// Not here: building the pieces (catalog).
#pragma once

#include <string_view>
#include <vector>

#include "sched/policy/catalog.hpp"

namespace roost {

struct ConstantValue {
  std::string_view name;  // points into the catalog
  Duration value;
};

struct PolicySpec {  // all of it points into the catalog
  const PieceInfo* discipline = nullptr;
  const PieceInfo* placement = nullptr;
  const PieceInfo* balance = nullptr;
  std::vector<ConstantValue> constants;

  /// What the text says, else the constant's usual value.
  Duration constant(const PieceInfo& piece, std::string_view name) const;
};

Result<PolicySpec> parse_policy_spec(std::string_view spec);

/// "2ms", "500us", "100ns", "1s": a whole number of units.
Result<Duration> parse_duration(std::string_view text);
/// The shortest such text: "2ms".
std::string to_text(Duration duration);

}  // namespace roost
