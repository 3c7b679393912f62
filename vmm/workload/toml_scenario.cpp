// A TOML scenario but for its scripts.

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "sched/policy/nearest_name.hpp"
#include "sched/policy/spec.hpp"
#include "vmm/workload/arrival_times.hpp"
#include "vmm/workload/quantity.hpp"
#include "vmm/workload/scenario_reader.hpp"
#include "vmm/workload/toml_reservation.hpp"
#include "vmm/workload/toml_scripts.hpp"
#include "vmm/workload/toml_text.hpp"
#include "vmm/workload/toml_timeline.hpp"

namespace roost {

namespace {

constexpr Range kPcpuIds{0, kMostScenarioPcpus - 1};
constexpr std::int64_t kMostVms = 65'536;
constexpr std::uint32_t kMostHarts = 512;
constexpr Duration kShortestCapPeriod = std::chrono::microseconds(100), kLeastBudget = std::chrono::microseconds(10);
constexpr Duration kUsualCapPeriod = std::chrono::milliseconds(30);  // as Xen accounts
constexpr Duration kLongestQuantum = std::chrono::milliseconds(10);

class ScenarioReader {
 public:
  ScenarioReader(const toml::table& root, std::string file, const ReadFile& read_file)
      : root_(root), problems_(file), read_file_(read_file) {
    scenario_.file = std::move(file);
  }

  Result<Scenario> read() {
    TomlSection top(root_, "", problems_);
    scenario_.title = top.text("title").value_or("");
    if (const auto* run = top.table("run")) read_run(*run);
    if (const auto* host = top.table("host")) read_host(*host);
    for (const auto& [key, kind] : kObjects)
      if (const auto* objects = top.table(key)) read_objects(*objects, std::string(key), kind);
    if (const auto* scripts = top.table("script")) read_scripts(*scripts, scenario_, problems_);
    if (const auto* pools = top.table("pool")) read_pools(*pools);
    const auto vms = top.tables("vm");
    for (std::size_t i = 0; i < vms.size() && !problems_.first(); ++i) read_vm(*vms[i], fmt::format("vm[{}]", i));
    const auto arrivals = top.tables("arrivals");
    for (std::size_t i = 0; i < arrivals.size(); ++i) read_arrivals(*arrivals[i], fmt::format("arrivals[{}]", i));
    const auto events = top.tables("timeline");
    for (std::size_t i = 0; i < events.size(); ++i)
      read_timed(*events[i], fmt::format("timeline[{}]", i), scenario_, problems_);
    std::ranges::stable_sort(scenario_.changes, {}, &TimedChange::at);
    top.close();
    if (scenario_.vms.empty()) top.refuse("vm", "nothing runs; write [[vm]] with a script or a guest");
    if (problems_.first()) return *problems_.first();
    if (const auto error = settle_lives(scenario_)) return *error;
    if (const auto error = check_scenario(scenario_)) return *error;
    return std::move(scenario_);
  }

 private:
  struct ObjectKey {
    std::string_view key;
    ObjectSpec::Kind kind;
  };
  static constexpr std::array<ObjectKey, 4> kObjects{{{"event", ObjectSpec::Kind::Event},
                                                      {"lock", ObjectSpec::Kind::Lock},
                                                      {"barrier", ObjectSpec::Kind::Barrier},
                                                      {"queue", ObjectSpec::Kind::Queue}}};

  Quoted quoted(TomlSection& section, std::string_view key, std::string text) {
    return {std::move(text), section.place(key)};
  }

  void read_run(const toml::table& table) {
    TomlSection run(table, "run", problems_);
    if (const auto world = run.text("world")) {
      if (*world != "live" && *world != "simulated") run.refuse("world", "'live' or 'simulated' is expected here");
      scenario_.world = *world == "live" ? WorldKind::Live : WorldKind::Simulated;
    }
    if (const auto policy = run.text("policy")) scenario_.policy = quoted(run, "policy", *policy);
    if (const auto runqueue = run.text("runqueue")) scenario_.runqueue = quoted(run, "runqueue", *runqueue);
    scenario_.seed = static_cast<std::uint64_t>(run.whole("seed", {0, INT64_MAX}).value_or(1));
    scenario_.time_limit = run.span("time_limit", Duration{1}).value_or(Duration::max());
    scenario_.repetitions = static_cast<std::uint32_t>(run.whole("repetitions", {1, 1000}).value_or(1));
    scenario_.tie_seed = static_cast<std::uint64_t>(run.whole("tie_seed", {0, INT64_MAX}).value_or(0));
    scenario_.quantum = run.span("quantum", Duration{100});
    if (scenario_.quantum > kLongestQuantum) run.refuse("quantum", "a quantum lasts 100ns to 10ms");
    run.close();
  }

