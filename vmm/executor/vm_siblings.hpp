// The room: where the other vCPUs of a VM are, for placements that keep them apart.
// Invariants: what is read are hints: records that belong to others may change meanwhile.
#pragma once

#include <span>

#include "sched/placement/placer.hpp"
#include "sched/topology/granularity.hpp"
#include "vmm/executor/vcpu_record.hpp"

namespace roost {

class VmSiblings final : public Siblings {
 public:
  /// `vm`: all vCPUs of the VM, `self` among them.
  VmSiblings(const IdVector<VcpuId, VcpuRecord>& records, std::span<const VcpuId> vm, VcpuId self,
             const RunqueueMap& runqueues)
      : records_(records), vm_(vm), self_(self), runqueues_(runqueues) {}

  std::uint64_t word(std::size_t w) const override {
    std::uint64_t word = 0;
    for (const VcpuId other : vm_) {
      if (other == self_) continue;
      const VcpuRecord& record = records_[other];
      const VcpuState state = record.state.load(std::memory_order_relaxed);
      if (state != VcpuState::Running && state != VcpuState::Queued) continue;
      const PcpuId where = record.where.load(std::memory_order_relaxed);
      word |= state == VcpuState::Queued ? runqueues_.sharing(where, w) : bit_in(where, w);
    }
    return word;
  }

 private:
  const IdVector<VcpuId, VcpuRecord>& records_;
  std::span<const VcpuId> vm_;
  VcpuId self_;
  const RunqueueMap& runqueues_;
};

}  // namespace roost
