#include "tools/cli/machines.hpp"

#include <utility>

#include <fmt/format.h>

#include "tools/cli/guest_source.hpp"

namespace roost {
namespace {

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

}  // namespace

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

std::optional<Error> Machines::assemble(const RunOptions& options, const MachineWires& wires, const Topology& topology,
                                        Console& console) {
  for (std::size_t i = 0; i < options.vms.size(); ++i) {
    auto config = machine_config(options.vms[i], options.seed);
    if (!config) return config.error();
    config->clock = wires.clock;
    config->wake_sink = wires.wake_sink;
    config->console_out = console.receiver(i);
    if (auto error = add(options.vms[i], std::move(*config), topology)) return error;
  }
  return std::nullopt;
}

std::optional<Error> Machines::add(const VmSpec& vm, MachineConfig config, const Topology& topology) {
  auto allowed = allowed_pcpus(vm, topology);
  if (!allowed) return allowed.error();
  config.first_vcpu = id_at<VcpuId>(tenants_.size());
  auto machine = Machine::assemble(std::move(config));
  if (!machine) return machine.error();
  const VmId id = id_at<VmId>(vms_.size());
  std::uint32_t number = 0;
  for (Vcpu* vcpu : (*machine)->vcpus())
    tenants_.push_back(
        {.vcpu = vcpu, .traits = {.vm = id, .weight = vm.weight, .allowed = *allowed}, .number = number++});
  vms_.push_back({.name = vm.name, .guest = vm.guest});
  machines_.push_back(std::move(*machine));
  return std::nullopt;
}

void Machines::fill(RunReport& report) const {
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    VmReport& vm = report.vms[id_at<VmId>(i)];
    vm.ended = machines_[i]->stopped();
    vm.exit_code = machines_[i]->exit_code();
  }
}

}  // namespace roost
