// The room: scenario files as values: TOML of our own, rt-app's JSON. The formats stand in tools/scenarios/README.md.
// Not here: opening files (the caller hands over their text).
// Invariants: what is refused comes with one sentence: file, line (TOML) or path (JSON), key, and what would be right.
//   A key that is not understood is refused, never skipped.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sched/vocabulary/result.hpp"
#include "vmm/workload/scenario.hpp"

namespace roost {

inline constexpr std::uint32_t kMostScenarioVcpus = 65'536;
inline constexpr std::uint32_t kMostScenarioPcpus = 4'096;

/// The text of a file that a scenario names (arrival times), relative to the scenario.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

Result<Scenario> read_toml_scenario(std::string_view text, const std::string& file, const ReadFile& read_file);
Result<Scenario> read_rtapp_scenario(std::string_view text, const std::string& file);

/// What all readers check at the end: names that only the whole can resolve, totals.
std::optional<Error> check_scenario(const Scenario& scenario);

}  // namespace roost
