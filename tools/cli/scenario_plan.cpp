#include "tools/cli/scenario_plan.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "sched/policy/spec.hpp"
#include "tools/cli/guest_source.hpp"
#include "tools/cli/node_distances.hpp"
#include "tools/cli/pcpu_plan.hpp"
#include "tools/cli/plugins.hpp"
#include "tools/cli/seat_text.hpp"
#include "tools/cli/timeline.hpp"
#include "tools/report/units.hpp"
#include "vmm/host/pages.hpp"
#include "vmm/host/topology_source.hpp"
#include "vmm/workload/fork_bound.hpp"
#include "vmm/workload/scenario_reader.hpp"
#include "vmm/workload/working_sets.hpp"

namespace roost {
namespace {

Result<std::string> read_text(const std::string& path) {
  const auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

std::string beside(const std::string& file, const std::string& path) {
  return (std::filesystem::path(file).parent_path() / path).string();
}

Error at(const std::string& where, const std::string& sentence) {
  return {where.empty() ? sentence : fmt::format("{}: {}", where, sentence)};
}

/// What the command line puts in place of the file's.
void apply(const ScenarioOptions& options, Scenario& scenario) {
  if (!options.topology.empty()) scenario.host.topology = Quoted{options.topology, "--topology"};
  if (!options.world.empty()) scenario.world = options.world == "live" ? WorldKind::Live : WorldKind::Simulated;
  if (!options.policy.empty()) scenario.policy = Quoted{options.policy, "--policy"};
  if (!options.runqueue.empty()) scenario.runqueue = Quoted{options.runqueue, "--runqueue"};
  if (options.pcpus) scenario.host.pcpus = static_cast<std::uint32_t>(*options.pcpus);
  else if (!options.topology.empty()) scenario.host.pcpus = 0;
  if (options.pcpus && options.topology.empty() && scenario.world == WorldKind::Simulated)
    scenario.host.topology.reset();
  if (options.seed) scenario.seed = *options.seed;
  if (options.repetitions) scenario.repetitions = static_cast<std::uint32_t>(*options.repetitions);
  if (options.time_limit) scenario.time_limit = *options.time_limit;
  if (options.quantum) scenario.quantum = *options.quantum;
  for (const std::string& cost : options.costs) scenario.host.costs.push_back({cost, "--cost"});
}

/// Guests that are files lie beside the scenario, as all files do that it names.
std::optional<Error> find_guests(Scenario& scenario) {
  for (ScenarioVm& vm : scenario.vms) {
    if (vm.guest.empty()) continue;
    if (vm.guest.find('/') != vm.guest.npos || vm.guest.ends_with(".elf")) vm.guest = beside(scenario.file, vm.guest);
    if (const auto bytes = guest_bytes(vm.guest); !bytes) return at(vm.place("guest"), bytes.error().sentence);
  }
  return std::nullopt;
}

std::optional<Error> apply_ties(const std::string& ties, Scenario& scenario) {
  if (ties.empty()) return std::nullopt;
  if (scenario.world == WorldKind::Live)
    return Error{"--ties orders events of virtual time, and this scenario runs live; add --world \"sim:core:4\""};
  const auto seed = parse_ties(ties, scenario.seed);
  if (!seed) return seed.error();
  scenario.tie_seed = *seed;
  return std::nullopt;
}

Result<Topology> described(const Scenario& scenario) {
  const Quoted& wanted = *scenario.host.topology;
  const bool of_file = wanted.where.starts_with(scenario.file);
  const auto topology =
      described_topology(of_file && names_export(wanted.text) ? beside(scenario.file, wanted.text) : wanted.text);
  if (!topology) return at(wanted.where, topology.error().sentence);
  if (topology->pcpu_count() > kMostScenarioPcpus)
    return at(wanted.where, fmt::format("{} pCPUs are more than {}", topology->pcpu_count(), kMostScenarioPcpus));
  return *topology;
}

/// The topology with the file's capacities and distances in place of its own.
Result<Topology> adjusted(const Topology& topology, const Scenario& scenario) {
  if (scenario.host.capacities.empty() && scenario.host.distances.empty()) return topology;
  IdVector<PcpuId, PcpuPlace> places = topology.places();
  for (const CapacitySpec& spec : scenario.host.capacities)
    for (const std::uint32_t pcpu : spec.pcpus) {
      if (pcpu >= places.size())
        return at(spec.where, fmt::format("there is no pCPU {}; this host has 0 to {}", pcpu, places.size() - 1));
      places[PcpuId{pcpu}].capacity = spec.capacity;
    }
  const Topology with_capacities(std::move(places), topology.node_distances());
  if (scenario.host.distances.empty()) return with_capacities;
  auto with_both = with_distances(with_capacities, scenario.host.distances);
  if (!with_both) return at(scenario.host.distances_at, with_both.error().sentence);
  return with_both;
}

/// The policy's own, unless the scenario says otherwise.
std::optional<Error> choose_granularity(ScenarioPlan& plan, bool by_host, Granularity own) {
  plan.granularity = own;
  if (!plan.scenario.runqueue) return std::nullopt;
  const Quoted& wanted = *plan.scenario.runqueue;
  const auto granularity = parse_granularity(wanted.text);
  if (!granularity) return at(wanted.where, granularity.error().sentence);
  if (by_host) return at(wanted.where, kNoHostRunqueues);
  plan.granularity = *granularity;
  return std::nullopt;
}

Result<Topology> topology_of(ScenarioPlan& plan) {
  const Scenario& scenario = plan.scenario;
  std::optional<Topology> wanted;
  if (scenario.host.topology) {
    const auto topology = described(scenario);
    if (!topology) return topology.error();
    wanted = *topology;
  }
  if (scenario.world == WorldKind::Simulated) {
    if (!wanted && scenario.host.pcpus == 0)
      return at(scenario.file, fmt::format("{}a simulated host needs a topology, as in {}--world \"sim:node:2 core:4\"",
                                           scenario.rtapp ? "" : "host: ",
                                           scenario.rtapp ? "" : "host.topology = \"node:2 core:4\" or "));
    if (wanted && scenario.host.pcpus > 0 && scenario.host.pcpus != wanted->pcpu_count())
      return at(scenario.host.topology->where,
                fmt::format("this has {} pCPUs, and pcpus says {}; leave one of them out", wanted->pcpu_count(),
                            scenario.host.pcpus));
    return adjusted(wanted ? *wanted : Topology::flat(scenario.host.pcpus), scenario);
  }
  const auto host = live_topology();
  if (!host) return host.error();
  PcpuRequest request;
  if (scenario.host.pcpus > 0) request.count = scenario.host.pcpus;
  auto chosen = plan_pcpus(request, wanted ? &*wanted : nullptr, *host);
  if (!chosen) return chosen.error();
  plan.notes = std::move(chosen->notes);
  return adjusted(chosen->topology, scenario);
}

std::optional<Error> check_affinities(const ScenarioPlan& plan) {
  const std::size_t pcpus = plan.topology.pcpu_count();
  for (const PoolSpec& pool : plan.scenario.pools)
    for (const std::uint32_t pcpu : pool.pcpus)
      if (pcpu >= pcpus)
        return at(pool.where, fmt::format("there is no pCPU {}; this host has 0 to {}", pcpu, pcpus - 1));
  const auto outside = [&](const std::string& where, const std::vector<std::uint32_t>& ids) -> std::optional<Error> {
    for (const std::uint32_t pcpu : ids)
      if (pcpu >= pcpus)
        return at(where, fmt::format("there is no pCPU {}; this host has 0 to {}", pcpu, pcpus - 1));
    return std::nullopt;
  };
  for (const ScenarioVm& vm : plan.scenario.vms) {
    if (auto error = outside(vm.place("affinity"), vm.affinity)) return error;
    if (auto error = outside(vm.place("soft_affinity"), vm.soft_affinity)) return error;
    for (std::size_t i = 0; i < vm.affinities.size(); ++i) {
      const auto after = vm.affinities_at.upper_bound(i);
      const std::string where = after == vm.affinities_at.begin() ? vm.place("affinity") : std::prev(after)->second;
      if (auto error = outside(where, vm.affinities[i])) return error;
    }
  }
  for (const Script& script : plan.scenario.scripts)
    for (const PcpuSet& set : script.confinements)
      if (const PcpuId beyond = set.next(id_at<PcpuId>(pcpus)); beyond != kNoPcpu)
        return at(script.where, fmt::format("a phase has cpus that name pCPU {}, and this host has 0 to {}",
                                            index(beyond), pcpus - 1));
  return std::nullopt;
}

const char* limit_in_file(const Scenario& scenario) {
  return scenario.rtapp ? "\"duration\": 1 in \"global\"" : "time_limit = \"1s\" under [run]";
}

std::optional<Error> check_end(const Scenario& scenario) {
  if (scenario.world == WorldKind::Live || scenario.time_limit != Duration::max()) return std::nullopt;
  for (const ScenarioVm& vm : scenario.vms)
    for (const std::uint32_t script : scripts_of(scenario, vm))
      if (!vm.lives.back().stops_at && never_ends(scenario, scenario.scripts[script]))
        return at(scenario.scripts[script].where,
                  fmt::format("this repeats forever, so the run would never end; write {} in this file, or "
                              "--time-limit 1s", limit_in_file(scenario)));
  return std::nullopt;
}

/// Without a time limit what never ends and is forked more often than there are spares finds none, certainly.
std::optional<Error> check_forks(const Scenario& scenario) {
  if (scenario.time_limit != Duration::max()) return std::nullopt;
  for (const ScenarioVm& vm : scenario.vms) {
    const std::vector<std::uint64_t> forks = most_forks(scenario, vm);
    for (std::size_t script = 0; script < forks.size(); ++script)
      if (forks[script] > vm.spare_vcpus && !vm.lives.back().stops_at && never_ends(scenario, scenario.scripts[script]))
        return at(scenario.scripts[script].where,
                  fmt::format("this never ends, is forked {}, and VM '{}' has {} vCPUs for that; write {} in "
                              "this file, or --time-limit 1s",
                              forks[script] == kForever ? "for ever" : plural(forks[script], "time"), vm.name,
                              count_text(vm.spare_vcpus),
                              scenario.rtapp ? "a lower \"loop\" or a \"duration\""
                                             : "fewer rounds, more spare_vcpus or a time_limit"));
  }
  return std::nullopt;
}

}  // namespace

bool never_ends(const Scenario& scenario, const Script& script) {
  bool forever = false;
  for (const Phase& phase : script.phases) {
    forever = forever || (phase.kind == Phase::Kind::Repeat && phase.times == kForever);
    if (phase.kind != Phase::Kind::Serve) continue;
    for (const ArrivalSpec& arrivals : scenario.arrivals)  // a queue that is closed ends its servers
      if (arrivals.queue == phase.object && (arrivals.jobs != kForever || !arrivals.times.empty())) return false;
  }
  return forever;
}

std::size_t ScenarioPlan::vcpus() const {
  std::size_t count = 0;
  for (const ScenarioVm& vm : scenario.vms) count += vm.vcpus + vm.spare_vcpus;
  return count;
}

CapPlan ScenarioPlan::caps() const {
  CapPlan caps;
  for (const ScenarioVm& vm : scenario.vms) {
    const std::int64_t percent = vm.cap + vm.vcpu_cap;
    for (std::uint32_t i = 0; i < vm.vcpus + vm.spare_vcpus; ++i) {
      if (percent > 0 && (vm.vcpu_cap > 0 || i == 0))
        caps.purses.push_back({.runtime = vm.cap_period * percent / 100, .period = vm.cap_period});
      caps.purse_of.push_back(percent > 0 ? static_cast<std::uint32_t>(caps.purses.size() - 1) : CapPlan::kNone);
    }
  }
  return caps;
}

std::vector<PcpuSet> ScenarioPlan::preferred() const {
  const auto softens = [](const TimedChange& change) { return change.kind == TimedChange::Kind::SoftAffinity; };
  bool any = std::ranges::any_of(scenario.changes, softens);
  std::vector<PcpuSet> preferred;
  for (const ScenarioVm& vm : scenario.vms) {
    any = any || !vm.soft_affinity.empty();
    preferred.insert(preferred.end(), vm.vcpus + vm.spare_vcpus, PcpuSet::of(vm.soft_affinity));
  }
  if (!any) preferred.clear();
  return preferred;
}

RunqueueMap ScenarioPlan::runqueues() const {
  std::vector<RunqueueMap::Cut> cuts;
  for (const PlannedPool& pool : pools) cuts.push_back({pool.pcpus, pool.granularity});
  return RunqueueMap(topology, granularity, cuts);
}

Policy ScenarioPlan::make(std::string_view spec, std::uint64_t seed, PoolId pool) const {
  const PlannedPool* const own = pool == kRestOfPcpus ? nullptr : &pools[index(pool) - 1];
  const PolicyScope scope{.topology = topology,
                          .max_vcpus = vcpus(),
                          .granularity = own == nullptr ? granularity : own->granularity,
                          .seed = seed,
                          .runqueues = runqueues().size()};
  auto made = make_policy(spec, scope, catalog);
  check(made.has_value(), "a planned policy can be made");
  made->pool = pool;
  if (own != nullptr) made->pool_name = own->name, made->pcpus = own->pcpus;
  return std::move(*made);
}

Policy ScenarioPlan::make(std::uint64_t seed) const {
  std::vector<Policy> made;
  for (std::size_t p = 0; p < pools.size(); ++p) made.push_back(make(pools[p].policy, seed, id_at<PoolId>(p + 1)));
  return with_pools(make(policy, seed, kRestOfPcpus), std::move(made));
}

Result<Scenario> load_scenario(const std::string& file) {
  const auto text = read_text(file);
  if (!text) return text.error();
  if (text->empty()) return Error{file + " is empty; tools/scenarios/README.md shows what stands in a scenario"};
  if (file.ends_with(".json")) return read_rtapp_scenario(*text, file);
  return read_toml_scenario(*text, file, [&](const std::string& path) { return read_text(beside(file, path)); });
}

Result<ScenarioPlan> plan_scenario(const ScenarioOptions& options) {
  auto scenario = load_scenario(options.file);
  if (!scenario) return scenario.error();
  ScenarioPlan plan{.scenario = std::move(*scenario), .topology = {}, .costs = {}, .policy = {}, .catalog = {},
                    .notes = {}};
  auto catalog = catalog_with(options.plugins);
  if (!catalog) return catalog.error();
  plan.catalog = std::move(*catalog);
  apply(options, plan.scenario);
  if (const auto error = apply_ties(options.ties, plan.scenario)) return *error;
  if (plan.scenario.world == WorldKind::Live && (options.quantum || !options.costs.empty()))
    return Error{"--quantum and --cost belong to a simulated host, and this scenario runs live; add "
                 "--world \"sim:core:4\""};
  auto topology = topology_of(plan);
  if (!topology) return topology.error();
  topology = with_distances(*topology, options.distances);
  if (!topology) return topology.error();
  plan.topology = std::move(*topology);
  for (const Quoted& cost : plan.scenario.host.costs)
    if (const auto error = plan.costs.set(cost.text)) return at(cost.where, error->sentence);
  const Quoted policy = plan.scenario.policy.value_or(Quoted{std::string(kDefaultPolicy), ""});
  plan.policy = policy.text;
  const bool by_host = policy.text == kHostPolicy && plan.scenario.world == WorldKind::Live;
  Granularity own = Granularity::Pcpu;
  if (!by_host) {
    const auto spec = parse_policy_spec(policy.text, plan.catalog);
    if (!spec) return at(policy.where, spec.error().sentence);
    own = spec->granularity;
  }
  if (const auto error = choose_granularity(plan, by_host, own)) return *error;
  if (const auto error = find_guests(plan.scenario)) return *error;
  if (const auto error = check_affinities(plan)) return *error;
  auto pools = plan_pools(plan.scenario, plan.catalog, by_host);
  if (!pools) return pools.error();
  plan.pools = std::move(*pools);
  if (const auto error = house_vms(plan.scenario, pools_of(plan.pools, plan.topology.pcpu_count()))) return *error;
  if (plan.scenario.world == WorldKind::Live)
    if (const auto error = check_working_sets(plan.scenario, host_memory() / 2)) return *error;
  for (const ScenarioVm& vm : plan.scenario.vms) {
    if (by_host && vm.cap + vm.vcpu_cap > 0)
      return at(vm.place("cap"),
                "under policy host Linux schedules, and knows no caps; name one of ours ('roost policies')");
    if (by_host && !vm.soft_affinity.empty())
      return at(vm.place("soft_affinity"),
                "under policy host Linux schedules, and knows no soft affinity; name one of ours ('roost policies')");
  }
  for (const Script& script : plan.scenario.scripts)
    if (by_host && !script.confinements.empty())
      return at(script.where, "under policy host nobody's cpus change on the way; name one of ours ('roost policies')");
  if (const auto error = check_reservations(plan)) return *error;
  if (const auto error = check_timeline(plan)) return *error;
  if (const auto error = check_end(plan.scenario)) return *error;
  if (const auto error = check_forks(plan.scenario)) return *error;
  return plan;
}

}  // namespace roost
