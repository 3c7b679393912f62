// The room: everyone who plays in a scenario: scripted vCPUs, and guests' harts beside them, in the order of the VMs.
// Not here: the worlds that run them (scenario_run).
// Invariants: vCPU ids are dense; a VM is all scripted or all a guest.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "tools/cli/console.hpp"
#include "tools/cli/machines.hpp"
#include "tools/cli/scenario_plan.hpp"
#include "vmm/workload/acting_vcpu.hpp"
#include "vmm/workload/late_vcpu.hpp"
#include "vmm/workload/workload.hpp"

namespace roost {

/// What the cast reaches of the world around it.
struct CastWires {
  StepSink* sink = nullptr;
  const Clock* clock = nullptr;  // what guests read
  Actors* actors = nullptr;      // counts who may act; null: nobody
};

class ScenarioCast {
 public:
  /// `plan` outlives it. The machines are assembled by assemble().
  ScenarioCast(const ScenarioPlan& plan, const CastWires& wires, std::uint64_t seed);
  std::optional<Error> assemble(Console& console, std::uint64_t seed);
  /// Once, after assemble(): `zero` is when scripts begin, by the guests' clock.
  void begin(Duration zero);

  Workload& workload() { return workload_; }
  const Workload& workload() const { return workload_; }
  std::vector<TenantVm> vms() const;
  /// The hart that has this id, or null: it is scripted.
  Vcpu* hart(VcpuId vcpu) const { return harts_[vcpu]; }
  /// Takes console input: the machine that is on, of the only VM with a guest. Nothing if there is not exactly one.
  Machine* only_machine() const;
  bool has_guests() const;
  /// What only the machines know: how their guests ended.
  void fill(RunReport& report, RunEnd end) const;

 private:
  struct Making {
    Console& console;
    std::size_t line;  // of the console
    std::uint64_t seed;
  };
  std::optional<Error> add(VmId id, const Life& life, const Making& how);

  const ScenarioPlan& plan_;
  CastWires wires_;
  Workload workload_;
  IdVector<VmId, std::vector<std::unique_ptr<Machine>>> machines_;  // one for each life; none: scripted
  std::deque<LateVcpu> late_;
  std::deque<ActingVcpu> acting_;
  IdVector<VcpuId, Vcpu*> harts_;
};

/// The names of the VMs that have a console, in order.
std::vector<std::string> console_names(const Scenario& scenario);

}  // namespace roost
