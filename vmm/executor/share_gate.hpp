// The room: how many vCPUs of each VM run or wait in each pool, and what each of them weighs by that.
// Not here: the rule (sched/gate/shares), giving a vCPU its new weight (dispatcher_gates.cpp).
// Invariants: what is counted of a pool is changed under its lock, the last that anybody takes, and is exact once
//   nobody is in the dispatcher; what a vCPU reads of it are hints: relaxed atomics. What is kept of a vCPU belongs to
//   the owner of its record.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>

#include "sched/gate/shares.hpp"
#include "sched/topology/pools.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"
#include "vmm/host/spinlock.hpp"

namespace roost {

class ShareGate {
 public:
  /// Nobody is active yet.
  ShareGate(std::span<const VcpuTraits> vcpus, std::size_t vms, const Pools& pools) {
    for (const VcpuTraits& of : vcpus) of_.push_back({of.vm, of.weight, pools.of(of.allowed), false});
    for (std::size_t p = 0; p < pools.size(); ++p) pools_.emplace_back(vms, pools.members(id_at<PoolId>(p)).count());
  }

  // ---- the owner of the vCPU's record ----
  /// Its VM's weight, as the user gave it.
  Weight whole(VcpuId vcpu) const { return of_[vcpu].whole; }
  void set_whole(VcpuId vcpu, Weight weight) { of_[vcpu].whole = weight; }
  void set_active(VcpuId vcpu, bool active) {
    Member& member = of_[vcpu];
    if (member.active == active) return;
    member.active = active;
    pools_[index(member.pool)].count(member.vm, member.whole, active ? 1 : -1);
  }
  void set_pool(VcpuId vcpu, PoolId pool) {
    Member& member = of_[vcpu];
    if (member.pool == pool) return;
    const bool active = member.active;
    set_active(vcpu, false);
    member.pool = pool;
    set_active(vcpu, active);
  }
  /// What it weighs now.
  Weight part(VcpuId vcpu) {
    const Member& member = of_[vcpu];
    Pool& pool = pools_[index(member.pool)];
    const Vm& vm = pool.vms[member.vm];
    if (vm.whole.load(std::memory_order_relaxed) != member.whole) pool.count(member.vm, member.whole, 0);
    return std::min(vm.each.load(std::memory_order_relaxed), pool.most.load(std::memory_order_relaxed));
  }

  // ---- any thread ----
  /// So many are online in that pool.
  void set_pcpus(PoolId pool, std::size_t pcpus) { pools_[index(pool)].set_pcpus(pcpus); }

 private:
  struct Member {
    VmId vm;
    Weight whole;
    PoolId pool;
    bool active;
  };
  struct Vm {  // as far as it is in a pool
    std::int64_t active = 0;  // vCPUs
    std::atomic<Weight> whole{Weight{0}}, each{kMaxWeight};  // of each, if it can use that
  };
  struct Pool {
    Pool(std::size_t of, std::size_t online) : vms(of), pcpus(online) {}
    /// So many more vCPUs of a VM of this weight are active.
    void count(VmId id, Weight whole, std::int64_t more) {
      const std::lock_guard hold(lock);
      Vm& vm = vms[id];
      weights.add(vm.each.load(std::memory_order_relaxed), -vm.active);
      vm.active += more;
      const Weight each = part_of(whole, vm.active);
      vm.whole.store(whole, std::memory_order_relaxed);
      vm.each.store(each, std::memory_order_relaxed);
      weights.add(each, vm.active);
      look();
    }
    void set_pcpus(std::size_t online) {
      const std::lock_guard hold(lock);
      pcpus = online;
      look();
    }
    void look() { most.store(weights.most(static_cast<std::int64_t>(pcpus)), std::memory_order_relaxed); }

    host::Spinlock lock;
    FeasibleWeights weights;
    IdVector<VmId, Vm> vms;
    std::size_t pcpus;
    std::atomic<Weight> most{kMaxWeight};  // that one can use
  };

  IdVector<VcpuId, Member> of_;
  std::deque<Pool> pools_;
};

}  // namespace roost
