#include "tools/cli/scenario_options.hpp"

#include <fmt/format.h>

#include "sched/policy/spec.hpp"
#include "tools/cli/quantities.hpp"

namespace roost {
namespace {

constexpr std::uint64_t kMostRepetitions = 1000;

std::optional<Error> parse_world(const std::string& world, ScenarioOptions& options) {
  if (world.empty()) return std::nullopt;
  const std::size_t colon = std::min(world.find(':'), world.size());
  options.world = world.substr(0, colon);
  if (options.world == "simulated") options.world = "sim";
  if (options.world != "live" && options.world != "sim")
    return Error{fmt::format("--world '{}' is none; write live, sim or sim:TOPOLOGY, as in "
                             "--world \"sim:node:2 core:4\"", world)};
  if (colon == world.size()) return std::nullopt;
  options.topology = world.substr(colon + 1);
  if (options.world == "live" || options.topology.empty())
    return Error{fmt::format("--world '{}': a topology goes with sim, as in --world \"sim:node:2 core:4\"", world)};
  return std::nullopt;
}

/// Options of `roost run` that describe a machine.
std::optional<Error> refuse_machine(const CLI::App& command) {
  for (const char* option :
       {"--vm", "--vcpus", "--memory", "--args", "--firmware", "--weight"})
    if (command.count(option) > 0)
      return Error{fmt::format("{} describes a guest's machine; a scenario file says that itself", option)};
  return std::nullopt;
}

std::optional<Error> parse_numbers(const RunText& run, const ScenarioText& text, ScenarioOptions& options) {
  if (!run.seed.empty()) {
    const auto seed = parse_number("--seed", run.seed, {0, UINT64_MAX});
    if (!seed) return seed.error();
    options.seed = *seed;
  }
  if (!text.repetitions.empty()) {
    const auto repetitions = parse_number("--repetitions", text.repetitions, {1, kMostRepetitions});
    if (!repetitions) return repetitions.error();
    options.repetitions = *repetitions;
  }
  if (!run.pcpus.empty()) {
    const auto pcpus = parse_number("--pcpus", run.pcpus, {1, 4096});
    if (!pcpus) return Error{pcpus.error().sentence + "; for a scenario it is a count"};
    options.pcpus = *pcpus;
  }
  if (!run.quantum.empty()) {
    const auto quantum = parse_quantum(run.quantum);
    if (!quantum) return quantum.error();
    options.quantum = *quantum;
  }
  if (run.time_limit.empty()) return std::nullopt;
  const auto limit = parse_duration(run.time_limit);
  if (!limit) return Error{"--time-limit: " + limit.error().sentence};
  if (nanoseconds(*limit) <= 0) return Error{"--time-limit 0 leaves no time to run; leave it out for the file's own"};
  options.time_limit = *limit;
  return std::nullopt;
}

}  // namespace

bool names_scenario(std::string_view guest) { return guest.ends_with(".toml") || guest.ends_with(".json"); }

void describe_scenario(CLI::App& command, ScenarioText& text) {
  const char* const group = "Scenario files (FILE.toml, rt-app's FILE.json)";
  command.add_option("--repetitions", text.repetitions,
                     "Runs it so often, each with the next seed; --trace and the tables show the first run [1]")
      ->group(group)->type_name("N");
}

Result<ScenarioOptions> parse_scenario(const RunText& run, const ScenarioText& text, const CLI::App& command) {
  if (const auto error = refuse_machine(command)) return *error;
  ScenarioOptions options{.file = run.guest, .world = {}, .topology = run.topology,
                          .distances = run.distances, .policy = run.policy, .runqueue = run.runqueue,
                          .plugins = run.plugins,
                          .pcpus = {}, .seed = {}, .repetitions = {}, .time_limit = {}, .quantum = {},
                          .costs = run.costs, .console = {}, .json = run.json, .trace = {}, .ties = run.ties,
                          .progress = run.progress, .quiet = run.quiet};
  const auto trace = parse_trace(run.trace);
  if (!trace) return trace.error();
  options.trace = *trace;
  const auto console = parse_console_mode(run.console);
  if (!console) return console.error();
  options.console = *console;
  if (command.count("--world") > 0)
    if (const auto error = parse_world(run.world, options)) return *error;
  if (const auto error = parse_numbers(run, text, options)) return *error;
  return options;
}

std::optional<Error> refuse_for_guests(const ScenarioText& text) {
  if (!text.repetitions.empty()) return Error{"--repetitions belongs to scenario files"};
  return std::nullopt;
}

}  // namespace roost
