#include "tools/cli/policies_command.hpp"

#include <vector>

#include <fmt/format.h>

#include "sched/policy/catalog.hpp"
#include "sched/policy/nearest_name.hpp"
#include "sched/policy/spec.hpp"
#include "tools/report/text_table.hpp"

namespace roost {
namespace {

constexpr const char* kHostLine = "host: no policy of ours: a thread per vCPU, scheduled by Linux (the baseline)";

std::string piece_text(const PieceInfo& piece) {
  std::string out = fmt::format("{} {}: {}\n", name_of(piece.kind), piece.name, piece.about);
  out += fmt::format("  source: {}\n", piece.source);
  if (piece.constants.empty()) return out;
  TextTable table;
  table.column("  constant", Align::Left).column("usual").column("least").column("most").column("meaning", Align::Left);
  for (const ConstantInfo& constant : piece.constants)
    table.row({fmt::format("  {}", constant.name), to_text(constant.usual), to_text(constant.least),
               to_text(constant.most), std::string(constant.about)});
  return out + table.text();
}

std::string preset_text(const PresetInfo& preset) {
  std::string out = fmt::format("preset {}: {}\n\n", preset.name, preset.about);
  for (const PieceInfo& piece : pieces())
    if ((piece.kind == PieceKind::Discipline && piece.name == preset.discipline) ||
        (piece.kind == PieceKind::Placement && piece.name == preset.placement) ||
        (piece.kind == PieceKind::Balance && piece.name == preset.balance))
      out += piece_text(piece);
  return out;
}

}  // namespace

std::string list_policies() {
  TextTable table;
  table.column("preset", Align::Left).column("discipline", Align::Left).column("placement", Align::Left);
  table.column("balance", Align::Left).column("", Align::Left);
  for (const PresetInfo& preset : presets())
    table.row({fmt::format("{}{}", preset.name, preset.name == kDefaultPolicy ? " (default)" : ""),
               std::string(preset.discipline), std::string(preset.placement), std::string(preset.balance),
               std::string(preset.about)});
  table.row({"host", "-", "-", "-", "Linux schedules, a thread per vCPU: the baseline"});
  TextTable parts;
  parts.column("piece", Align::Left).column("kind", Align::Left).column("", Align::Left);
  for (const PieceInfo& piece : pieces())
    parts.row({std::string(piece.name), name_of(piece.kind), std::string(piece.about)});
  return fmt::format("{}\n{}\nA preset can be changed piece by piece: --policy roost,balance=none,slice=2ms\n"
                     "'roost policies show NAME' tells sources and constants.\n",
                     table.text(), parts.text());
}

Result<std::string> show_policy(const std::string& name) {
  if (name == "host") return std::string(kHostLine) + "\n";
  for (const PresetInfo& preset : presets())
    if (preset.name == name) return preset_text(preset);
  std::string out;
  std::vector<std::string_view> names{"host"};
  for (const PresetInfo& preset : presets()) names.push_back(preset.name);
  for (const PieceInfo& piece : pieces()) {
    names.push_back(piece.name);
    if (piece.name == name) out += piece_text(piece);
  }
  if (out.empty()) return Error{fmt::format("there is no policy or piece '{}'; {}", name, suggestion(name, names))};
  return out;
}

}  // namespace roost
