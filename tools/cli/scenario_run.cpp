#include "tools/cli/scenario_run.hpp"

#include "tools/cli/run_io.hpp"
#include "vmm/executor/live_clock.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/executor/simulated_world.hpp"
#include "vmm/workload/live_agenda.hpp"
#include "vmm/workload/live_script.hpp"

namespace roost {
namespace {

constexpr std::size_t kTracedSimulated = 20'000'000, kTracedLive = 1'000'000;  // events, 24 bytes each; live per pCPU

std::vector<TenantVm> vms_of(const Scenario& scenario) {
  std::vector<TenantVm> vms;
  for (const ScenarioVm& vm : scenario.vms) {
    std::string scripts;
    for (const std::uint32_t script : vm.scripts)
      scripts += (scripts.empty() ? "" : ",") + scenario.scripts[script].name;
    vms.push_back({vm.name, scripts});
  }
  return vms;
}

void add(ScriptCounts& sum, const ScriptCounts& more) {
  sum.rounds += more.rounds, sum.waits += more.waits, sum.locks += more.locks, sum.jobs += more.jobs;
  sum.late += more.late, sum.interrupts += more.interrupts;
  sum.forks += more.forks, sum.forks_refused += more.forks_refused;
}

void count(const ScenarioPlan& plan, const Workload& workload, ScenarioRun& out) {
  for (const ScenarioVm& vm : plan.scenario.vms) out.vms.push_back({.name = vm.name, .all = {}});
  for (const Workload::Role& role : workload.roles()) {
    VmCounts& vm = out.vms[index(role.traits.vm)];
    add(vm.all, role.vcpu->counts());
    vm.work += role.vcpu->done();
  }
  for (const auto& [vm, object] : workload.objects())
    out.objects.push_back({.vm = object->spec().shared ? "" : out.vms[vm].name, .name = object->spec().name,
                           .kind = object->spec().kind, .grants = object->grants(), .queued = object->queued(),
                           .waiting = object->waiting(), .sojourn = object->sojourn()});
  for (std::size_t i = 0; i < out.vms.size(); ++i) {
    VmReport& vm = out.run.report.vms[id_at<VmId>(i)];
    vm.ended = out.run.end == RunEnd::AllStopped;
  }
}

/// Acts whenever it is due, and then waits for the next time.
void follow(SimulatedWorld& world, Agenda& agenda) {
  if (agenda.next() == kNever) return;
  world.at(agenda.next(), [&] {
    agenda.act();
    follow(world, agenda);
  });
}

void run_simulated(const ScenarioPlan& plan, bool trace, ScenarioRun& out) {
  SimulatedWorld world({.topology = plan.topology,
                        .costs = plan.costs,
                        .time_limit = plan.scenario.time_limit,
                        .tie_seed = plan.scenario.tie_seed,
                        .trace_capacity = trace ? kTracedSimulated : 0},
                       plan.make());
  const Workload workload(plan.scenario, plan.topology.all(), world.sink(), out.seed);
  for (const auto& agenda : workload.agenda()) follow(world, *agenda);
  std::vector<SteppedTenant> tenants;
  for (const Workload::Role& role : workload.roles()) tenants.push_back({role.vcpu, role.traits, role.number});
  {
    const RunIo io({.end = [&] { world.interrupt(); }, .input = nullptr});
    out.run.end = world.run(vms_of(plan.scenario), std::move(tenants));
    out.signal = io.signal();
  }
  out.run.report = world.report();
  out.run.events = world.events();
  out.run.events_lost = world.events_lost();
  out.events_handled = world.events_handled();
  count(plan, workload, out);
}

void run_live(const ScenarioPlan& plan, bool trace, ScenarioRun& out) {
  LiveConfig config{.topology = plan.topology, .time_limit = plan.scenario.time_limit,
                    .trace_capacity = trace ? kTracedLive : 0};
  const auto world = plan.policy == kHostPolicy ? LiveWorld::host_threads(std::move(config))
                                                : LiveWorld::pinned(std::move(config), plan.make());
  LiveSink sink(world->wake_sink());
  const Workload workload(plan.scenario, plan.topology.all(), sink, out.seed);
  const Duration zero = world->clock().now() - Time{};
  std::deque<LiveScript> scripts;
  std::vector<Tenant> tenants;
  for (const Workload::Role& role : workload.roles())
    tenants.push_back({&scripts.emplace_back(*role.vcpu, world->clock(), zero), role.traits, role.number});
  {
    RunIo io({.end = [&] { world->interrupt(); }, .input = nullptr});
    const LiveAgenda agenda(workload.agenda(), zero);
    out.run.end = world->run(vms_of(plan.scenario), std::move(tenants));
    out.signal = io.signal();
  }
  out.run.report = world->report();
  out.run.events = world->events();
  out.run.events_lost = world->events_lost();
  count(plan, workload, out);
}

}  // namespace

ScenarioRun run_scenario(const ScenarioPlan& plan, std::uint64_t seed, bool trace) {
  ScenarioRun out;
  out.seed = seed;
  out.run.topology = plan.topology;
  const LiveClock clock;
  const Time began = clock.now();
  if (plan.scenario.world == WorldKind::Simulated)
    run_simulated(plan, trace, out);
  else
    run_live(plan, trace, out);
  out.host_time = clock.now() - began;
  return out;
}

}  // namespace roost
