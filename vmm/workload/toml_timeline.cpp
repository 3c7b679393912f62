#include "vmm/workload/toml_timeline.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sched/policy/nearest_name.hpp"
#include "sched/policy/spec.hpp"
#include "vmm/workload/scenario_reader.hpp"

namespace roost {

namespace {

constexpr Range kPcpuIds{0, kMostScenarioPcpus - 1};
constexpr std::size_t kMostChanges = 100'000;

class TimedReader {
 public:
  TimedReader(const toml::table& table, const std::string& path, Scenario& scenario, Problems& problems)
      : section_(table, path, problems), scenario_(scenario) {}

  void read() {
    section_.require("at", "when it happens is expected here, as in at = \"1s\"");
    at_ = section_.span("at").value_or(Duration{0});
    const auto name = section_.text("vm");
    const bool of_host = read_host();
    if (name) read_vm(*name);
    for (const char* key : {"vcpu", "weight", "affinity", "soft_affinity", "start", "stop"})
      if (section_.has(key) && !name) section_.require("vm", fmt::format("whose {} is expected beside it", key));
    if (!of_host && !name) section_.require("vm", "the VM that it happens to is expected here, or pcpus or policy");
    section_.close();
    if (scenario_.changes.size() > kMostChanges)
      section_.refuse("at", fmt::format("a scenario has at most {} changes", kMostChanges));
  }

 private:
  void add(TimedChange change, std::string_view key) {
    change.at = at_;
    change.where = section_.place(key);
    scenario_.changes.push_back(std::move(change));
  }

  bool yes(std::string_view key) {
    const auto flag = section_.flag(key);
    if (flag && !*flag) section_.refuse(key, "only 'true' makes sense here");
    return flag.has_value();
  }

  bool read_host() {
    const auto pcpus = section_.numbers("pcpus", kPcpuIds);
    const bool off = yes("offline"), on = yes("online");
    if (section_.has("pcpus") && off == on)
      section_.refuse("pcpus", "one of offline = true and online = true is expected beside it");
    if (off || on) section_.require("pcpus", "which pCPUs is expected beside it, as in pcpus = \"2-3\"");
    if (pcpus && (off || on))
      add({.kind = off ? TimedChange::Kind::Offline : TimedChange::Kind::Online, .pcpus = *pcpus}, "pcpus");
    const auto policy = section_.text("policy");
    const bool of_pool = !section_.has("vm") && section_.has("pool");  // beside a VM it says where that goes
    if (of_pool && !policy) section_.require("vm", "whose pool is expected beside it, or the pool's policy");
    TimedChange change{.kind = TimedChange::Kind::Policy, .policy = policy.value_or("")};
    if (of_pool) change.pool = section_.text("pool").value_or("");
    if (of_pool && policy) pcpus_of(change.pool, "pool");
    if (policy) add(std::move(change), "policy");
    return pcpus || policy;
  }

  void read_vm(const std::string& name) {
    const auto vm = std::ranges::find(scenario_.vms, name, &ScenarioVm::name);
    if (vm == scenario_.vms.end()) {
      std::vector<std::string_view> known;
      for (const ScenarioVm& other : scenario_.vms) known.push_back(other.name);
      if (!known.empty()) section_.refuse("vm", fmt::format("there is no VM '{}'; {}", name, suggestion(name, known)));
      return;
    }
    const bool starts = yes("start"), stops = yes("stop");
    if (starts && stops) section_.refuse("stop", "it starts at this moment; give each its own [[timeline]]");
    if (stops && at_ == Duration{0}) section_.refuse("at", "a VM that stops at once never runs; leave it out");
    const std::size_t before = scenario_.changes.size();
    const auto number = static_cast<std::uint32_t>(vm - scenario_.vms.begin());
    if (starts) add({.kind = TimedChange::Kind::Start, .vm = number}, "start");
    if (stops) add({.kind = TimedChange::Kind::Stop, .vm = number}, "stop");
    read_traits(*vm);
    if (scenario_.changes.size() == before)
      section_.refuse("vm", "one of start, stop, weight, affinity, soft_affinity and pool is expected beside it");
  }

  void read_traits(const ScenarioVm& vm) {
    TimedChange of{.vm = static_cast<std::uint32_t>(&vm - scenario_.vms.data())};
    const std::uint32_t vcpus = vm.vcpus + vm.spare_vcpus;
    if (const auto vcpu = section_.whole("vcpu", {0, vcpus - 1})) of.vcpu = static_cast<std::uint32_t>(*vcpu);
    if (const auto weight = section_.whole("weight", {value(kMinWeight), value(kMaxWeight)})) {
      of.kind = TimedChange::Kind::Weight;
      of.weight = Weight{static_cast<std::uint32_t>(*weight)};
      add(of, "weight");
    }
    const auto affinity = section_.numbers("affinity", kPcpuIds);
    const auto pool = section_.text("pool");
    if (affinity && pool) section_.refuse("pool", "either affinity or pool says where, not both");
    of.kind = TimedChange::Kind::Affinity;
    if (affinity) of.pcpus = within(vm, *affinity), add(of, "affinity");
    if (pool) of.pcpus = pcpus_of(*pool, "pool"), add(of, "pool");
    of.kind = TimedChange::Kind::SoftAffinity;
    if (const auto soft = section_.numbers("soft_affinity", kPcpuIds)) of.pcpus = *soft, add(of, "soft_affinity");
  }

