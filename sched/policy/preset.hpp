// The room: what a preset is: pieces that belong together, constants of its own, and who shares a runqueue.
// Not here: the presets, one file each (presets), choosing among them (spec).
// Invariants: a preset names pieces of the catalog, and constants of these pieces, within their bounds.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "sched/topology/granularity.hpp"

namespace roost {

enum class PieceKind : std::uint8_t { Discipline, Placement, Balance, Numa, Idle, Cosched, Shares, Pause };
inline constexpr std::array<PieceKind, 8> kPieceKinds{PieceKind::Discipline, PieceKind::Placement, PieceKind::Balance,
                                                      PieceKind::Numa,       PieceKind::Idle,      PieceKind::Cosched,
                                                      PieceKind::Shares,     PieceKind::Pause};
const char* name_of(PieceKind kind);

/// A constant that the preset sets otherwise than is usual. Whoever replaces the piece is rid of it.
struct PresetConstant {
  PieceKind kind;
  std::string_view name;
  std::int64_t value;  // nanoseconds, or a plain number
};

struct PresetInfo {
  std::string_view name;
  std::string_view about;   // one line
  std::string_view source;  // whose rules these are
  std::string_view discipline, placement, balance, numa, idle;  // names of pieces
  std::string_view cosched = "none", shares = "vcpu", pause = "directed";
  std::span<const PresetConstant> constants{};
  Granularity granularity = Granularity::Pcpu;  // unless the user says otherwise
  std::string_view header = {};                 // the file in presets/ with its plate, without .hpp; none if empty

  constexpr std::string_view piece(PieceKind kind) const {
    switch (kind) {
      case PieceKind::Discipline: return discipline;
      case PieceKind::Placement: return placement;
      case PieceKind::Balance: return balance;
      case PieceKind::Numa: return numa;
      case PieceKind::Idle: return idle;
      case PieceKind::Cosched: return cosched;
      case PieceKind::Shares: return shares;
      case PieceKind::Pause: return pause;
    }
    return {};
  }
};

}  // namespace roost
