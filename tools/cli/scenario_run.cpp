#include "tools/cli/scenario_run.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "tools/cli/run_io.hpp"
#include "tools/cli/scenario_cast.hpp"
#include "vmm/executor/live_clock.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/executor/quantum_harts.hpp"
#include "vmm/executor/simulated_world.hpp"
#include "vmm/host/pinning.hpp"
#include "vmm/workload/live_agenda.hpp"
#include "vmm/workload/live_script.hpp"

namespace roost {
namespace {

constexpr std::size_t kTracedSimulated = 20'000'000, kTracedLive = 1'000'000;  // events, 24 bytes each; live per pCPU

void add(ScriptCounts& sum, const ScriptCounts& more) {
  sum.rounds += more.rounds, sum.waits += more.waits, sum.locks += more.locks, sum.jobs += more.jobs;
  sum.late += more.late, sum.interrupts += more.interrupts;
  sum.forks += more.forks, sum.forks_refused += more.forks_refused;
}

void count(const ScenarioPlan& plan, const ScenarioCast& cast, ScenarioRun& out) {
  for (const ScenarioVm& vm : plan.scenario.vms)
    out.vms.push_back({.name = vm.name, .scripted = !vm.scripts.empty(), .spares = vm.spare_vcpus, .all = {},
                       .lines_touched = {}});
  VcpuId next{0};
  for (const Workload::Role& role : cast.workload().roles()) {
    const VcpuId id = std::exchange(next, id_at<VcpuId>(index(next) + 1));
    const std::vector<Life>& lives = plan.scenario.vms[index(role.traits.vm)].lives;
    bool& used = out.run.report.vcpus[id].used;
    used = lives.front().starts_at <= out.run.report.wall;  // else the run was over before its VM was on
    if (role.vcpu == nullptr || !used) continue;
    VmCounts& vm = out.vms[index(role.traits.vm)];
    used = false;
    for (std::size_t life = 0; life < lives.size(); ++life) {
      const ScriptedVcpu& vcpu = cast.workload().in_life(role, life);
      add(vm.all, vcpu.counts());
      vm.work += vcpu.done();
      used = used || vcpu.used();
    }
  }
  for (const auto& [vm, object] : cast.workload().objects()) {
    ObjectCounts counts{.vm = object->spec().shared ? "" : out.vms[vm].name, .name = object->spec().name,
                        .kind = object->spec().kind, .grants = object->grants(), .queued = object->queued(),
                        .waiting = object->waiting(), .holder = object->holder(), .sojourn = object->sojourn()};
    const auto before = plan.scenario.vms[vm].lives.size() == 1  // else it may have been in an earlier life, too
                            ? out.objects.end()
                            : std::ranges::find_if(out.objects, [&](const ObjectCounts& known) {
                                return known.vm == counts.vm && known.name == counts.name && known.kind == counts.kind;
                              });
    if (before == out.objects.end()) {
      out.objects.push_back(std::move(counts));
    } else {
      counts.grants += before->grants, counts.queued += before->queued;
      *before = std::move(counts);
    }
  }
  cast.fill(out.run.report, out.run.end);
}

/// Acts whenever it is due, and then waits for the next time.
void follow(SimulatedWorld& world, Agenda& agenda, Actors* actors) {
  if (agenda.next() == kNever) return;
  if (actors) actors->act();
  world.at(agenda.next(), [&world, &agenda, actors] {
    agenda.act();
    follow(world, agenda, actors);
    if (actors) actors->rest();
  });
}

bool somebody_polls(const Scenario& scenario) {
  return std::ranges::any_of(scenario.objects, [](const ObjectSpec& object) { return object.polls; });
}

/// What a run has beside its world.
struct Stage {
  Console& console;
  Progress progress;
};

ProgressWish progress_of(const ScenarioWatch& watch, const ScenarioCast& cast) {
  ProgressWish wish = watch.progress;
  wish.may = wish.may && !cast.has_guests();  // whose consoles have the terminal
  return wish;
}

/// Interrupted by a signal, or ended by itself; console input goes to a guest that is alone.
template <typename World, typename Tenants>
void run_with_io(World& world, const ScenarioCast& cast, Stage& stage, Tenants tenants, ScenarioRun& out) {
  Console& console = stage.console;
  RunIo::Hooks hooks{.end = [&] { console.stop_waiting(), world.interrupt(); }, .input = nullptr};
  if (out.run.report.world == "live" && cast.only_machine() != nullptr)
    hooks.input = [&cast](std::string_view bytes) { return cast.only_machine()->console_input(bytes); };
  if (stage.progress.on()) hooks.tick = [&] { stage.progress.show(); };
  const RunIo io(std::move(hooks));
  out.run.end = world.run(cast.vms(), std::move(tenants));
  out.signal = io.signal();
  console.finish();
  out.run.report = world.report();
  out.run.events = world.events();
  out.run.events_lost = world.events_lost();
}

std::optional<Error> run_simulated(const ScenarioPlan& plan, const ScenarioWatch& watch, Console& console,
                                   ScenarioRun& out) {
  SimulatedWorld::make_room(plan.topology.pcpu_count(), plan.vcpus());
  // Repetitions differ in this order too.
  const std::uint64_t tie_seed = plan.scenario.tie_seed;
  SimulatedWorld world({.topology = plan.topology,
                        .costs = plan.costs,
                        .time_limit = plan.scenario.time_limit,
                        .tie_seed = tie_seed == 0 ? 0 : tie_seed + (out.seed - plan.scenario.seed),
                        .trace_capacity = watch.trace.file.empty() ? 0 : kTracedSimulated,
                        .trace_scope = watch.trace.scope,
                        .caps = plan.caps(),
                        .preferred = plan.preferred()},
                       plan.make(out.seed));
  QuantumHarts harts(world, plan.scenario.quantum.value_or(QuantumPace{}.quantum));
  // Where all wait halted there is no event left; who polls makes some for ever.
  Actors counted([&] { world.cut_off(RunEnd::Stuck); });
  Actors* const actors = somebody_polls(plan.scenario) ? &counted : nullptr;
  ScenarioCast cast(plan, {.sink = &world.sink(), .clock = &harts.clock(), .actors = actors}, out.seed);
  if (auto error = cast.assemble(console, out.seed)) return error;
  cast.begin(Duration{0});
  const ReachWorld reach = [&](const auto& change) { return change(world.changes()), true; };
  cast.workload().add(std::make_unique<Timeline>(plan, cast.workload(), reach, out.changes, out.seed));
  for (const auto& agenda : cast.workload().agenda()) follow(world, *agenda, actors);
  std::vector<SteppedTenant> tenants;
  for (const Workload::Role& role : cast.workload().roles()) {
    SteppedVcpu* vcpu = role.runs;
    const VcpuId id = id_at<VcpuId>(tenants.size());
    if (!vcpu) vcpu = &harts.add(*cast.hart(id), id, role.traits.vm);
    tenants.push_back({vcpu, role.traits, role.number});
  }
  Stage stage{console, Progress(progress_of(watch, cast), plan.scenario.time_limit, [&] {
                return RunProgress{.done = world.progress() - Time{}, .events = world.events_so_far()};
              })};
  run_with_io(world, cast, stage, std::move(tenants), out);
  out.events_handled = world.events_handled();
  harts.fill(out.run.report);
  count(plan, cast, out);
  return std::nullopt;
}

std::optional<Error> run_live(const ScenarioPlan& plan, const ScenarioWatch& watch, Console& console,
                              ScenarioRun& out) {
  LiveConfig config{.topology = plan.topology, .time_limit = plan.scenario.time_limit,
                    .trace_capacity = watch.trace.file.empty() ? 0 : kTracedLive,
                    .trace_scope = watch.trace.scope, .caps = plan.caps(),
                    .preferred = plan.preferred()};
  const auto world = plan.policy == kHostPolicy
                         ? LiveWorld::host_threads(std::move(config))
                         : LiveWorld::pinned(std::move(config), plan.make(out.seed));
  LiveSink sink(world->wake_sink(), [&](VcpuId vcpu, const PcpuSet& allowed) {
    const PcpuSet& to = allowed.empty() ? plan.topology.all() : allowed;
    world->change([&](RunChanges& changes) { changes.set_allowed(vcpu, to); });
  });
  Actors actors([&] { world->cut_off(RunEnd::Stuck); });
  ScenarioCast cast(plan, {.sink = &sink, .clock = &world->clock(), .actors = &actors}, out.seed);
  if (auto error = cast.assemble(console, out.seed)) return error;
  const Duration zero = world->clock().now() - Time{};
  cast.begin(zero);
  const ReachWorld reach = [&](const auto& change) { return world->change(change); };
  cast.workload().add(std::make_unique<Timeline>(plan, cast.workload(), reach, out.changes, out.seed));
  std::deque<LiveScript> scripts;
  std::vector<VmId> script_vms;
  std::vector<VmRegions> regions;
  for (const ScenarioVm& vm : plan.scenario.vms) regions.emplace_back(plan.scenario, vm);
  std::vector<Tenant> tenants;
  for (const Workload::Role& role : cast.workload().roles()) {
    Vcpu* vcpu = cast.hart(id_at<VcpuId>(tenants.size()));
    if (!vcpu) {
      auto memory =
          WorkingSets::reserve(regions[index(role.traits.vm)].of(role.number), out.seed, tenants.size());
      if (!memory) return memory.error();
      vcpu = &scripts.emplace_back(*role.runs, world->clock(), zero, std::move(*memory));
      script_vms.push_back(role.traits.vm);
    }
    tenants.push_back({vcpu, role.traits, role.number});
  }
  out.run.report.world = "live";
  {
    const LiveAgenda agenda(cast.workload().agenda(), zero, &actors);
    const auto look = [&, began = world->clock().now()] { return RunProgress{.done = world->clock().now() - began}; };
    Stage stage{console, Progress(progress_of(watch, cast), plan.scenario.time_limit, look)};
    const Duration spent_before = host::process_cpu_time();
    run_with_io(*world, cast, stage, std::move(tenants), out);
    out.run.cpu_time = host::process_cpu_time() - spent_before;
  }
  count(plan, cast, out);
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    auto& touched = out.vms[index(script_vms[i])].lines_touched;
    touched = touched.value_or(0) + scripts[i].memory().touched();
  }
  return std::nullopt;
}

}  // namespace

Result<ScenarioRun> run_scenario(const ScenarioPlan& plan, std::uint64_t seed, const ScenarioWatch& watch) {
  auto console = Console::open(watch.console, console_names(plan.scenario));
  if (!console) return console.error();
  ScenarioRun out;
  out.seed = seed;
  out.run.topology = plan.topology;
  out.run.traced = watch.trace.scope;
  const LiveClock clock;
  const Time began = clock.now();
  const auto error = plan.scenario.world == WorldKind::Simulated ? run_simulated(plan, watch, **console, out)
                                                                 : run_live(plan, watch, **console, out);
  if (error) return *error;
  out.host_time = clock.now() - began;
  return out;
}

}  // namespace roost
