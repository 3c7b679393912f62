#include "tools/cli/scenario_command.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>

#include "tools/cli/guest_source.hpp"
#include "tools/cli/run_outcome.hpp"
#include "tools/cli/say.hpp"
#include "tools/cli/scenario_plan.hpp"
#include "tools/cli/scenario_report.hpp"
#include "tools/cli/shipped_files.hpp"
#include "tools/report/text_table.hpp"

namespace roost {
namespace {

constexpr int kBadUsage = 2;

std::optional<Error> write_outputs(const ScenarioPlan& plan, const ScenarioOptions& options,
                                   std::span<const ScenarioRun> runs) {
  if (!options.json.empty())
    if (const auto written = write_file(options.json, scenario_json(plan, runs)); !written) return written.error();
  return write_trace(options.trace.file, runs.front().run);
}

bool cut_short(const ScenarioRun& run) {
  return run.run.end == RunEnd::Interrupted || run.run.end == RunEnd::Stuck;
}

/// The last run's if that was cut short, else the first that is not 0.
int exit_code_of(std::span<const ScenarioRun> runs) {
  for (const ScenarioRun& one : cut_short(runs.back()) ? runs.last(1) : runs)
    if (const int code = exit_code_of(one.run, one.signal); code != 0) return code;
  return 0;
}

Result<int> check_files(const CheckText& text) {
  int code = 0;
  for (const std::string& file : text.files) {
    ScenarioOptions options;
    options.file = file;
    options.plugins = text.plugins;
    const auto plan = plan_scenario(options);
    if (!plan) {
      say(stderr, fmt::format("roost: {}\n", plan.error().sentence));
      code = kBadUsage;
      continue;
    }
    say(stdout, fmt::format("{}: good: {} vCPUs of {} VMs on {} pCPUs, {}, under {}\n", file, plan->vcpus(),
                            plan->scenario.vms.size(), plan->topology.pcpu_count(),
                            plan->scenario.world == WorldKind::Live ? "live" : "simulated", plan->policy));
  }
  return code;
}

Result<int> list_scenarios() {
  const auto folder = shipped_folder("scenarios");
  if (folder.empty())
    return Error{"the scenarios are not installed beside this program; look for share/roost/scenarios"};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (names_scenario(entry.path().string())) files.push_back(entry.path());
  std::ranges::sort(files);
  TextTable table;
  table.column("scenario", Align::Left).column("", Align::Left);
  for (const auto& file : files) {
    const auto scenario = load_scenario(file.string());
    table.row({file.filename().string(), scenario ? scenario->title : scenario.error().sentence});
  }
  say(stdout, fmt::format("{}\nThey lie in {}; run one with: roost run {}\n", table.text(), folder.string(),
                          files.empty() ? "FILE.toml" : files.front().string()));
  return 0;
}

}  // namespace

Result<int> scenario_command(const ScenarioOptions& options) {
  const auto plan = plan_scenario(options);
  if (!plan) return plan.error();
  if (plan->policy == kHostPolicy && !options.trace.file.empty())
    return Error{kNoHostTrace};
  if (const auto error = refuse_outputs(options.trace, options.json, plan->topology.pcpu_count())) return *error;
  std::signal(SIGPIPE, SIG_IGN);  // a closed output is an error of write(), not our end
  if (!options.quiet)
    for (const std::string& note : plan->notes) say(stderr, fmt::format("roost: note: {}\n", note));
  std::vector<ScenarioRun> runs;
  for (std::uint32_t i = 0; i < plan->scenario.repetitions; ++i) {
    ScenarioWatch watch{.console = options.console, .trace = i == 0 ? options.trace : TraceOptions{}, .progress = {}};
    watch.progress = {.asked = options.progress, .may = !options.quiet, .label = {}};
    if (plan->scenario.repetitions > 1)
      watch.progress.label = fmt::format("run {} of {}: ", i + 1, plan->scenario.repetitions);
    auto run = run_scenario(*plan, plan->scenario.seed + i, watch);
    if (!run) return run.error();
    runs.push_back(std::move(*run));
    if (cut_short(runs.back())) break;
  }
  if (!options.quiet) say(stderr, "\n" + scenario_table(*plan, runs));
  else if (runs.back().run.end == RunEnd::Stuck) say(stderr, stuck_words(runs.back()));
  if (const auto error = write_outputs(*plan, options, runs)) return *error;
  return exit_code_of(runs);
}

void add_scenario_commands(CLI::App& app, CheckText& text, std::function<Result<int>()>& action) {
  CLI::App* check = app.add_subcommand("check", "Validate scenario files without running them");
  check->add_option("files", text.files, "Scenarios (TOML) or rt-app workloads (JSON)")
      ->required()
      ->type_name("FILE...");
  check->add_option("--plugin", text.plugins, "A discipline that they may name, as a shared library")
      ->type_name("FILE.so")->allow_extra_args(false);
  check->callback([&] { action = [&] { return check_files(text); }; });
  CLI::App* list = app.add_subcommand("scenarios", "List the scenario files that come with Roost");
  list->callback([&] { action = list_scenarios; });
}

}  // namespace roost
