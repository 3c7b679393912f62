#include "tools/cli/simulated_run.hpp"

#include <algorithm>
#include <csignal>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "tools/cli/machines.hpp"
#include "tools/cli/node_distances.hpp"
#include "tools/cli/progress.hpp"
#include "tools/cli/run_io.hpp"
#include "tools/cli/run_outcome.hpp"
#include "vmm/executor/quantum_harts.hpp"
#include "vmm/executor/simulated_world.hpp"
#include "vmm/host/topology_source.hpp"

namespace roost {
namespace {

constexpr std::size_t kTracedEvents = 16'000'000;  // 384 MB, if there are so many

Result<Topology> whole_or_part(const RunOptions& options) {
  auto topology = options.world.empty() ? live_topology() : described_topology(options.world);
  if (!topology) return Error{"--world: " + topology.error().sentence};
  if (!options.pcpus.count) return topology;
  if (*options.pcpus.count > topology->pcpu_count())
    return Error{fmt::format("--pcpus {} asks for more than the {} pCPUs of the simulated host", *options.pcpus.count,
                             topology->pcpu_count())};
  std::vector<PcpuId> first;
  for (std::size_t i = 0; i < *options.pcpus.count; ++i) first.push_back(id_at<PcpuId>(i));
  return part_of(*topology, first);
}

Result<Topology> simulated_topology(const RunOptions& options) {
  auto topology = whole_or_part(options);
  return topology ? with_distances(*topology, options.distances) : topology;
}

Result<std::unique_ptr<SimulatedWorld>> world_of(const RunOptions& options, const Topology& topology) {
  auto policy = policy_of(options, topology);
  if (!policy) return policy.error();
  SimulatedConfig config{.topology = topology,
                         .costs = options.costs,
                         .time_limit = options.time_limit,
                         .tie_seed = options.tie_seed,
                         .trace_capacity = options.trace.file.empty() ? 0 : kTracedEvents,
                         .trace_scope = options.trace.scope};
  return std::make_unique<SimulatedWorld>(std::move(config), std::move(*policy));
}

}  // namespace

Result<int> simulated_run(const RunOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed output is an error of write(), not our end
  const auto topology = simulated_topology(options);
  if (!topology) return topology.error();
  if (const auto error = refuse_outputs(options.trace, options.json, topology->pcpu_count())) return *error;
  auto made = world_of(options, *topology);
  if (!made) return made.error();
  SimulatedWorld& world = **made;
  std::vector<std::string> names;
  for (const VmSpec& vm : options.vms) names.push_back(vm.name);
  auto console = Console::open(options.console, std::move(names));
  if (!console) return console.error();
  QuantumHarts harts(world, options.quantum);
  Machines machines;
  const MachineWires wires{&harts.clock(), &world.sink()};
  if (const auto error = machines.assemble(options, wires, *topology, **console)) return *error;
  std::vector<SteppedTenant> tenants;
  for (const Tenant& tenant : machines.tenants())
    tenants.push_back({&harts.add(*tenant.vcpu, id_at<VcpuId>(tenants.size()), tenant.traits.vm), tenant.traits,
                       tenant.number});

  FinishedRun run;
  Progress progress({.asked = options.progress, .may = false, .label = {}}, options.time_limit, [&] {
    return RunProgress{.done = world.progress() - Time{}, .events = world.events_so_far()};
  });
  RunIo::Hooks hooks{.end = [&] { (*console)->stop_waiting(), world.interrupt(); }, .input = nullptr};
  if (progress.on()) hooks.tick = [&] { progress.show(); };
  RunIo io(std::move(hooks));
  run.end = world.run(machines.vms(), std::move(tenants));
  (*console)->finish();
  run.report = world.report();
  harts.fill(run.report);
  machines.fill(run.report);
  run.topology = *topology;
  run.traced = options.trace.scope;
  run.events = world.events();
  run.events_lost = world.events_lost();
  return conclude(options, run, io.signal());
}

}  // namespace roost
