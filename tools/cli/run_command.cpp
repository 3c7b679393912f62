#include "tools/cli/run_command.hpp"

#include <csignal>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "sched/policy/catalog.hpp"
#include "tools/cli/guest_source.hpp"
#include "tools/cli/run_io.hpp"
#include "tools/cli/say.hpp"
#include "tools/report/chrome_trace.hpp"
#include "tools/report/perfetto_trace.hpp"
#include "tools/report/run_json.hpp"
#include "tools/report/run_table.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/host/topology_source.hpp"
#include "vmm/machine/machine.hpp"

namespace roost {
namespace {

constexpr std::size_t kTracedEvents = 1'000'000;  // per pCPU, 24 MB
constexpr int kTimeLimitCode = 124;               // as timeout(1) has it
constexpr int kSignalCode = 128;                  // as shells have it, plus the signal

Result<PcpuPlan> pcpus_of(const RunOptions& options) {
  const auto host = live_topology();
  if (!host) return host.error();
  if (options.topology.empty()) return plan_pcpus(options.pcpus, nullptr, *host);
  const auto described = described_topology(options.topology);
  if (!described) return Error{"--topology: " + described.error().sentence};
  return plan_pcpus(options.pcpus, &*described, *host);
}

Result<std::unique_ptr<LiveWorld>> world_of(const RunOptions& options, const Topology& topology) {
  LiveConfig config{.topology = topology,
                    .time_limit = options.time_limit,
                    .trace_capacity = options.trace.empty() ? 0 : kTracedEvents,
                    .pin = true};
  if (options.policy == kHostPolicy) return LiveWorld::host_threads(std::move(config));
  std::size_t vcpus = 0;
  for (const VmSpec& vm : options.vms) vcpus += vm.vcpus;
  auto policy = make_policy(options.policy, topology, vcpus, topology.pcpu_count());
  if (!policy) return policy.error();
  return LiveWorld::pinned(std::move(config), std::move(*policy));
}

std::string boot_arguments(const VmSpec& vm, const std::optional<std::uint64_t>& seed) {
  const bool is_file = vm.guest.find_first_of("./") != std::string::npos;
  if (!seed || !(is_file || guest_has_parameter(vm.guest, "seed"))) return vm.args;
  return fmt::format("{}{}seed={}", vm.args, vm.args.empty() ? "" : " ", *seed);
}

Result<PcpuSet> allowed_pcpus(const VmSpec& vm, const Topology& topology) {
  if (vm.affinity.empty()) return topology.all();
  PcpuSet allowed;
  for (const std::uint32_t pcpu : vm.affinity) {
    if (pcpu >= topology.pcpu_count())
      return Error{fmt::format("{}: affinity names pCPU {}, and this run has 0 to {}", vm.name, pcpu,
                               topology.pcpu_count() - 1)};
    allowed.insert(PcpuId{pcpu});
  }
  return allowed;
}

/// The machines of a run, and their vCPUs as a world wants them.
class Machines {
 public:
  std::optional<Error> add(const VmSpec& vm, MachineConfig config, const Topology& topology) {
    auto allowed = allowed_pcpus(vm, topology);
    if (!allowed) return allowed.error();
    config.first_vcpu = id_at<VcpuId>(tenants_.size());
    auto machine = Machine::assemble(std::move(config));
    if (!machine) return machine.error();
    const VmId id = id_at<VmId>(vms_.size());
    for (Vcpu* vcpu : (*machine)->vcpus())
      tenants_.push_back({.vcpu = vcpu,
                          .traits = {.vm = id, .weight = vm.weight, .allowed = *allowed},
                          .number = static_cast<std::uint32_t>(tenants_.size() - index(first_of(id)))});
    vms_.push_back({.name = vm.name, .guest = vm.guest});
    machines_.push_back(std::move(*machine));
    return std::nullopt;
  }

  const std::vector<TenantVm>& vms() const { return vms_; }
  const std::vector<Tenant>& tenants() const { return tenants_; }
  Machine& first() { return *machines_.front(); }

  /// What only the machines know: how their guests ended.
  void fill(RunReport& report) const {
    for (std::size_t i = 0; i < machines_.size(); ++i) {
      VmReport& vm = report.vms[id_at<VmId>(i)];
      vm.ended = machines_[i]->stopped();
      vm.exit_code = machines_[i]->exit_code();
    }
  }

