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

}  // namespace roost
