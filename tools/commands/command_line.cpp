#include "tools/commands/command_line.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tools/cli/costs_command.hpp"
#include "tools/cli/guests_command.hpp"
#include "tools/cli/node_distances.hpp"
#include "tools/cli/plugins.hpp"
#include "tools/cli/policies_command.hpp"
#include "tools/cli/policy_check.hpp"
#include "tools/cli/run_command.hpp"
#include "tools/cli/run_options.hpp"
#include "tools/cli/scenario_command.hpp"
#include "tools/cli/say.hpp"
#include "tools/cli/topology_command.hpp"
#include "tools/cli/trace_command.hpp"
#include "tools/commands/verify_command.hpp"
#include "sched/discipline/contract.hpp"
#include "sched/policy/nearest_name.hpp"
#include "vmm/host/topology_source.hpp"

namespace roost {
namespace {

constexpr int kBreach = 1;
constexpr int kBadUsage = 2;
constexpr int kOwnFault = 70;  // EX_SOFTWARE of sysexits.h

constexpr const char* kAbout =
    "Roost runs RISC-V virtual machines under a vCPU scheduler of its own: N vCPUs of M machines share P pinned host\n"
    "threads, and the report tells who ran where, for how long, waited how long, and moved how far and why.";

constexpr const char* kFooter = R"(Examples:
  roost run lock_fight --vcpus 4 --pcpus 2      four harts fight for a lock on two pCPUs
  roost guests                                  what else can run
  roost verify                                  what theory predicts, beside what is simulated
  roost run --help                              every option of a run, with examples
  roost run spin --vcpus 4 --pcpus 2 --trace run.pftrace && roost timehist run.pftrace   who ran when)";

/// What the chosen subcommand does; an error is bad input.
using Action = std::function<Result<int>()>;

Result<int> print(const Result<std::string>& text) {
  if (!text) return text.error();
  say(stdout, *text);
  return 0;
}

struct TopologyText {
  std::string text, distances;
  bool json = false, dot = false;
};

Result<int> show_topology(const TopologyText& wish) {
  auto host = wish.text.empty() ? live_host() : described_host(wish.text);
  if (!host) return host.error();
  const auto topology = with_distances(host->topology, wish.distances);
  if (!topology) return topology.error();
  host->topology = *topology;
  if (wish.json) return print(topology_json(*host));
  return print(wish.dot ? topology_dot(*host) : topology_tree(*host) + "\n" + domain_table(*topology));
}

void add_run(CLI::App& app, RunText& text, ScenarioText& scenario, Action& action) {
  CLI::App* command = app.add_subcommand("run", "Run one or several virtual machines and report what was scheduled");
  describe_run(*command, text);
  describe_scenario(*command, scenario);
  command->callback([&, command] {
    action = [&, command]() -> Result<int> {
      if (names_scenario(text.guest)) {
        const auto options = parse_scenario(text, scenario, *command);
        return options ? scenario_command(*options) : options.error();
      }
      if (const auto error = refuse_for_guests(scenario)) return *error;
      const auto options = parse_run(text);
      if (!options) return options.error();
      return run_command(*options);
    };
  });
}

/// The arguments of the commands that list and show things.
struct ShowText {
  std::string name, file;
  std::vector<std::string> plugins;
  TopologyText topology;
  PolicyCheckText check;
  bool costs_json = false;
};

void add_guests(CLI::App& app, ShowText& text, Action& action) {
  CLI::App* command = app.add_subcommand("guests", "List the toy guests that run by name");
  CLI::App* show = command->add_subcommand("show", "One guest with its parameters");
  show->add_option("name", text.name, "The guest")->required()->type_name("NAME");
  CLI::App* extract = command->add_subcommand("extract", "Write a guest's ELF file");
  extract->add_option("name", text.name, "The guest")->required()->type_name("NAME");
  extract->add_option("file", text.file, "Where to write it")->required()->type_name("FILE");
  command->require_subcommand(0, 1);
  for (CLI::App* which : {command, show, extract}) which->footer(R"(Examples:
  roost guests                                         all of them
  roost guests show lock_fight                         its parameters
  roost guests extract lock_fight lock_fight.elf       its ELF file, to run elsewhere)");
  command->callback([&action, &text, show, extract] {
    action = [&text, show, extract] {
      if (*show) return print(show_guest(text.name));
      return print(*extract ? extract_guest(text.name, text.file) : list_guests());
    };
  });
}

constexpr const char* kUsualHost = "node:2 l3:2 core:4 pu:2";

void add_policies(CLI::App& app, ShowText& text, Action& action) {
  CLI::App* command = app.add_subcommand("policies", "List what --policy can name");
  CLI::App* show = command->add_subcommand("show", "One policy or piece, with its source and constants");
  show->add_option("name", text.name, "A preset or a piece")->required()->type_name("NAME");
  show->add_option("--topology", text.topology.text, fmt::format("Of the host whose window is told [{}]", kUsualHost))
      ->type_name("TEXT");
  CLI::App* check = command->add_subcommand("check", "Does a discipline keep its contract? Exit code 1 if it does not");
  check->add_option("policy", text.check.policy, "As --policy takes it: a discipline, with constants if need be")
      ->required()->type_name("NAME[,CONSTANT=VALUE]");
  check->add_option("--seed", text.check.seed, "Of the first of three random walks [1]")->type_name("N");
  check->add_option("--steps", text.check.steps, "Of each walk [30000]")->type_name("N");
  for (CLI::App* which : {command, show, check})
    which->add_option("--plugin", text.plugins, "A discipline of your own, as a shared library (sched/README.md)")
        ->type_name("FILE.so")->allow_extra_args(false);
  command->require_subcommand(0, 1);
  for (CLI::App* which : {command, show, check}) which->footer(R"(Examples:
  roost policies                                       all presets, disciplines, placements, balancers
  roost policies show eevdf                            its rules, constants, deviations and source
  roost run lock_fight --vcpus 4 --pcpus 2 --policy eevdf,slice=1ms,place=two_choices,balance=pull
  roost policies check eevdf,slice=1ms                 whether it keeps the contract of a discipline
  roost policies check lifo --plugin build/lifo.so     the same of one of your own (sched/README.md))");
  command->callback([&action, &text, show, check] {
    action = [&text, show, check]() -> Result<int> {
      const auto catalog = catalog_with(text.plugins);
      if (!catalog) return catalog.error();
      if (*check) {
        const auto checked = check_policy(*catalog, text.check);
        if (!checked) return checked.error();
        say(stdout, checked->text);
        return checked->kept ? 0 : kBreach;
      }
      if (!*show) return print(list_policies(*catalog));
      const auto topology = described_topology(text.topology.text.empty() ? kUsualHost : text.topology.text);
      if (!topology) return topology.error();
      return print(show_policy(*catalog, text.name, *topology));
    };
  });
}

void add_topology(CLI::App& app, ShowText& text, Action& action) {
  CLI::App* command = app.add_subcommand("topology", "Show the host's topology, or a described one, and its domains");
  TopologyText& wish = text.topology;
  command->add_option("text", wish.text, "hwloc text (\"node:2 core:4\") or an exported FILE.xml [the host]")
      ->type_name("TEXT");
  command->add_option("--distances", wish.distances, "Between its nodes, row by row, as in 10,21,21,10")
      ->type_name("LIST");
  CLI::Option* json = command->add_flag("--json", wish.json, "As JSON");
  command->add_flag("--dot", wish.dot, "As a graph for Graphviz: roost topology --dot | dot -Tsvg -o host.svg")
      ->excludes(json);
  command->footer(R"(Examples:
  roost topology                                       this host
  roost topology "node:2 l3:2 core:4 pu:2"             a described one
  roost topology "node:4 core:8" --distances 10,16,22,16,16,10,16,22,22,16,10,16,16,22,16,10
  lstopo host.xml && roost topology host.xml           another host, from where hwloc is)");
  command->callback([&] { action = [&] { return show_topology(text.topology); }; });
}

void add_costs(CLI::App& app, ShowText& text, Action& action) {
  CLI::App* command = app.add_subcommand("costs", "Show the cost table of the simulated world: what --cost can set");
  command->add_flag("--json", text.costs_json, "As JSON");
  command->footer(R"(Examples:
  roost costs                                          all, with unit, default, range and source
  roost run ping_pong --vcpus 4 --world "sim:node:2 core:4" --cost ipi.cross_socket=3us)");
  command->callback([&] { action = [&] { return print(text.costs_json ? costs_json() : costs_table()); }; });
}

/// What is wrong with words that no command takes, and which command or option they may have meant.
std::string unexpected(const CLI::App& app) {
  const CLI::App* at = &app;
  std::string path = at->get_name();
  for (std::vector<CLI::App*> chosen = at->get_subcommands(); !chosen.empty(); chosen = at->get_subcommands()) {
    at = chosen.front();
    path += " " + at->get_name();
  }
  std::vector<std::string> names;
  for (const CLI::App* command : at->get_subcommands(nullptr)) names.push_back(command->get_name());
  for (const CLI::Option* option : at->get_options())
    if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::vector<std::string> words = app.remaining(true);
  const std::string word = words.empty() ? "" : words.front();
  const auto nearest = nearest_names(word, known);
  return fmt::format("'{}' takes no '{}'; {}see '{} --help'", path, word,
                     nearest.empty() ? "" : fmt::format("did you mean {}? ", quoted_list(nearest, "or")), path);
}

/// An option that was given has a value: an empty one would be taken for none. --args: a guest may have no parameters.
void refuse_empty_values(CLI::App& app) {
  for (CLI::Option* const option : app.get_options())
    if (option->get_items_expected_max() > 0 && !option->check_lname("args"))
      option->check([](const std::string& value) { return value.empty() ? "a value is expected, not ''" : ""; });
  for (CLI::App* const command : app.get_subcommands({})) refuse_empty_values(*command);
}

int refuse(std::string sentence) {
  std::replace(sentence.begin(), sentence.end(), '\n', ' ');
  say(stderr, fmt::format("roost: {}\n", sentence));
  return kBadUsage;
}

/// Nothing of ours throws what nobody catches; the discipline of a --plugin may, or memory has run out.
int thrown_by_nobody(const char* what) {
  say(stderr, fmt::format("roost: an exception ended this ({}); a discipline from --plugin may throw none\n", what));
  return kOwnFault;
}

}  // namespace

