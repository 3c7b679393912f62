// The room: all guests' harts of a simulated run: one clock for their machines, one model of caches.
// Not here: one hart (quantum_vcpu), the caches (vmm/caches), assembling machines.
#pragma once

#include <deque>
#include <optional>

#include "vmm/executor/quantum_vcpu.hpp"
#include "vmm/executor/run_report.hpp"
#include "vmm/executor/simulated_world.hpp"

namespace roost {

class QuantumHarts {
 public:
  /// For machines that run in `world`, by its costs: guest.caches says whether caches are modelled.
  QuantumHarts(const SimulatedWorld& world, Duration quantum);

  const Clock& clock() const { return clock_; }
  /// The hart as the world runs it, which knows it by these ids.
  SteppedVcpu& add(Vcpu& hart, VcpuId vcpu, VmId vm);
  /// What the harts know beside the world. Checks that directory and caches agree.
  void fill(RunReport& report);

 private:
  const SimulatedWorld& world_;
  QuantumPace pace_;
  QuantumClock clock_;
  std::optional<GuestCaches> caches_;
  std::deque<QuantumVcpu> harts_;
};

}  // namespace roost
