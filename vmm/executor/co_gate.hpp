// The room: how far the vCPUs of each VM have got, for several threads.
// Not here: the rules (sched/gate/cosched), putting vCPUs aside and back (dispatcher_gates.cpp).
// Invariants: what is kept of a VM is used under its lock, the rounds of a pool under theirs; each is the last that
//   anybody takes. What is kept of a vCPU belongs to the owner of its record.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "sched/gate/cosched.hpp"
#include "sched/topology/pools.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"
#include "vmm/host/spinlock.hpp"

namespace roost {

class CoGate {
 public:
  CoGate(std::span<const VcpuTraits> vcpus, std::size_t vms, const Pools& pools, const PcpuSet& online) {
    IdVector<VmId, std::size_t> sizes(vms);
    for (const VcpuTraits& of : vcpus) of_.push_back({.vm = of.vm, .place = sizes[of.vm]++});
    for (const std::size_t size : sizes) vms_.emplace_back(size);
    pools.for_each([&](const PcpuSet& pcpus) { rounds_.emplace_back(sizes, (pcpus & online).count()); });
  }

  // ---- the owner of the vCPU's record ----
  struct Member {
    VmId vm{0};
    std::size_t place = 0;
    Time look_again = kNever;   // co-stopped: until then
    bool stopped = false;
    std::uint64_t stops = 0;
    Duration stopped_for{0};
  };
  Member& of(VcpuId vcpu) { return of_[vcpu]; }
  const Member& of(VcpuId vcpu) const { return of_[vcpu]; }
  /// Has it siblings?
  bool concerns(VcpuId vcpu) const { return vms_[index(of_[vcpu].vm)].size > 1; }

  void stalls(VcpuId vcpu, Time now) {
    change(vcpu, [&](SiblingProgress& all, std::size_t place) { all.stalls(place, now); });
  }
  void wakes(VcpuId vcpu, const CoRule& rule, Time now) {
    change(vcpu, [&](SiblingProgress& all, std::size_t place) { all.wakes(place, now, rule.skew); });
  }
  void goes_on(VcpuId vcpu, Time now) {
    change(vcpu, [&](SiblingProgress& all, std::size_t place) { all.goes_on(place, now); });
  }
  void leaves(VcpuId vcpu) {
    change(vcpu, [](SiblingProgress& all, std::size_t place) { all.leaves(place); });
  }
  /// It is about to run, or runs, in `pool`.
  CoAnswer ask(VcpuId vcpu, PoolId pool, const CoRule& rule, Time now) {
    const Member& member = of_[vcpu];
    if (rule.how == CoRule::How::Strict) {
      Rounds& rounds = rounds_[index(pool)];
      const std::lock_guard hold(rounds.lock);
      return rounds.gangs.ask(member.vm, rule.round, now);
    }
    if (rule.how == CoRule::How::None || !concerns(vcpu)) return {};
    CoAnswer answer;
    change(vcpu, [&](const SiblingProgress& all, std::size_t place) {
      answer = all.ask(place, rule, member.stopped, now);
    });
    return answer;
  }

  // ---- any thread ----
  void set_online(const Pools& pools, const PcpuSet& online) {
    std::size_t pool = 0;
    pools.for_each([&](const PcpuSet& pcpus) {
      Rounds& rounds = rounds_[pool++];
      const std::lock_guard hold(rounds.lock);
      rounds.gangs.set_pcpus((pcpus & online).count());
    });
  }

 private:
  struct Vm {
    explicit Vm(std::size_t vcpus) : size(vcpus), progress(vcpus) {}
    const std::size_t size;
    host::Spinlock lock;
    SiblingProgress progress;
  };
  struct Rounds {
    Rounds(const IdVector<VmId, std::size_t>& sizes, std::size_t pcpus) : gangs(sizes, pcpus) {}
    host::Spinlock lock;
    Gangs gangs;
  };
  template <typename Do>
  void change(VcpuId vcpu, Do act) {
    const Member& member = of_[vcpu];
    Vm& vm = vms_[index(member.vm)];
    if (vm.size < 2) return;
    const std::lock_guard hold(vm.lock);
    act(vm.progress, member.place);
  }

  IdVector<VcpuId, Member> of_;
  std::deque<Vm> vms_;
  std::deque<Rounds> rounds_;  // by pool
};

}  // namespace roost