int command_line(int argc, const char* const* argv) {
  CLI::App app{kAbout, "roost"};
  app.footer(kFooter);
  app.set_version_flag("--version", "roost " ROOST_VERSION);
  app.require_subcommand(1);
  RunText run;
  ScenarioText scenario;
  CheckText check;
  ShowText show;
  TraceViewText view;
  VerifyText verify;
  Action action;
  add_run(app, run, scenario, action);
  add_scenario_commands(app, check, action);
  add_trace_commands(app, view, action);
  add_guests(app, show, action);
  add_policies(app, show, action);
  add_topology(app, show, action);
  add_costs(app, show, action);
  add_verify_command(app, verify, action);
  refuse_empty_values(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wish) {  // --help, --version
    return app.exit(wish);
  } catch (const CLI::ParseError& error) {
    const bool no_command = app.get_subcommands().empty() && !app.remaining().empty();
    if (no_command || dynamic_cast<const CLI::ExtrasError*>(&error)) return refuse(unexpected(app));
    return refuse(std::string(error.what()) + "; see 'roost --help'");
  }
  try {
    const Result<int> code = action();
    return code ? *code : refuse(code.error().sentence);
  } catch (const ContractBreach& breach) {
    say(stderr, fmt::format("roost: {}\n", breach.what()));
    return kOwnFault;
  } catch (const CheckFailure& breach) {
    say(stderr, fmt::format("roost: a fault of Roost itself, not of what it was given: {}\n", breach.what()));
    return kOwnFault;
  } catch (const std::exception& thrown) {
    return thrown_by_nobody(thrown.what());
  } catch (...) {
    return thrown_by_nobody("no std::exception");
  }
}

}  // namespace roost
