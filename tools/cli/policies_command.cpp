#include "tools/cli/policies_command.hpp"

#include <array>
#include <vector>

#include <fmt/format.h>

#include "sched/policy/catalog.hpp"
#include "sched/policy/nearest_name.hpp"
#include "sched/policy/spec.hpp"
#include "tools/plates/plate.hpp"
#include "tools/report/text_table.hpp"

namespace roost {
namespace {

constexpr const char* kHostLine = "host: no policy of ours: a thread per vCPU, scheduled by Linux (the baseline)";

constexpr std::array<PieceKind, 3> kKinds{PieceKind::Discipline, PieceKind::Placement, PieceKind::Balance};

std::string piece_text(PieceKind kind, const PieceInfo& piece) {
  std::string out = fmt::format("{} {}: {}\n", name_of(kind), piece.name, piece.about);
  out += fmt::format("  source: {}\n", piece.source);
  if (!piece.constants.empty()) {
    TextTable table;
    table.column("  constant", Align::Left).column("usual").column("least").column("most");
    table.column("meaning", Align::Left);
    for (const ConstantInfo& constant : piece.constants)
      table.row({fmt::format("  {}", constant.name), to_text(constant, constant.usual),
                 to_text(constant, constant.least), to_text(constant, constant.most), std::string(constant.about)});
    out += table.text();
  }
  return out + std::string(plate_of(piece.header)) + "\n";
}

const PieceInfo& piece_of(const Catalog& catalog, PieceKind kind, std::string_view name) {
  for (const PieceInfo* piece : catalog.pieces(kind))
    if (piece->name == name) return *piece;
  check_failed("a preset names pieces of the catalog", __FILE__, __LINE__);
}

std::string preset_text(const Catalog& catalog, const PresetInfo& preset) {
  return fmt::format("preset {}: {}\n\n", preset.name, preset.about) +
         piece_text(PieceKind::Discipline, piece_of(catalog, PieceKind::Discipline, preset.discipline)) +
         piece_text(PieceKind::Placement, piece_of(catalog, PieceKind::Placement, preset.placement)) +
         piece_text(PieceKind::Balance, piece_of(catalog, PieceKind::Balance, preset.balance));
}

}  // namespace

std::string list_policies(const Catalog& catalog) {
  TextTable table;
  table.column("preset", Align::Left).column("discipline", Align::Left).column("placement", Align::Left);
  table.column("balance", Align::Left).column("", Align::Left);
  for (const PresetInfo& preset : catalog.presets)
    table.row({fmt::format("{}{}", preset.name, preset.name == kDefaultPolicy ? " (default)" : ""),
               std::string(preset.discipline), std::string(preset.placement), std::string(preset.balance),
               std::string(preset.about)});
  table.row({"host", "-", "-", "-", "Linux schedules, a thread per vCPU: the baseline"});
  std::string out = table.text();
  for (const PieceKind kind : kKinds) {
    TextTable parts;
    parts.column(name_of(kind), Align::Left).column("", Align::Left).column("source", Align::Left);
    for (const PieceInfo* piece : catalog.pieces(kind))
      parts.row({std::string(piece->name), std::string(piece->about), std::string(piece->source)});
    out += "\n" + parts.text();
  }
  return out + "\n--policy takes a preset or a discipline, and changes: --policy roost,balance=none,slice=2ms\n"
               "'roost policies show NAME' tells rules, sources and constants.\n"
               "A scenario's reservations (tools/scenarios/README.md) are kept under each of these but host: who has\n"
               "budget left runs first, the earliest deadline ahead. Such a vCPU goes only where 95 % of the pCPU\n"
               "have room for its share: it may wait while a pCPU idles that has none, as long as that has none.\n";
}

Result<std::string> show_policy(const Catalog& catalog, const std::string& name) {
  if (name == "host") return std::string(kHostLine) + "\n";
  std::string out;
  std::vector<std::string_view> names{"host"};
  for (const PresetInfo& preset : catalog.presets) {
    names.push_back(preset.name);
    if (preset.name == name) return preset_text(catalog, preset);
  }
  for (const PieceKind kind : kKinds)
    for (const PieceInfo* piece : catalog.pieces(kind)) {
      names.push_back(piece->name);
      if (piece->name == name) out += piece_text(kind, *piece);
    }
  if (out.empty()) return Error{fmt::format("there is no policy or piece '{}'; {}", name, suggestion(name, names))};
  return out;
}

}  // namespace roost
