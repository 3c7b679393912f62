#include "vmm/workload/toml_scripts.hpp"

#include <array>

#include <fmt/format.h>

#include "sched/policy/nearest_name.hpp"

namespace roost {

namespace {

constexpr std::uint32_t kDeepestRepeat = 16;
constexpr std::size_t kMostPhases = 100'000;
constexpr std::size_t kMostObjects = 4096;
constexpr Range kTimes{0, 1'000'000'000'000};

// Every phase has one of these.
constexpr std::array<std::string_view, 17> kVerbs{
    "run",     "sleep", "timer",  "wait", "signal", "broadcast", "lock", "unlock", "barrier",
    "serve",   "memory", "ipi",   "yield", "fork",  "exit",      "repeat", "runtime"};

class ScriptReader {
 public:
  ScriptReader(Script& script, Scenario& scenario, Problems& problems)
      : script_(script), writer_(script), scenario_(scenario), problems_(problems) {}

  void read(const toml::array& phases, const std::string& path) {
    for (std::size_t i = 0; i < phases.size() && !problems_.first(); ++i) {
      const std::string where = fmt::format("{}[{}]", path, i);
      const toml::table* const table = phases.get(i)->as_table();
      if (!table)
        problems_.refuse(*phases.get(i), where, "a phase in braces is expected here, such as { run = \"1ms\" }");
      else if (script_.phases.size() >= kMostPhases)
        problems_.refuse(*table, where, fmt::format("a script has at most {} phases; use repeat", kMostPhases));
      else
        read_phase(*table, where);
    }
  }

  /// The whole script is one repeat: its rounds are what counts() tells.
  void read_rounds(std::uint64_t rounds, const toml::array& phases, const std::string& path) {
    writer_.begin_repeat(rounds);
    read(phases, path);
    writer_.end_repeat();
  }

  /// A count, or "forever".
  std::uint64_t times(TomlSection& section, std::string_view key, std::uint64_t otherwise) {
    const toml::node* const node = section.any(key);
    if (!node) return otherwise;
    if (const auto text = node->value_exact<std::string>()) {
      if (*text == "forever") return kForever;
      section.refuse(key, "a whole number or \"forever\" is expected here");
      return otherwise;
    }
    return static_cast<std::uint64_t>(section.whole(key, kTimes).value_or(0));
  }

 private:
  void read_phase(const toml::table& table, const std::string& where) {
    std::string_view verb;
    for (const std::string_view known : kVerbs) {
      if (!table.contains(known)) continue;
      if (!verb.empty())
        return problems_.refuse(table, where,
                                fmt::format("'{}' and '{}' are two phases; give each its own braces", verb, known));
      verb = known;
    }
    if (table.empty()) return problems_.refuse(table, where, "a phase is expected here, such as { run = \"1ms\" }");
    if (verb.empty()) {
      const std::string_view first = table.begin()->first.str();
      return problems_.refuse(table, where, fmt::format("'{}' is no phase; {}", first, suggestion(first, kVerbs)));
    }
    TomlSection section(table, where, problems_);
    if (!read_time(section, verb) && !read_shared(section, verb)) read_other(section, verb);
    section.close();
  }

  bool read_time(TomlSection& section, std::string_view verb) {
    if (verb == "run" || verb == "sleep" || verb == "runtime") {
      const auto span = section.distribution(verb);
      const auto kind = verb == "run" ? Phase::Kind::Run : verb == "sleep" ? Phase::Kind::Sleep : Phase::Kind::Runtime;
      if (span) writer_.add({.kind = kind, .span = *span});
      return true;
    }
    if (verb != "timer") return false;
    if (const auto period = section.span(verb, Duration{1}))
      writer_.add({.kind = Phase::Kind::Timer, .span = {.a = *period}});
    return true;
  }

  void add_object(TomlSection& section, std::string_view verb, Phase::Kind kind, ObjectSpec::Kind of) {
    const auto name = section.text(verb);
    if (!name) return;
    writer_.add({.kind = kind, .object = scenario_.object(of, *name)});
    if (scenario_.objects.size() > kMostObjects)
      section.refuse(verb, fmt::format("a scenario has at most {} events, locks, barriers and queues", kMostObjects));
  }