  void read_host(const toml::table& table) {
    TomlSection host(table, "host", problems_);
    if (const auto topology = host.text("topology")) scenario_.host.topology = quoted(host, "topology", *topology);
    scenario_.host.pcpus = static_cast<std::uint32_t>(host.whole("pcpus", {1, kMostScenarioPcpus}).value_or(0));
    if (const auto* costs = host.table("costs")) read_costs(*costs, "");
    for (const toml::table* item : host.tables("capacities")) {
      TomlSection capacity(*item, "host.capacities", problems_);
      capacity.require("pcpus", "which pCPUs is expected here, as in { pcpus = \"4-7\", capacity = 512 }");
      capacity.require("capacity", "a number is expected here, 1024 for a full core");
      scenario_.host.capacities.push_back(
          {.pcpus = capacity.numbers("pcpus", kPcpuIds).value_or(std::vector<std::uint32_t>{}),
           .capacity = static_cast<std::uint32_t>(capacity.whole("capacity", {1, 1024}).value_or(1024)),
           .where = capacity.place("pcpus")});
      capacity.close();
    }
    if (const auto* rows = host.array("distances")) read_distances(host, *rows);
    host.close();
  }

  void read_distances(TomlSection& host, const toml::array& rows) {
    scenario_.host.distances_at = host.place("distances");
    for (const toml::node& row : rows) {
      const toml::array* const list = row.as_array();
      if (!list || list->size() != rows.size() || rows.size() > 1024)
        return host.refuse("distances", "as many rows as numbers in each are expected, as in [[10, 21], [21, 10]]");
      for (const toml::node& item : *list) {
        const auto distance = item.value_exact<std::int64_t>();
        if (!distance || *distance < 10 || *distance > 254)
          return host.refuse("distances", "distances lie in 10 (the node itself) .. 254, as in ACPI's SLIT");
        scenario_.host.distances.push_back(static_cast<std::uint32_t>(*distance));
      }
    }
  }

  /// "ipi.remote" as one quoted key or as ipi = { remote = ... }; free = 1 comes before single ones.
  void read_costs(const toml::table& table, const std::string& prefix) {
    TomlSection costs(table, prefix.empty() ? "host.costs" : "host.costs." + prefix.substr(0, prefix.size() - 1),
                      problems_);
    std::vector<Quoted>& all = scenario_.host.costs;
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      costs.any(key.str());
      if (const toml::table* const inner = node.as_table(); inner && prefix.empty()) {
        read_costs(*inner, name + ".");
      } else if (const auto whole = node.value_exact<std::int64_t>()) {
        Quoted cost = quoted(costs, key.str(), fmt::format("{}={}", name, *whole));
        all.insert(name == "free" ? all.begin() : all.end(), std::move(cost));
      } else if (const auto text = node.value_exact<std::string>()) {
        all.push_back(quoted(costs, key.str(), fmt::format("{}={}", name, *text)));
      } else {
        costs.refuse(key.str(), "a span of time in quotes or a number is expected, as in \"ipi.remote\" = \"3us\"");
      }
    }
  }

  void read_objects(const toml::table& table, const std::string& kind_name, ObjectSpec::Kind kind) {
    for (const auto& [name, node] : table) {
      const std::string path = kind_name + "." + std::string(name.str());
      const toml::table* const inner = node.as_table();
      if (!inner) return problems_.refuse(node, path, fmt::format("a table is expected here: [{}]", path));
      if (name.str().empty()) return problems_.refuse(node, path, "a name is expected after the dot");
      TomlSection section(*inner, path, problems_);
      ObjectSpec& object = scenario_.objects[scenario_.object(kind, std::string(name.str()))];
      object.polls = section.flag("poll").value_or(false);
      if (kind != ObjectSpec::Kind::Queue) object.shared = section.flag("shared").value_or(false);
      if (kind == ObjectSpec::Kind::Event) object.remembers = section.flag("remembers").value_or(true);
      if (kind == ObjectSpec::Kind::Barrier) {
        object.parties = static_cast<std::uint32_t>(section.whole("parties", {1, kMostScenarioVcpus}).value_or(0));
        object.where = section.place("parties");
      }
      section.close();
    }
  }

