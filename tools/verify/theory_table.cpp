#include "tools/verify/theory_table.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/report/text_table.hpp"

namespace roost {

namespace {

constexpr std::string_view kLine = "{:<20} {:>10} {:>10} {:>10} {:<14} {:<9} {:<6} {}\n";

std::string tolerance_text(const Tolerance& tolerance) {
  switch (tolerance.kind) {
    case Tolerance::Kind::AtMost: return "at most";
    case Tolerance::Kind::Exactly: return "exact";
    case Tolerance::Kind::Mean: case Tolerance::Kind::Each: break;
  }
  return fmt::format("{:.3g}%", tolerance.part * 100);
}

const char* name_of(Tolerance::Kind kind) {
  switch (kind) {
    case Tolerance::Kind::Mean: return "mean";
    case Tolerance::Kind::Each: return "each";
    case Tolerance::Kind::AtMost: return "at_most";
    case Tolerance::Kind::Exactly: return "exactly";
  }
  return "none";
}

}  // namespace

std::string theory_head() {
  return fmt::format(kLine, "row", "predicted", "simulated", "99.9% +-", "", "tolerance", "", "result");
}

std::string theory_line(const RowVerdict& verdict) {
  const TheoryRow& row = *verdict.row;
  const double shown = row.tolerance.kind == Tolerance::Kind::AtMost ? *std::ranges::max_element(verdict.figures)
                                                                    : verdict.simulated.mean;
  const bool interval = row.tolerance.kind == Tolerance::Kind::Mean;
  return fmt::format(kLine, row.name, fmt::format("{:.4g}", row.predicted), fmt::format("{:.4g}", shown),
                     interval ? fmt::format("{:.2g}", verdict.simulated.half_width) : "", row.unit,
                     tolerance_text(row.tolerance), verdict.holds ? "holds" : "FAILS", row.result);
}

std::string theory_summary(std::span<const RowVerdict> verdicts) {
  const auto held = std::ranges::count_if(verdicts, &RowVerdict::holds);
  const std::string all = fmt::format("\n{} of {} hold: ", held, verdicts.size());
  return all + "within the tolerance, and the prediction within the 99.9% interval of runs with seeds of their own.\n";
}

std::string theory_list() {
  TextTable table;
  table.column("row", Align::Left).column("runs").column("result", Align::Left).column("source", Align::Left);
  for (const TheoryRow& row : theory_rows())
    table.row({std::string(row.name), std::to_string(row.runs), std::string(row.result), std::string(row.source)});
  return table.text();
}

std::string theory_json(std::span<const RowVerdict> verdicts) {
  using Json = nlohmann::ordered_json;
  Json json{{"schema", "roost.verify/1"}, {"rows", Json::array()}};
  for (const RowVerdict& verdict : verdicts) {
    const TheoryRow& row = *verdict.row;
    json["rows"].push_back({{"name", row.name},
                            {"result", row.result},
                            {"source", row.source},
                            {"unit", row.unit},
                            {"predicted", row.predicted},
                            {"tolerance", {{"kind", name_of(row.tolerance.kind)}, {"part", row.tolerance.part}}},
                            {"figures", verdict.figures},
                            {"mean", verdict.simulated.mean},
                            {"half_width_999", verdict.simulated.half_width},
                            {"holds", verdict.holds}});
  }
  return json.dump(2) + "\n";
}

}  // namespace roost
