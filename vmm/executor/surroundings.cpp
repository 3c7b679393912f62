#include "vmm/executor/surroundings.hpp"

namespace roost {

std::uint64_t DispatcherSurroundings::siblings(std::size_t w) const {
  const auto& records = dispatcher_.vcpus_;
  std::uint64_t word = 0;
  for (const VcpuId other : dispatcher_.vms_[records[vcpu_].traits.vm]) {
    if (other == vcpu_) continue;
    const VcpuRecord& record = records[other];
    const VcpuState state = record.state.load(std::memory_order_relaxed);
    if (state != VcpuState::Running && state != VcpuState::Queued) continue;
    const PcpuId where = record.where.load(std::memory_order_relaxed);
    word |= state == VcpuState::Queued ? dispatcher_.loads_.sharing(where, w) : bit_in(where, w);
  }
  return word;
}

/// Inside the dispatcher a pCPU wakes for a timer, or whom it has just blocked.
Surroundings::Waker DispatcherSurroundings::waker() const {
  const PcpuId self = dispatcher_.world_.self();
  if (self == kNoPcpu) return {};
  const PcpuRecord& pcpu = dispatcher_.pcpus_[self];
  if (pcpu.deciding || pcpu.current == kNoVcpu) return {};
  return {.vcpu = pcpu.current, .weight = dispatcher_.vcpus_[pcpu.current].traits.weight,
          .blocks = pcpu.waker_blocks};
}

Duration DispatcherSurroundings::ran() const { return dispatcher_.vcpus_[vcpu_].account.run(); }

const PcpuSet* DispatcherSurroundings::preferred() const { return dispatcher_.preferred_by(vcpu_); }

std::optional<std::uint64_t> DispatcherSurroundings::free_memory(NodeId node) const {
  return dispatcher_.world_.free_memory(node);
}

}  // namespace roost
