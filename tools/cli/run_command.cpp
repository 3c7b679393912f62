#include "tools/cli/run_command.hpp"

#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tools/cli/machines.hpp"
#include "tools/cli/node_distances.hpp"
#include "tools/cli/progress.hpp"
#include "tools/cli/run_io.hpp"
#include "tools/cli/run_outcome.hpp"
#include "tools/cli/say.hpp"
#include "tools/cli/simulated_run.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/host/pinning.hpp"
#include "vmm/host/topology_source.hpp"

namespace roost {
namespace {

constexpr std::size_t kTracedEvents = 1'000'000;  // per pCPU, 24 MB

Result<PcpuPlan> pcpus_of(const RunOptions& options) {
  const auto host = live_topology();
  if (!host) return host.error();
  std::optional<Topology> described;
  if (!options.topology.empty()) {
    auto topology = described_topology(options.topology);
    if (!topology) return Error{"--topology: " + topology.error().sentence};
    described = std::move(*topology);
  }
  auto plan = plan_pcpus(options.pcpus, described ? &*described : nullptr, *host);
  if (!plan) return plan;
  auto topology = with_distances(plan->topology, options.distances);
  if (!topology) return topology.error();
  plan->topology = std::move(*topology);
  return plan;
}

Result<std::unique_ptr<LiveWorld>> world_of(const RunOptions& options, const Topology& topology) {
  LiveConfig config{.topology = topology,
                    .time_limit = options.time_limit,
                    .trace_capacity = options.trace.file.empty() ? 0 : kTracedEvents,
                    .trace_scope = options.trace.scope,
                    .pin = true};
  if (options.policy == kHostPolicy) return LiveWorld::host_threads(std::move(config));
  auto policy = policy_of(options, topology);
  if (!policy) return policy.error();
  return LiveWorld::pinned(std::move(config), std::move(*policy));
}

/// Runs to the end, or until a signal, which is returned (0: none).
int run_with_io(const RunOptions& options, LiveWorld& world, Machines& machines, Console& console, RunEnd& end) {
  RunIo::Hooks hooks{.end = [&] { console.stop_waiting(), world.interrupt(); }, .input = nullptr};
  if (options.vms.size() == 1 && options.console.kind == ConsoleMode::Kind::Auto)
    hooks.input = [&](std::string_view bytes) { return machines.first().console_input(bytes); };
  const LiveClock clock;
  const Time began = clock.now();
  Progress progress({.asked = options.progress, .may = false, .label = {}}, options.time_limit,
                    [&] { return RunProgress{.done = clock.now() - began}; });
  if (progress.on()) hooks.tick = [&] { progress.show(); };
  RunIo io(std::move(hooks));
  end = world.run(machines.vms(), machines.tenants());
  console.finish();
  return io.signal();
}

}  // namespace

Result<int> run_command(const RunOptions& options) {
  if (options.simulated) return simulated_run(options);
  std::signal(SIGPIPE, SIG_IGN);  // a closed output is an error of write(), not our end
  const auto plan = pcpus_of(options);
  if (!plan) return plan.error();
  if (const auto error = refuse_outputs(options.trace, options.json, plan->topology.pcpu_count())) return *error;
  auto world = world_of(options, plan->topology);
  if (!world) return world.error();
  std::vector<std::string> names;
  for (const VmSpec& vm : options.vms) names.push_back(vm.name);
  auto console = Console::open(options.console, std::move(names));
  if (!console) return console.error();
  Machines machines;
  const MachineWires wires{&(*world)->clock(), &(*world)->wake_sink()};
  if (const auto error = machines.assemble(options, wires, plan->topology, **console)) return *error;
  if (!options.quiet)
    for (const std::string& note : plan->notes) say(stderr, fmt::format("roost: note: {}\n", note));

  FinishedRun run;
  const Duration spent_before = host::process_cpu_time();
  const int signal = run_with_io(options, **world, machines, **console, run.end);
  run.cpu_time = host::process_cpu_time() - spent_before;
  run.report = (*world)->report();
  machines.fill(run.report);
  run.topology = plan->topology;
  run.traced = options.trace.scope;
  run.events = (*world)->events();
  run.events_lost = (*world)->events_lost();
  return conclude(options, run, signal);
}

}  // namespace roost
