#include "tools/verify/check_row.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tools/cli/scenario_plan.hpp"

namespace roost {

RowVerdict judge(const TheoryRow& row, std::vector<double> figures) {
  constexpr double kConfidence = 0.999;
  RowVerdict out{.row = &row, .figures = std::move(figures), .simulated = {}, .holds = false};
  out.simulated = estimate(out.figures, kConfidence);
  const auto all = [&](const auto& holds_of) { return std::ranges::all_of(out.figures, holds_of); };
  const double off = std::abs(out.simulated.mean - row.predicted);
  switch (row.tolerance.kind) {
    case Tolerance::Kind::Mean:
      out.holds = off <= row.tolerance.part * row.predicted && off <= out.simulated.half_width;
      break;
    case Tolerance::Kind::Each:
      out.holds = all([&](double figure) {
        return std::abs(figure - row.predicted) <= row.tolerance.part * row.predicted;
      });
      break;
    case Tolerance::Kind::AtMost: out.holds = all([&](double figure) { return figure <= row.predicted; }); break;
    case Tolerance::Kind::Exactly: out.holds = all([&](double figure) { return figure == row.predicted; }); break;
  }
  return out;
}

Result<RowVerdict> check_row(const TheoryRow& row, const std::filesystem::path& folder) {
  ScenarioOptions options;
  options.file = (folder / (std::string(row.name) + ".toml")).string();
  const auto plan = plan_scenario(options);
  if (!plan) return plan.error();
  const ScenarioWatch watch{.console = {.kind = ConsoleMode::Kind::Off, .path = {}}, .trace = {}, .progress = {}};
  std::vector<double> figures;
  for (std::uint32_t seed = 1; seed <= row.runs; ++seed) {
    const auto run = run_scenario(*plan, seed, watch);
    if (!run) return run.error();
    figures.push_back(row.measure(*run));
  }
  return judge(row, std::move(figures));
}

}  // namespace roost