  void read_pools(const toml::table& table) {
    for (const auto& [name, node] : table) {
      const std::string path = "pool." + std::string(name.str());
      const toml::table* const inner = node.as_table();
      if (!inner) return problems_.refuse(node, path, fmt::format("a table is expected here: [{}]", path));
      TomlSection section(*inner, path, problems_);
      section.require("pcpus", "the pCPUs of the pool are expected here, as in pcpus = \"0-3\"");
      scenario_.pools.push_back({.name = std::string(name.str()),
                                 .pcpus = section.numbers("pcpus", kPcpuIds).value_or(std::vector<std::uint32_t>{}),
                                 .where = section.place("pcpus")});
      PoolSpec& pool = scenario_.pools.back();
      if (const auto policy = section.text("policy")) pool.policy = Quoted{*policy, section.place("policy")};
      if (const auto runqueue = section.text("runqueue")) pool.runqueue = Quoted{*runqueue, section.place("runqueue")};
      section.close();
    }
  }

  const PoolSpec* find_pool(TomlSection& section, const std::string& name) {
    std::vector<std::string_view> known;
    for (const PoolSpec& pool : scenario_.pools) {
      if (pool.name == name) return &pool;
      known.push_back(pool.name);
    }
    section.refuse("pool", known.empty() ? fmt::format("there is no pool '{0}'; write [pool.{0}]", name)
                                         : fmt::format("there is no pool '{}'; {}", name, suggestion(name, known)));
    return nullptr;
  }

  /// `pcpus` as far as they lie in the VM's pool; all of the pool, if there are none.
  std::vector<std::uint32_t> in_pool(TomlSection& section, std::string_view key, const PoolSpec* pool,
                                     std::vector<std::uint32_t> pcpus) {
    if (pool == nullptr) return pcpus;
    if (pcpus.empty()) return pool->pcpus;
    std::erase_if(pcpus, [&](std::uint32_t pcpu) { return std::ranges::count(pool->pcpus, pcpu) == 0; });
    if (pcpus.empty()) section.refuse(key, fmt::format("none of these pCPUs lies in pool '{}'", pool->name));
    return pcpus;
  }

  void read_places(TomlSection& section, ScenarioVm& vm) {
    vm.pool = section.text("pool").value_or("");
    const PoolSpec* const pool = vm.pool.empty() ? nullptr : find_pool(section, vm.pool);
    vm.affinity = in_pool(section, "affinity", pool,
                          section.numbers("affinity", kPcpuIds).value_or(std::vector<std::uint32_t>{}));
    vm.places["affinity"] = section.place(section.has("affinity") || !pool ? "affinity" : "pool");
    vm.soft_affinity = section.numbers("soft_affinity", kPcpuIds).value_or(std::vector<std::uint32_t>{});
    vm.places["soft_affinity"] = section.place("soft_affinity");
    const toml::array* const each = section.array("affinities");
    if (!each) return;
    if (each->size() > vm.vcpus + vm.spare_vcpus)
      section.refuse("affinities", fmt::format("there are {} of them for {} vCPUs", each->size(),
                                               vm.vcpus + vm.spare_vcpus));
    for (const toml::node& node : *each)
      vm.affinities.push_back(in_pool(section, "affinities", pool,
                                      section.numbers_of(node, "affinities", kPcpuIds)
                                          .value_or(std::vector<std::uint32_t>{})));
    vm.places["affinity"] = section.place("affinities");
  }

