// The room: the text of a policy, taken apart and checked against the catalog.
// Not here: building the pieces (catalog).
#pragma once

#include <string>
#include <string_view>

#include "sched/policy/catalog.hpp"

namespace roost {

template <typename Entry>
struct ChosenPiece {
  const Entry* entry;  // the catalog's
  ConstantValues constants;
};

struct PolicySpec {
  ChosenPiece<DisciplineEntry> discipline;
  ChosenPiece<PlacementEntry> placement;
  ChosenPiece<BalanceEntry> balance;
  ChosenPiece<NumaEntry> numa;
  ChosenPiece<IdleEntry> idle;
  ChosenPiece<CoEntry> cosched;
  ChosenPiece<ShareEntry> shares;
  ChosenPiece<PauseEntry> pause;
  Granularity granularity;  // unless somebody says otherwise
};

Result<PolicySpec> parse_policy_spec(std::string_view spec, const Catalog& catalog = standard_catalog());

/// "2ms", "500us", "100ns", "1s": a whole number of units.
Result<Duration> parse_duration(std::string_view text);
/// The shortest such text: "2ms".
std::string to_text(Duration duration);
/// A value of this constant, as parse_policy_spec() reads it.
std::string to_text(const ConstantInfo& constant, std::int64_t value);

}  // namespace roost
