// The room: what vCPUs and pCPUs shall be like, as the last change has it; runqueues' holders take it from here.
// Not here: making it true (dispatcher_changes.cpp).
// Invariants: every vCPU that has not finished may use an online pCPU. `order` is held for a whole change, `data` only
//   to read or write; a runqueue's lock may be held while `data` is taken, never the other way round.
#pragma once

#include <algorithm>
#include <mutex>

#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/pcpu_set.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"

namespace roost {

class ChangeDesk {
 public:
  std::mutex order;

  // ---- the holder of `order` ----
  /// Before the first change: nothing has been changed, so `traits_of(v)` may be read.
  template <typename TraitsOf>
  void open(std::size_t vcpus, std::size_t pcpus, TraitsOf traits_of) {
    if (!wanted_.empty()) return;
    online_ = PcpuSet::first(pcpus);
    for (std::size_t v = 0; v < vcpus; ++v) wanted_.push_back(traits_of(id_at<VcpuId>(v)));
  }
  bool fits(VcpuId vcpu, const PcpuSet& online) const { return !(wanted_[vcpu].allowed & online).empty(); }
  const PcpuSet& online() const { return online_; }
  void set_online(PcpuSet online) { online_ = std::move(online); }
  void prefer(VcpuId vcpu, PcpuSet preferred) {
    const std::lock_guard hold(data_);
    preferred_.resize(std::max(preferred_.size(), index(vcpu) + 1));
    preferred_[vcpu] = std::move(preferred);
  }
  template <typename Change>
  void want(VcpuId vcpu, Change change) {
    const std::lock_guard hold(data_);
    change(wanted_[vcpu]);
  }

  // ---- any thread, once a change was announced to it ----
  VcpuTraits wanted(VcpuId vcpu) {
    const std::lock_guard hold(data_);
    return wanted_[vcpu];
  }
  /// Of a vCPU that prefer() has been told of; else none.
  PcpuSet preferred(VcpuId vcpu) {
    const std::lock_guard hold(data_);
    return preferred_.contains(vcpu) ? preferred_[vcpu] : PcpuSet{};
  }

 private:
  std::mutex data_;
  IdVector<VcpuId, VcpuTraits> wanted_;
  IdVector<VcpuId, PcpuSet> preferred_;
  PcpuSet online_;
};

}  // namespace roost
