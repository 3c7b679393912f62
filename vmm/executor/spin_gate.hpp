// The room: who of each VM gave way because it spun, and whom its spinners chose last.
// Not here: the rules (sched/gate/pause), giving way (dispatcher_spin.cpp).
// Invariants: all of it is a hint: relaxed atomics, which publish nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "sched/gate/pause.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class SpinGate {
 public:
  SpinGate(std::size_t vcpus, std::size_t vms) : spins_(vcpus), chosen_last_(vms) {}

  // ---- the owner of the vCPU's record ----
  void gives_way(VcpuId vcpu) { spins_[vcpu].store(Spin::Passed, std::memory_order_relaxed); }
  /// It runs again.
  void goes_on(VcpuId vcpu) { spins_[vcpu].store(Spin::None, std::memory_order_relaxed); }

  // ---- any thread ----
  /// One of `siblings`, the vCPUs of `vm`, that waits and may hold what `self` spins for; kNoVcpu: nobody.
  template <typename Waits>
  VcpuId choose(VmId vm, std::span<const VcpuId> siblings, VcpuId self, Waits waits) {
    const auto may_be = [&](VcpuId vcpu) { return waits(vcpu) && is_eligible(vcpu); };
    const auto place = next_to_boost(siblings, chosen_last_[vm].load(std::memory_order_relaxed), self, may_be);
    if (!place) return kNoVcpu;
    chosen_last_[vm].store(static_cast<std::uint32_t>(*place), std::memory_order_relaxed);
    return siblings[*place];
  }

 private:
  enum class Spin : std::uint8_t { None, Passed, Eligible };  // it spun: not now, but when next looked at

  bool is_eligible(VcpuId vcpu) {
    std::atomic<Spin>& spin = spins_[vcpu];
    const Spin was = spin.load(std::memory_order_relaxed);
    if (was != Spin::None) spin.store(was == Spin::Passed ? Spin::Eligible : Spin::Passed, std::memory_order_relaxed);
    return was != Spin::Passed;
  }

  IdVector<VcpuId, std::atomic<Spin>> spins_;
  IdVector<VmId, std::atomic<std::uint32_t>> chosen_last_;
};

}  // namespace roost
