// The room: every policy and every piece by name, and the text that chooses among them.
// Not here: what the pieces do; each file says that on its plate.
// Invariants: names are unique within their kind; a text that is refused builds nothing.
//
//   spec  := preset [ "," piece "=" name ]* [ "," constant "=" duration ]*         in any order after the preset
//   piece := "discipline" | "placement" | "balance"
//   e.g.  "roost"   "round_robin"   "weighted_fair,balance=none,slice=2ms"
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "sched/policy/policy.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/result.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

enum class PieceKind : std::uint8_t { Discipline, Placement, Balance };
const char* name_of(PieceKind kind);

struct ConstantInfo {
  std::string_view name;
  std::string_view about;
  Duration usual, least, most;
};

struct PieceInfo {
  PieceKind kind;
  std::string_view name;
  std::string_view about;   // one line
  std::string_view source;  // whose rules these are
  std::span<const ConstantInfo> constants;
};

struct PresetInfo {
  std::string_view name;
  std::string_view about;
  std::string_view discipline, placement, balance;  // names of pieces
};

inline constexpr std::string_view kDefaultPolicy = "roost";

std::span<const PresetInfo> presets();
std::span<const PieceInfo> pieces();

/// The policy that `spec` describes, for a host of this topology. Refused, in one sentence: names and constants that
/// the catalog does not have (with the nearest ones), constants that no chosen piece has, values out of range.
Result<Policy> make_policy(std::string_view spec, const Topology& topology, std::size_t max_vcpus,
                           std::size_t runqueues);

}  // namespace roost