  std::vector<std::uint32_t> pcpus_of(const std::string& name, std::string_view key) {
    std::vector<std::string_view> known;
    for (const PoolSpec& pool : scenario_.pools) {
      if (pool.name == name) return pool.pcpus;
      known.push_back(pool.name);
    }
    section_.refuse(key, known.empty() ? fmt::format("there is no pool '{0}'; write [pool.{0}]", name)
                                       : fmt::format("there is no pool '{}'; {}", name, suggestion(name, known)));
    return {};
  }

  /// As far as they lie in the VM's pool.
  std::vector<std::uint32_t> within(const ScenarioVm& vm, std::vector<std::uint32_t> pcpus) {
    if (vm.pool.empty()) return pcpus;
    const std::vector<std::uint32_t> pool = pcpus_of(vm.pool, "affinity");
    std::erase_if(pcpus, [&](std::uint32_t pcpu) { return std::ranges::count(pool, pcpu) == 0; });
    if (pcpus.empty()) section_.refuse("affinity", fmt::format("none of these pCPUs lies in pool '{}'", vm.pool));
    return pcpus;
  }

  TomlSection section_;
  Scenario& scenario_;
  Duration at_{0};
};

constexpr std::size_t kMostGuestLives = 16;  // each has its own memory

/// A VM is switched on or off.
struct Turn {
  Duration at;
  bool on;
  std::string where;  // empty: in its [[vm]]
};

std::vector<Turn> turns_of(const ScenarioVm& vm, const std::vector<const TimedChange*>& changes) {
  std::vector<Turn> turns;
  const Life& first = vm.lives.front();
  if (first.starts_at > Duration{0}) turns.push_back({first.starts_at, true, ""});
  if (first.stops_at) turns.push_back({*first.stops_at, false, ""});
  for (const TimedChange* const change : changes)
    turns.push_back({change->at, change->kind == TimedChange::Kind::Start, change->where});
  std::ranges::stable_sort(turns, {}, &Turn::at);
  return turns;
}

/// Who is not started is on from the beginning.
std::optional<Error> settle(ScenarioVm& vm, const std::vector<Turn>& turns) {
  vm.lives.clear();
  if (turns.empty() || !turns.front().on) vm.lives.emplace_back();
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const Turn& turn = turns[i];
    const auto wrong = [&](const std::string& sentence) {
      return Error{fmt::format("{}: {}", turn.where.empty() && i > 0 ? turns[i - 1].where : turn.where, sentence)};
    };
    const bool is_on = !vm.lives.empty() && !vm.lives.back().stops_at;
    if (is_on == turn.on)
      return wrong(fmt::format("VM '{}' would be {} at {}, and is {} since {}; {} it between the two", vm.name,
                               turn.on ? "started" : "stopped", to_text(turn.at), turn.on ? "on" : "off",
                               to_text(turn.on ? vm.lives.back().starts_at : *vm.lives.back().stops_at),
                               turn.on ? "stop" : "start"));
    if (turn.on) vm.lives.push_back({.starts_at = turn.at});
    else if (vm.lives.back().starts_at == turn.at) return wrong("it starts at this moment; stop it later");
    else vm.lives.back().stops_at = turn.at;
    if (!vm.guest.empty() && vm.lives.size() > kMostGuestLives)
      return wrong(fmt::format("a VM with a guest is started {} times at most, each time with memory of its own",
                               kMostGuestLives));
  }
  return std::nullopt;
}

}  // namespace

void read_timed(const toml::table& table, const std::string& path, Scenario& scenario, Problems& problems) {
  TimedReader(table, path, scenario, problems).read();
}

std::optional<Error> settle_lives(Scenario& scenario) {
  std::map<std::uint32_t, std::vector<const TimedChange*>> changes;
  for (const TimedChange& change : scenario.changes)
    if (change.kind == TimedChange::Kind::Start || change.kind == TimedChange::Kind::Stop)
      changes[change.vm].push_back(&change);
  std::uint64_t anew = 0;  // vCPUs that begin again
  for (auto& [number, of_vm] : changes) {
    ScenarioVm& vm = scenario.vms[number];
    if (auto error = settle(vm, turns_of(vm, of_vm))) return error;
    anew += (vm.lives.size() - 1) * (vm.vcpus + vm.spare_vcpus);
    if (anew > kMostScenarioVcpus)
      return Error{fmt::format("{}: with VM '{}' more than {} vCPUs are started again; start fewer VMs again",
                               of_vm.back()->where, vm.name, kMostScenarioVcpus)};
  }
  return std::nullopt;
}

}  // namespace roost
