// The room: every policy and every piece by name, and the text that chooses among them.
// Not here: what the pieces do; each file says that on its plate, and its entry in short.
// Invariants: names are unique within their kind; a text that is refused builds nothing.
//
//   spec  := start [ "," piece "=" name ]* [ "," [ name "." ] constant "=" value ]*     in any order after the start
//   start := a preset's name | a discipline's name: the default preset with this discipline
//   piece := "discipline" | "placement" | "balance" | "numa" | "idle" | "cosched" | "shares" | "pause"
//   value := a span of time (2ms) or a whole number, whichever the constant is
//   e.g.  "roost"   "round_robin"   "weighted_fair,balance=none,slice=2ms"   "roost,weighted_fair.credit=1ms"
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "sched/discipline/entry.hpp"
#include "sched/policy/policy.hpp"
#include "sched/policy/preset.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/result.hpp"

namespace roost {

struct Catalog {
  std::vector<PresetInfo> presets;  // the first is the default
  std::vector<const DisciplineEntry*> disciplines;
  std::vector<const PlacementEntry*> placements;
  std::vector<const BalanceEntry*> balances;
  std::vector<const NumaEntry*> numas;
  std::vector<const IdleEntry*> idles;
  std::vector<const CoEntry*> coscheds;
  std::vector<const ShareEntry*> shares;
  std::vector<const PauseEntry*> pauses;

  /// What entries of plugins lie in; nothing else may be done with it.
  std::vector<std::shared_ptr<const void>> loaded = {};

  std::vector<const PieceInfo*> pieces(PieceKind kind) const;
  /// The piece of this kind and name, or null.
  const PieceInfo* find(PieceKind kind, std::string_view name) const;
};

/// All that Roost brings.
Catalog standard_catalog();

inline constexpr std::string_view kDefaultPolicy = "roost";
/// Where a user may name it, no policy of ours: the host's own scheduler. It has no pieces.
inline constexpr std::string_view kHostPolicy = "host";

/// What a policy is made for.
struct PolicyScope {
  const Topology& topology;
  std::size_t max_vcpus = 0;
  std::optional<Granularity> granularity = {};  // none: the policy's own
  std::uint64_t seed = 0;  // of a discipline that draws lots
  std::size_t runqueues = 0;  // of all pools together; 0: there are none but those that the granularity makes
};

/// The policy that `spec` describes. Refused, in one sentence: names and constants that the catalog does not have (with
/// the nearest ones), constants that no chosen piece has, values out of range.
Result<Policy> make_policy(std::string_view spec, const PolicyScope& scope,
                           const Catalog& catalog = standard_catalog());
Result<Policy> make_policy(std::string_view spec, const Topology& topology, std::size_t max_vcpus,
                           std::optional<Granularity> granularity = std::nullopt);

}  // namespace roost
