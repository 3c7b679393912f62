#include "vmm/executor/quantum_harts.hpp"

#include "vmm/executor/memory_figures.hpp"

namespace roost {

QuantumHarts::QuantumHarts(const SimulatedWorld& world, Duration quantum)
    : world_(world),
      pace_{quantum, world.config().costs.figure(Cost::Instruction)},
      clock_(world.clock()) {
  const SimulatedConfig& config = world.config();
  if (config.costs.figure(Cost::GuestCaches) != 0) caches_.emplace(config.topology, guest_cache_figures(config.costs));
}

SteppedVcpu& QuantumHarts::add(Vcpu& hart, VcpuId vcpu, VmId vm) {
  QuantumCaches caches;
  if (caches_) caches = {&*caches_, [this] { return world_.acting(); }, vcpu, vm};
  return harts_.emplace_back(hart, clock_, pace_, std::move(caches));
}

void QuantumHarts::fill(RunReport& report) {
  if (harts_.empty()) return;
  report.simulation.quantum = pace_.quantum;
  if (!caches_) return;
  report.simulation.guest_caches = true;
  caches_->check_at_rest();
  for (VcpuId v{0}; v < report.vcpus.end_id(); v = id_at<VcpuId>(index(v) + 1)) {
    VcpuReport& vcpu = report.vcpus[v];
    vcpu.caches = caches_->of(v);
    vcpu.reload += Duration{vcpu.caches.reload_ps / 1000};
    vcpu.remote_memory += Duration{vcpu.caches.far_ps / 1000};
  }
  for (PcpuId p{0}; p < report.pcpus.end_id(); p = id_at<PcpuId>(index(p) + 1)) report.pcpus[p].caches = caches_->of(p);
}

}  // namespace roost
