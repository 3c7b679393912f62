// The room: what the dispatcher tells a placement that asks about the vCPU which it places.
// Not here: what placements make of it.
// Invariants: what is read of others' records are hints: they may change meanwhile. Nothing is found out before it is
//   asked.
#pragma once

#include "sched/placement/placer.hpp"
#include "vmm/executor/dispatcher.hpp"

namespace roost {

class DispatcherSurroundings final : public Surroundings {
 public:
  /// `vcpu`'s record is the caller's.
  DispatcherSurroundings(const Dispatcher& dispatcher, VcpuId vcpu) : dispatcher_(dispatcher), vcpu_(vcpu) {}

  std::uint64_t siblings(std::size_t w) const override;
  Waker waker() const override;
  Duration ran() const override;
  const PcpuSet* preferred() const override;
  std::optional<std::uint64_t> free_memory(NodeId node) const override;

 private:
  const Dispatcher& dispatcher_;
  VcpuId vcpu_;
};

}  // namespace roost
