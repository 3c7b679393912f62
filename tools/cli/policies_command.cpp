#include "tools/cli/policies_command.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sched/policy/catalog.hpp"
#include "sched/policy/nearest_name.hpp"
#include "sched/policy/other_names.hpp"
#include "sched/policy/spec.hpp"
#include "tools/plates/plate.hpp"
#include "tools/report/text_table.hpp"

namespace roost {
namespace {

constexpr const char* kHostLine = "host: no policy of ours: a thread per vCPU, scheduled by Linux (the baseline)";

/// The folder with its plate.
const char* room_of(PieceKind kind) {
  const bool gate = kind == PieceKind::Cosched || kind == PieceKind::Shares || kind == PieceKind::Pause;
  return gate ? "gate" : name_of(kind);
}

/// "2ms" to "10s", or the words there are.
std::array<std::string, 3> bounds_and_meaning(const ConstantInfo& constant) {
  if (constant.unit == ConstantUnit::Choice)
    return {"-", "-", fmt::format("{} ({})", constant.about, fmt::join(constant.words, ", "))};
  return {to_text(constant, constant.least), to_text(constant, constant.most), std::string(constant.about)};
}

std::string piece_text(PieceKind kind, const PieceInfo& piece) {
  std::string out = fmt::format("{} {}: {}\n", name_of(kind), piece.name, piece.about);
  out += fmt::format("  source: {}\n", piece.source);
  if (!piece.constants.empty()) {
    TextTable table;
    table.column("  constant", Align::Left).column("usual").column("least").column("most");
    table.column("meaning", Align::Left);
    for (const ConstantInfo& constant : piece.constants) {
      const auto [least, most, meaning] = bounds_and_meaning(constant);
      table.row({fmt::format("  {}", constant.name), to_text(constant, constant.usual), least, most, meaning});
    }
    out += table.text();
  }
  return out + std::string(plate_of(room_of(kind), piece.header)) + "\n";
}

/// "domains, average_over=1s"
std::string with_constants(const Catalog& catalog, const PresetInfo& preset, PieceKind kind) {
  const PieceInfo& piece = *catalog.find(kind, preset.piece(kind));
  std::string out(piece.name);
  for (const PresetConstant& constant : preset.constants)
    for (const ConstantInfo& info : piece.constants)
      if (constant.kind == kind && info.name == constant.name)
        out += fmt::format(", {}={}", info.name, to_text(info, constant.value));
  return out;
}

/// What the monitor holds such a run to.
std::string window_text(const Catalog& catalog, const PresetInfo& preset, const Topology& topology) {
  const auto policy = make_policy(preset.name, {.topology = topology, .max_vcpus = 1}, catalog);
  check(policy.has_value(), "a preset can be made");
  const Duration window = policy->balancer->window();
  if (window == Duration::max()) return "none: who waits may do so for ever beside an idle pCPU of another runqueue";
  return fmt::format("{} on {} pCPUs (--topology): nobody waits for longer beside an idle pCPU that it may use",
                     to_text(window), topology.pcpu_count());
}

std::string preset_text(const Catalog& catalog, const PresetInfo& preset, const Topology& topology) {
  std::string out = fmt::format("preset {}: {}\n  source: {}\n", preset.name, preset.about, preset.source);
  for (const PieceKind kind : kPieceKinds)
    out += fmt::format("  {}: {}\n", name_of(kind), with_constants(catalog, preset, kind));
  out += fmt::format("  runqueue: {}\n", name_of(preset.granularity));
  out += fmt::format("  window: {}\n", window_text(catalog, preset, topology));
  out += std::string(plate_of("presets", preset.header)) + "\n";
  for (const PieceKind kind : kPieceKinds) out += piece_text(kind, *catalog.find(kind, preset.piece(kind)));
  return out;
}

/// What else to ask for.
std::string show_instead(std::string_view name, std::span<const std::string_view> names,
                         std::span<const std::string_view> owners) {
  const std::string_view head = name.substr(0, name.find_first_of(",=. "));
  if (head != name && std::ranges::find(names, head) != names.end())
    return fmt::format("show takes a name alone: roost policies show {}", head);
  if (!owners.empty()) return fmt::format("it is a constant of {}", quoted_list(owners, "and"));
  const auto nearest = nearest_names(name, names, other_names());
  return nearest.empty() ? "'roost policies' lists what there is"
                         : fmt::format("did you mean {}?", quoted_list(nearest, "or"));
}

}  // namespace

std::string list_policies(const Catalog& catalog) {
  TextTable table;
  table.column("preset", Align::Left).column("discipline", Align::Left).column("placement", Align::Left);
  table.column("balance", Align::Left).column("runqueue", Align::Left).column("", Align::Left);
  for (const PresetInfo& preset : catalog.presets)
    table.row({fmt::format("{}{}", preset.name, preset.name == kDefaultPolicy ? " (default)" : ""),
               std::string(preset.discipline), std::string(preset.placement), std::string(preset.balance),
               name_of(preset.granularity), std::string(preset.about)});
  table.row({"host", "-", "-", "-", "-", "Linux schedules, a thread per vCPU: the baseline"});
  std::string out = table.text();
  for (const PieceKind kind : kPieceKinds) {
    TextTable parts;
    parts.column(name_of(kind), Align::Left).column("", Align::Left).column("source", Align::Left);
    for (const PieceInfo* piece : catalog.pieces(kind))
      parts.row({std::string(piece->name), std::string(piece->about), std::string(piece->source)});
    out += "\n" + parts.text();
  }
  return out + "\n--policy takes a preset or a discipline, and changes: --policy roost,balance=none,slice=2ms\n"
               "'roost policies show NAME' tells rules, sources and constants; 'roost policies check NAME' whether a\n"
               "discipline, yours too (--plugin FILE.so), keeps its contract.\n"
               "A scenario's reservations (tools/scenarios/README.md) are kept under each of these but host:\n"
               "whoever has budget left runs first, the earliest deadline ahead. Such a vCPU goes only to a runqueue\n"
               "with room for its share, and may wait beside an idle pCPU without. edf and rtds give whoever reserves\n"
               "nothing 4 of every 10 ms, behind all reservations and as far as these leave it.\n";
}

Result<std::string> show_policy(const Catalog& catalog, const std::string& name, const Topology& topology) {
  if (name == kHostPolicy) return std::string(kHostLine) + "\n";
  std::string out;
  std::vector<std::string_view> names{kHostPolicy}, owners;  // the latter: of a constant of that name
  for (const PresetInfo& preset : catalog.presets) {
    names.push_back(preset.name);
    if (preset.name == name) return preset_text(catalog, preset, topology);
  }
  for (const PieceKind kind : kPieceKinds)
    for (const PieceInfo* piece : catalog.pieces(kind)) {
      names.push_back(piece->name);
      if (piece->name == name) out += piece_text(kind, *piece);
      if (std::ranges::find(piece->constants, name, &ConstantInfo::name) != piece->constants.end())
        owners.push_back(piece->name);
    }
  if (!out.empty()) return out;
  return Error{fmt::format("there is no policy or piece '{}'; {}", name, show_instead(name, names, owners))};
}

}  // namespace roost
