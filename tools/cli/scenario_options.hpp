// The room: what `roost run FILE.toml` was asked to do beside what the file says.
// Not here: reading the file (scenario_plan), running it (scenario_command).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

#include "sched/vocabulary/result.hpp"
#include "sched/vocabulary/time.hpp"
#include "tools/cli/run_options.hpp"

namespace roost {

/// The options of `roost run` that only scenarios take, as they stand on the command line.
struct ScenarioText {
  std::string repetitions;
};

/// What the command line puts in place of what the file says.
struct ScenarioOptions {
  std::string file;
  std::string world;                   // "", "live", "sim"
  std::string topology;                // of --world sim:TOPOLOGY or --topology
  std::string distances;               // between its nodes; empty: the file's
  std::string policy, runqueue;        // empty: the file's
  std::vector<std::string> plugins;    // disciplines that it may name
  std::optional<std::uint64_t> pcpus;  // of a live world
  std::optional<std::uint64_t> seed, repetitions;
  std::optional<Duration> time_limit, quantum;
  std::vector<std::string> costs;
  ConsoleMode console;                 // of the guests
  std::string json;
  TraceOptions trace;
  std::string ties;                    // --ties; empty: the file's tie_seed
  bool progress = false, quiet = false;
};

/// FILE.toml and FILE.json are scenarios; everything else is a guest.
bool names_scenario(std::string_view guest);
void describe_scenario(CLI::App& command, ScenarioText& text);
/// Refused: options that say something about a guest. `command` knows which were given.
Result<ScenarioOptions> parse_scenario(const RunText& run, const ScenarioText& text, const CLI::App& command);
/// Nothing if `roost run GUEST` can be done with these.
std::optional<Error> refuse_for_guests(const ScenarioText& text);

}  // namespace roost