  void read_cap(TomlSection& section, ScenarioVm& vm) {
    const std::int64_t all = 100 * (std::int64_t{vm.vcpus} + vm.spare_vcpus);
    vm.cap = static_cast<std::uint32_t>(section.whole("cap", {1, all}).value_or(0));
    vm.vcpu_cap = static_cast<std::uint32_t>(section.whole("vcpu_cap", {1, 100}).value_or(0));
    vm.cap_period = section.span("cap_period", kShortestCapPeriod).value_or(kUsualCapPeriod);
    vm.places["cap"] = section.place(vm.cap > 0 ? "cap" : "vcpu_cap");
    if (vm.cap > 0 && vm.vcpu_cap > 0)
      section.refuse("vcpu_cap", "cap is for all vCPUs of the VM together, vcpu_cap for each; give one of them");
    if (section.has("cap_period") && vm.cap + vm.vcpu_cap == 0)
      section.refuse("cap_period", "cap = 50 or vcpu_cap = 50 is expected beside it");
    const std::uint32_t percent = vm.cap + vm.vcpu_cap;
    if (percent > 0 && vm.cap_period * percent / 100 < kLeastBudget)
      section.refuse("cap_period", fmt::format("{} percent of it are less than {}; a longer one is expected", percent,
                                               to_text(kLeastBudget)));
  }

  void read_weights(TomlSection& section, ScenarioVm& vm) {
    constexpr Range kWeights{value(kMinWeight), value(kMaxWeight)};
    vm.weight = Weight{static_cast<std::uint32_t>(
        section.whole("weight", kWeights).value_or(value(kDefaultWeight)))};
    const auto each = section.numbers("weights", kWeights);
    if (!each) return;
    if (each->size() > vm.vcpus + vm.spare_vcpus)
      section.refuse("weights", fmt::format("there are {} of them for {} vCPUs", each->size(),
                                            vm.vcpus + vm.spare_vcpus));
    for (const std::uint32_t weight : *each) vm.weights.push_back(Weight{weight});
  }

  void read_vm(const toml::table& table, const std::string& path) {
    TomlSection section(table, path, problems_);
    ScenarioVm vm;
    vm.name = section.text("name").value_or("");
    vm.vcpus = static_cast<std::uint32_t>(section.whole("vcpus", {1, kMostScenarioVcpus}).value_or(1));
    vm.spare_vcpus = static_cast<std::uint32_t>(section.whole("spare_vcpus", {0, kMostScenarioVcpus}).value_or(0));
    read_weights(section, vm);
    read_places(section, vm);
    Life& life = vm.lives.front();
    life.starts_at = section.span("start").value_or(Duration{0});
    life.stops_at = section.span("stop", Duration{1});
    if (life.stops_at && *life.stops_at <= life.starts_at)
      section.refuse("stop", "a time after its start is expected here");
    read_cap(section, vm);
    read_reservation(section, vm);
    read_what_runs(section, vm);
    const auto copies = section.whole("count", {1, kMostVms}).value_or(1);
    section.close();
    if (problems_.first()) return;
    if (vm.name.empty()) vm.name = vm.scripts.empty() ? vm.guest : scenario_.scripts[vm.scripts[0]].name;
    for (std::int64_t i = 1; i <= copies; ++i) {
      scenario_.vms.push_back(vm);
      std::string& name = scenario_.vms.back().name;
      if (copies > 1) name = fmt::format("{}{}", vm.name, i);
      if (!names_.insert(name).second)
        return section.refuse("name", fmt::format("another VM is named '{}'; give each a name of its own", name));
      vcpus_ += vm.vcpus + vm.spare_vcpus;
      if (vcpus_ > kMostScenarioVcpus)
        return section.refuse("vcpus", fmt::format("with this VM there are more than {} vCPUs", kMostScenarioVcpus));
    }
  }

  void read_what_runs(TomlSection& section, ScenarioVm& vm) {
    if (const auto guest = section.text("guest")) {
      vm.guest = *guest;
      vm.places["guest"] = section.place("guest");
      if (vm.vcpus > kMostHarts) section.refuse("vcpus", fmt::format("a guest has at most {} harts", kMostHarts));
      vm.args = section.text("args").value_or("");
      vm.memory = section.size("memory").value_or(vm.memory);
      if (vm.spare_vcpus > 0) section.refuse("spare_vcpus", "only scripts fork vCPUs; leave it out beside a guest");
      if (section.has("script") || section.has("scripts"))
        section.refuse("guest", "a VM has a guest or a script, not both");
      return;
    }
    if (const auto name = section.text("script")) add_script(section, "script", *name, vm);
    if (const toml::array* const names = section.array("scripts"))
      for (const toml::node& node : *names)
        add_script(section, "scripts", node.value_exact<std::string>().value_or(""), vm);
    if (section.has("script") && section.has("scripts"))
      section.refuse("scripts", "one of script and scripts is expected; scripts gives each vCPU the next of the list");
    if (vm.scripts.empty())
      section.refuse("script", "script = \"NAME\", scripts = [\"A\", \"B\"] or guest = \"NAME\" is expected here");
  }

