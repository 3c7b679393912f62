// The room: the machines of a run, from their specs, and their vCPUs as a world wants them.
// Not here: the world that runs them (run_command, simulated_run).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tools/cli/run_options.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/machine/machine.hpp"

namespace roost {

/// What machines reach of the world around them; Machines' user adds each machine's console.
struct MachineWires {
  const Clock* clock = nullptr;
  WakeSink* wake_sink = nullptr;
};

/// The machine of a VM's spec, with its files read; wires and console are still to be put in. `seed`: told to guests
/// that take one.
Result<MachineConfig> machine_config(const VmSpec& vm, const std::optional<std::uint64_t>& seed);

class Machines {
 public:
  /// Assembles every VM of `options`; vCPU ids are dense, in the order of the VMs.
  std::optional<Error> assemble(const RunOptions& options, const MachineWires& wires, const Topology& topology,
                                Console& console);

  const std::vector<TenantVm>& vms() const { return vms_; }
  const std::vector<Tenant>& tenants() const { return tenants_; }
  Machine& first() { return *machines_.front(); }
  /// What only the machines know: how their guests ended.
  void fill(RunReport& report) const;

 private:
  std::optional<Error> add(const VmSpec& vm, MachineConfig config, const Topology& topology);

  std::vector<std::unique_ptr<Machine>> machines_;
  std::vector<TenantVm> vms_;
  std::vector<Tenant> tenants_;
};

}  // namespace roost
