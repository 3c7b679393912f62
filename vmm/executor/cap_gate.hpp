// The room: which purse each capped vCPU draws on, and what it has drawn.
// Not here: the rules of a purse (sched/gate/bandwidth), putting vCPUs aside and back (dispatcher_caps.cpp).
// Invariants: a purse is used under its own lock, which is the last that anybody takes; what is kept of a vCPU belongs
//   to the owner of its record.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "sched/gate/bandwidth.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "vmm/host/spinlock.hpp"

namespace roost {

/// Caps as values: purses, and who draws on which.
struct CapPlan {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Purse {
    Duration runtime{0}, period{0};
  };
  std::vector<Purse> purses;
  std::vector<std::uint32_t> purse_of;  // by vCPU; kNone: not capped. Empty: nobody is
};

class CapGate {
 public:
  explicit CapGate(const CapPlan& plan) : of_(plan.purse_of.size()) {
    for (const CapPlan::Purse& purse : plan.purses) purses_.emplace_back(purse);
    for (std::size_t v = 0; v < of_.size(); ++v) of_[id_at<VcpuId>(v)].purse = plan.purse_of[v];
  }

  // ---- the owner of the vCPU's record ----
  struct Capped {
    std::uint32_t purse = CapPlan::kNone;
    Duration granted{0};      // 0: nothing
    Duration ran_before{0};   // it had run for so long when it got that
    bool cut = false;         // the grant ends before the slice does
    std::uint64_t throttled = 0;
  };
  Capped& of(VcpuId vcpu) { return of_[vcpu]; }
  const Capped& of(VcpuId vcpu) const { return of_[vcpu]; }
  bool caps(VcpuId vcpu) const { return of_[vcpu].purse != CapPlan::kNone; }
  Grant ask(VcpuId vcpu, Time now) {
    Locked& purse = purses_[of_[vcpu].purse];
    const std::lock_guard hold(purse.lock);
    return purse.bandwidth.ask(now);
  }
  void give_back(VcpuId vcpu, Duration ran, Time now) {
    Capped& capped = of_[vcpu];
    Locked& purse = purses_[capped.purse];
    const std::lock_guard hold(purse.lock);
    purse.bandwidth.give_back(std::exchange(capped.granted, Duration{0}), ran, now);
    purse.bandwidth.check_invariants();
  }

 private:
  struct Locked {
    explicit Locked(const CapPlan::Purse& purse) : bandwidth(purse.runtime, purse.period) {}
    host::Spinlock lock;
    Bandwidth bandwidth;
  };
  std::deque<Locked> purses_;
  IdVector<VcpuId, Capped> of_;
};

}  // namespace roost