 private:
  VcpuId first_of(VmId vm) const {
    for (std::size_t i = 0; i < tenants_.size(); ++i)
      if (tenants_[i].traits.vm == vm) return id_at<VcpuId>(i);
    return id_at<VcpuId>(tenants_.size());
  }

  std::vector<std::unique_ptr<Machine>> machines_;
  std::vector<TenantVm> vms_;
  std::vector<Tenant> tenants_;
};

Result<MachineConfig> machine_config(const VmSpec& vm, const std::optional<std::uint64_t>& seed) {
  MachineConfig config;
  config.name = vm.name;
  config.vcpus = vm.vcpus;
  config.memory = vm.memory;
  config.args = boot_arguments(vm, seed);
  config.image_name = vm.guest;
  auto image = guest_bytes(vm.guest);
  if (!image) return image.error();
  config.image = std::move(*image);
  if (vm.firmware.empty()) return config;
  config.firmware_name = vm.firmware;
  auto firmware = read_file(vm.firmware);
  if (!firmware) return firmware.error();
  config.firmware = std::move(*firmware);
  return config;
}

std::optional<Error> assemble_all(const RunOptions& options, LiveWorld& world, const Topology& topology,
                                  Console& console, Machines& machines) {
  for (std::size_t i = 0; i < options.vms.size(); ++i) {
    auto config = machine_config(options.vms[i], options.seed);
    if (!config) return config.error();
    config->clock = &world.clock();
    config->wake_sink = &world.wake_sink();
    config->console_out = console.receiver(i);
    if (auto error = machines.add(options.vms[i], std::move(*config), topology)) return error;
  }
  return std::nullopt;
}

/// Runs to the end, or until a signal, which is returned (0: none).
int run_with_io(const RunOptions& options, LiveWorld& world, Machines& machines, Console& console, RunEnd& end) {
  RunIo::Hooks hooks{.end = [&] { console.stop_waiting(), world.interrupt(); }, .input = nullptr};
  if (options.vms.size() == 1 && options.console.kind == ConsoleMode::Kind::Auto)
    hooks.input = [&](std::string_view bytes) { return machines.first().console_input(bytes); };
  RunIo io(std::move(hooks));
  end = world.run(machines.vms(), machines.tenants());
  console.finish();
  return io.signal();
}

std::optional<Error> write_outputs(const RunOptions& options, const FinishedRun& run) {
  if (!options.json.empty())
    if (const auto written = write_file(options.json, run_json(run)); !written) return written.error();
  if (options.trace.empty()) return std::nullopt;
  const auto trace = options.trace.ends_with(".json") ? Result<std::string>(chrome_trace(run)) : perfetto_trace(run);
  if (!trace) return trace.error();
  if (const auto written = write_file(options.trace, *trace); !written) return written.error();
  if (run.events_lost > 0)
    say(stderr, fmt::format("roost: the trace holds the first {} events; {} later ones are not in it\n",
                            run.events.size(), run.events_lost));
  return std::nullopt;
}

int exit_code_of(const FinishedRun& run, int signal) {
  if (run.end == RunEnd::Interrupted) return kSignalCode + (signal != 0 ? signal : SIGINT);
  if (run.end == RunEnd::TimeLimit) return kTimeLimitCode;
  for (const VmReport& vm : run.report.vms)
    if (vm.exit_code != 0) return (vm.exit_code & 0xff) != 0 ? vm.exit_code & 0xff : 1;
  return 0;
}

}  // namespace

Result<int> run_command(const RunOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed output is an error of write(), not our end
  const auto plan = pcpus_of(options);
  if (!plan) return plan.error();
  auto world = world_of(options, plan->topology);
  if (!world) return world.error();
  std::vector<std::string> names;
  for (const VmSpec& vm : options.vms) names.push_back(vm.name);
  auto console = Console::open(options.console, std::move(names));
  if (!console) return console.error();
  Machines machines;
  if (const auto error = assemble_all(options, **world, plan->topology, **console, machines)) return *error;
  if (!options.quiet)
    for (const std::string& note : plan->notes) say(stderr, fmt::format("roost: note: {}\n", note));

  FinishedRun run;
  const int signal = run_with_io(options, **world, machines, **console, run.end);
  run.report = (*world)->report();
  machines.fill(run.report);
  run.topology = plan->topology;
  run.events = (*world)->events();
  run.events_lost = (*world)->events_lost();
  if (!options.quiet) say(stderr, "\n" + run_table(run));
  if (const auto error = write_outputs(options, run)) return *error;
  return exit_code_of(run, signal);
}

}  // namespace roost