  bool read_shared(TomlSection& section, std::string_view verb) {
    using Kind = Phase::Kind;
    using Object = ObjectSpec::Kind;
    if (verb == "wait") return add_object(section, verb, Kind::Wait, Object::Event), true;
    if (verb == "signal") return add_object(section, verb, Kind::Signal, Object::Event), true;
    if (verb == "broadcast") return add_object(section, verb, Kind::Broadcast, Object::Event), true;
    if (verb == "barrier") return add_object(section, verb, Kind::Barrier, Object::Barrier), true;
    if (verb == "unlock") return add_object(section, verb, Kind::Unlock, Object::Lock), true;
    if (verb == "lock") {
      add_object(section, verb, Kind::Lock, Object::Lock);
      if (read_inner(section)) add_object(section, verb, Kind::Unlock, Object::Lock);
      return true;
    }
    if (verb != "serve") return false;
    section.require("do", "the phases of a job are expected here, as in { serve = \"q\", do = [{ run = \"1ms\" }] }");
    add_object(section, verb, Kind::Serve, Object::Queue);
    read_inner(section);
    add_object(section, verb, Kind::Served, Object::Queue);
    return true;
  }

  /// The phases of `do`. False: there are none.
  bool read_inner(TomlSection& section) {
    const toml::array* const inner = section.array("do");
    if (!inner) return false;
    if (++inner_ > kDeepestRepeat)
      section.refuse("do", fmt::format("phases within phases go {} deep at most", kDeepestRepeat));
    else
      read(*inner, section.path("do"));
    --inner_;
    return true;
  }

  void read_other(TomlSection& section, std::string_view verb) {
    if (verb == "repeat") {
      section.require("do", "the phases to repeat are expected here, as in { repeat = 3, do = [{ run = \"1ms\" }] }");
      writer_.begin_repeat(times(section, verb, 1));
      read_inner(section);
      return writer_.end_repeat();
    }
    if (verb == "memory") return read_memory(section);
    if (verb == "fork") {
      const auto name = section.text(verb);
      for (std::uint32_t i = 0; name && i < scenario_.scripts.size(); ++i)
        if (scenario_.scripts[i].name == *name) return writer_.add({.kind = Phase::Kind::Fork, .object = i});
      if (name) section.refuse(verb, fmt::format("there is no script '{}'; write [script.{}]", *name, *name));
      return;
    }
    if (verb == "ipi") {
      const auto name = section.text(verb);
      if (!name) return;
      writer_.add({.kind = Phase::Kind::Ipi, .object = static_cast<std::uint32_t>(scenario_.targets.size())});
      return scenario_.targets.push_back(*name);
    }
    if (const auto yes = section.flag(verb); yes && !*yes) section.refuse(verb, "only 'true' makes sense here");
    writer_.add({.kind = verb == "yield" ? Phase::Kind::Yield : Phase::Kind::Exit});
  }

  void read_memory(TomlSection& section) {
    Phase phase{.kind = Phase::Kind::Memory};
    phase.memory.working_set = section.size("memory").value_or(0);
    if (phase.memory.working_set > kLargestWorkingSet)
      section.refuse("memory", "a working set is at most 1024G, and this is more");
    phase.memory.lines_per_us = static_cast<std::uint64_t>(section.whole("lines_per_us", {0, 10'000}).value_or(100));
    phase.memory.region = static_cast<std::uint32_t>(section.whole("region", {0, 1'000'000}).value_or(0));
    writer_.add(phase);
  }

  Script& script_;
  ScriptWriter writer_;
  Scenario& scenario_;
  Problems& problems_;
  std::uint32_t inner_ = 0;
};

}  // namespace

void read_scripts(const toml::table& scripts, Scenario& scenario, Problems& problems) {
  for (const auto& [name, node] : scripts) scenario.scripts.emplace_back().name = name.str();
  std::size_t at = 0;
  for (const auto& [name, node] : scripts) {
    Script& script = scenario.scripts[at++];
    const std::string path = "script." + script.name;
    const toml::table* const table = node.as_table();
    if (!table) return problems.refuse(node, path, fmt::format("a table is expected here: [{}]", path));
    TomlSection section(*table, path, problems);
    script.where = section.place("phases");
    ScriptReader reader(script, scenario, problems);
    const std::uint64_t rounds = reader.times(section, "repeat", 1);
    section.require("phases", "the phases of the script are expected here, as in phases = [{ run = \"1ms\" }]");
    if (const toml::array* const phases = section.array("phases"))
      reader.read_rounds(rounds, *phases, section.path("phases"));
    section.close();
  }
}

}  // namespace roost
