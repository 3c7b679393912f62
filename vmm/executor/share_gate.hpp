// The room: how many vCPUs of each VM run or wait, and what the weights of all come to.
// Not here: the rule (sched/gate/shares), giving a vCPU its new weight (dispatcher_gates.cpp).
// Invariants: sums are exact once nobody is in the dispatcher; meanwhile they are hints: relaxed atomics. What is kept
//   of a vCPU belongs to the owner of its record.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "sched/gate/shares.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"

namespace roost {

class ShareGate {
 public:
  ShareGate(std::span<const VcpuTraits> vcpus, std::size_t vms, std::size_t pcpus) : vms_(vms), pcpus_(pcpus) {
    for (const VcpuTraits& of : vcpus) of_.push_back({of.vm, of.weight, false});
  }

  // ---- the owner of the vCPU's record ----
  /// Its VM's weight, as the user gave it.
  Weight whole(VcpuId vcpu) const { return of_[vcpu].whole; }
  void set_whole(VcpuId vcpu, Weight weight) { of_[vcpu].whole = weight; }
  void set_active(VcpuId vcpu, bool active) {
    Member& member = of_[vcpu];
    if (member.active == active) return;
    member.active = active;
    const std::int64_t more = active ? 1 : -1;
    Vm& vm = vms_[member.vm];
    vcpus_.fetch_add(more, std::memory_order_relaxed);
    const std::int64_t left = vm.active.fetch_add(more, std::memory_order_relaxed) + more;
    count(vm, left > 0 ? value(member.whole) : 0);
  }
  /// What it weighs now; it is active.
  Weight part(VcpuId vcpu) {
    const Member& member = of_[vcpu];
    Vm& vm = vms_[member.vm];
    count(vm, value(member.whole));
    const std::int64_t active = vm.active.load(std::memory_order_relaxed);
    const ActiveVms others{.vcpus = vcpus_.load(std::memory_order_relaxed) - active,
                           .weight = weight_.load(std::memory_order_relaxed) - value(member.whole)};
    return part_of(member.whole, active, others, static_cast<std::int64_t>(pcpus_.load(std::memory_order_relaxed)));
  }

  // ---- any thread ----
  void set_pcpus(std::size_t pcpus) { pcpus_.store(pcpus, std::memory_order_relaxed); }

 private:
  struct Member {
    VmId vm;
    Weight whole;
    bool active;
  };
  struct alignas(64) Vm {
    std::atomic<std::int64_t> active{0}, counted{0};  // vCPUs; the weight of it in weight_
  };
  void count(Vm& vm, std::int64_t weight) {
    if (vm.counted.load(std::memory_order_relaxed) == weight) return;
    weight_.fetch_add(weight - vm.counted.exchange(weight, std::memory_order_relaxed), std::memory_order_relaxed);
  }

  IdVector<VcpuId, Member> of_;
  IdVector<VmId, Vm> vms_;
  std::atomic<std::size_t> pcpus_;
  std::atomic<std::int64_t> vcpus_{0}, weight_{0};  // of all VMs: active vCPUs; the weights of those that have some
};

}  // namespace roost