  void add_script(TomlSection& section, std::string_view key, const std::string& name, ScenarioVm& vm) {
    std::vector<std::string_view> known;
    for (std::uint32_t i = 0; i < scenario_.scripts.size(); ++i) {
      if (scenario_.scripts[i].name == name) return vm.scripts.push_back(i);
      known.push_back(scenario_.scripts[i].name);
    }
    section.refuse(key, known.empty() ? fmt::format("there is no script '{}'; write [script.{}]", name, name)
                                      : fmt::format("there is no script '{}'; {}", name, suggestion(name, known)));
  }

  void read_arrivals(const toml::table& table, const std::string& path) {
    TomlSection section(table, path, problems_);
    ArrivalSpec spec;
    section.require("queue", "the queue that the jobs go to is expected here");
    spec.where = section.place("queue");
    const auto queue = section.text("queue");
    if (queue) spec.queue = scenario_.object(ObjectSpec::Kind::Queue, *queue);
    const auto poisson = section.span("poisson", Duration{1}), periodic = section.span("periodic", Duration{1});
    const auto every = section.distribution("every");
    const auto csv = section.text("csv");
    if (poisson.has_value() + periodic.has_value() + every.has_value() + csv.has_value() != 1)
      section.refuse("queue", "one of poisson, periodic, every and csv says when jobs come, as in poisson = \"1ms\"");
    if (poisson) spec.gap = {.kind = Distribution::Kind::Exponential, .a = *poisson};
    if (periodic) spec.gap = {.a = *periodic};
    if (every) spec.gap = *every;
    if (every && every->a + every->b == Duration{0}) section.refuse("every", "some time lies between two jobs");
    spec.on = section.distribution("on");
    spec.off = section.distribution("off");
    if (spec.on.has_value() != spec.off.has_value() || (spec.on && csv))
      section.refuse("on", "on and off go together, and not with csv: jobs come while it is on");
    if (spec.on && spec.on->a + spec.on->b == Duration{0}) section.refuse("on", "a burst takes some time");
    spec.jobs = static_cast<std::uint64_t>(section.whole("jobs", {1, INT64_MAX}).value_or(-1));
    if (csv) read_csv(section, *csv, spec);
    section.close();
    scenario_.arrivals.push_back(std::move(spec));
  }

  void read_csv(TomlSection& section, const std::string& path, ArrivalSpec& spec) {
    const auto text = read_file_(path);
    if (!text) return section.refuse("csv", text.error().sentence);
    auto times = parse_arrival_times(*text, path);
    if (!times) return section.refuse("csv", times.error().sentence);
    spec.times = std::move(*times);
  }

  const toml::table& root_;
  Problems problems_;
  const ReadFile& read_file_;
  Scenario scenario_;
  std::set<std::string> names_;  // of VMs
  std::uint64_t vcpus_ = 0;
};

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace

Result<Scenario> read_toml_scenario(std::string_view text, const std::string& file, const ReadFile& read_file) {
  if (auto error = check_toml_text(text, file)) return *error;
  try {
    // A text that is malformed elsewhere is refused without its letters beyond ASCII (toml_text.hpp).
    if (const std::string plain = in_ascii(text); plain != text) static_cast<void>(toml::parse(plain, file));
    const toml::table root = toml::parse(text, file);
    return ScenarioReader(root, file, read_file).read();
  } catch (const toml::parse_error& error) {  // the library's way to say it
    return Error{fmt::format("{}:{}: no TOML: {}", file, error.source().begin.line, one_line(error.description()))};
  } catch (const char* rule) {  // an assertion of the library (CMakeLists.txt)
    return Error{fmt::format("{}: no TOML: {}", file, rule)};
  }
}

}  // namespace roost
