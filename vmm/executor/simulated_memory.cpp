// Caches and memory in the simulated world: a stretch of work begins by waiting for what it finds cold or far away.
// Progress is as good as none while it waits; whoever cuts that short finds as much fetched as the time allowed.

#include "vmm/executor/memory_figures.hpp"
#include "vmm/executor/simulated_world.hpp"

namespace roost {

Duration SimulatedWorld::enter_memory(PcpuId id, const Step& step) {
  if (memory_ == nullptr) {
    MemoryFigures figures = memory_figures(config_.costs);
    if (figures.sampling_period == Duration{0}) figures.sampling_period = dispatcher_->numa_scan();
    memory_ = std::make_unique<MemoryModel>(config_.topology, cache_figures(config_.costs), figures,
                                            residents_.size());
    stretches_ = IdVector<PcpuId, Stretch>(pcpus_.size());
  }
  Pcpu& pcpu = pcpus_[id];
  pcpu.in_memory = true;
  stretches_[id] = {pcpu.vcpu, local_};
  return memory_->begin({pcpu.vcpu, residents_[index(pcpu.vcpu)].of, id, step.memory, step.work});
}

void SimulatedWorld::leave_memory(PcpuId id, Time at) {
  Pcpu& pcpu = pcpus_[id];
  const Stretch& stretch = stretches_[id];
  pcpu.in_memory = false;
  const bool sampled = memory_->samples(id);
  memory_->end(stretch.vcpu, id, std::max(at - stretch.began, Duration{0}), pcpu.ends_at - stretch.began);
  if (sampled && dispatcher_->policy_at(id).numa != nullptr)
    memory_->let_follow(stretch.vcpu, dispatcher_->follow_memory(id, memory_->pages().faults_of(stretch.vcpu)));
}

std::optional<std::uint64_t> SimulatedWorld::free_memory(NodeId node) const {
  const std::uint64_t all = static_cast<std::uint64_t>(config_.costs.figure(Cost::NodeMemory)) << 20;
  const std::uint64_t touched = memory_ == nullptr ? 0 : memory_->pages().pages_on(node) * PagePlacement::kPage;
  return all - std::min(all, touched);
}

void SimulatedWorld::fill_memory(RunReport& report) const {
  for (std::size_t i = 0; i < residents_.size(); ++i) {
    const MemoryCounts& counts = memory_->counts(id_at<VcpuId>(i));
    VcpuReport& vcpu = report.vcpus[id_at<VcpuId>(i)];
    vcpu.reload = counts.reload;
    vcpu.remote_memory = counts.remote;
    vcpu.sampling = counts.sampling;
    vcpu.numa_samples = memory_->pages().samples_of(id_at<VcpuId>(i)).all;
    vcpu.numa_remote = memory_->pages().samples_of(id_at<VcpuId>(i)).remote;
  }
  report.simulation.hint_faults = memory_->pages().hint_faults();
  report.simulation.pages_moved = memory_->pages().pages_moved();
}

}  // namespace roost
