// The room: how many vCPUs of each VM run or wait in each pool, and what the weights of all come to there.
// Not here: the rule (sched/gate/shares), giving a vCPU its new weight (dispatcher_gates.cpp).
// Invariants: sums are hints: relaxed atomics. The numbers of active vCPUs are exact once nobody is in the dispatcher;
//   the weight of a VM that two threads count at once may be wrong until a vCPU of it next takes its part. What is kept
//   of a vCPU belongs to the owner of its record.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <span>

#include "sched/gate/shares.hpp"
#include "sched/topology/pools.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"

namespace roost {

class ShareGate {
 public:
  ShareGate(std::span<const VcpuTraits> vcpus, std::size_t vms, const Pools& pools, const PcpuSet& online) {
    for (const VcpuTraits& of : vcpus)
      of_.push_back({.vm = of.vm, .pool = pools.of(of.allowed), .whole = of.weight, .active = false});
    for (std::size_t p = 0; p < pools.size(); ++p) pools_.emplace_back(vms);
    set_online(pools, online);
  }

  // ---- the owner of the vCPU's record ----
  /// Its VM's weight, as the user gave it.
  Weight whole(VcpuId vcpu) const { return of_[vcpu].whole; }
  /// Its VM has that weight from now on, and it belongs to that pool.
  void change(VcpuId vcpu, Weight whole, PoolId pool) {
    Member& member = of_[vcpu];
    const bool active = member.active;
    if (pool != member.pool) set_active(vcpu, false);
    member.whole = whole;
    member.pool = pool;
    set_active(vcpu, active);
  }
  void set_active(VcpuId vcpu, bool active) {
    Member& member = of_[vcpu];
    if (member.active == active) return;
    member.active = active;
    const std::int64_t more = active ? 1 : -1;
    Pool& pool = pools_[index(member.pool)];
    Vm& vm = pool.vms[member.vm];
    pool.vcpus.fetch_add(more, std::memory_order_relaxed);
    const std::int64_t left = vm.active.fetch_add(more, std::memory_order_relaxed) + more;
    pool.count(vm, left > 0 ? value(member.whole) : 0);
  }
  /// What it weighs now; it is active.
  Weight part(VcpuId vcpu) {
    const Member& member = of_[vcpu];
    Pool& pool = pools_[index(member.pool)];
    Vm& vm = pool.vms[member.vm];
    pool.count(vm, value(member.whole));
    const std::int64_t active = vm.active.load(std::memory_order_relaxed);
    const ActiveVms others{.vcpus = pool.vcpus.load(std::memory_order_relaxed) - active,
                           .weight = pool.weight.load(std::memory_order_relaxed) - value(member.whole)};
    return part_of(member.whole, active, others, pool.pcpus.load(std::memory_order_relaxed));
  }

  // ---- any thread ----
  void set_online(const Pools& pools, const PcpuSet& online) {
    std::size_t pool = 0;
    pools.for_each([&](const PcpuSet& pcpus) {
      pools_[pool++].pcpus.store(static_cast<std::int64_t>((pcpus & online).count()), std::memory_order_relaxed);
    });
  }

 private:
  struct Member {
    VmId vm;
    PoolId pool;
    Weight whole;
    bool active;
  };
  struct alignas(64) Vm {
    std::atomic<std::int64_t> active{0}, counted{0};  // vCPUs; the weight of it in Pool::weight
  };
  struct Pool {
    explicit Pool(std::size_t count_of_vms) : vms(count_of_vms) {}
    void count(Vm& vm, std::int64_t whole) {
      if (vm.counted.load(std::memory_order_relaxed) == whole) return;
      weight.fetch_add(whole - vm.counted.exchange(whole, std::memory_order_relaxed), std::memory_order_relaxed);
    }
    IdVector<VmId, Vm> vms;
    std::atomic<std::int64_t> pcpus{0}, vcpus{0}, weight{0};  // online; active; of the VMs that have active ones
  };

  IdVector<VcpuId, Member> of_;
  std::deque<Pool> pools_;
};

}  // namespace roost
