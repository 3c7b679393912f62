// The room: the timers of vCPUs that blocked on ONE pCPU; that pCPU sleeps until the earliest. No central thread.
// Not here: waking (dispatcher). A vCPU that was woken by something else leaves its timer behind; when it fires,
//   the vCPU looks at its lines once too often, which every guest must bear.
// Invariants: at most one timer a vCPU; earliest last, ties to the lower id; `earliest_` is the last one, or kNever.
//   Owner thread only.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

class TimerQueue {  // a sorted array: a pCPU has few timers, and the earliest is what is asked for
 public:
  void arm(Time at, VcpuId vcpu) {
    std::erase_if(timers_, [vcpu](const Timer& timer) { return timer.vcpu == vcpu; });
    if (at != kNever) {
      const Timer timer{at, vcpu};
      if (timers_.size() == timers_.capacity()) timers_.reserve(timers_.size() + kMoreRoom);
      timers_.insert(std::upper_bound(timers_.begin(), timers_.end(), timer, later), timer);
    }
    set_earliest();
  }
  Time next() const { return earliest_.at; }
  std::optional<VcpuId> next_vcpu() const {
    return earliest_.at == kNever ? std::nullopt : std::optional(earliest_.vcpu);
  }
  std::optional<VcpuId> pop_due(Time now) {
    if (earliest_.at == kNever || earliest_.at > now) return std::nullopt;
    const VcpuId vcpu = earliest_.vcpu;
    timers_.pop_back();
    set_earliest();
    return vcpu;
  }
  std::size_t size() const { return timers_.size(); }

 private:
  static constexpr std::size_t kMoreRoom = 4;  // not twice as much: large hosts have thousands of these
  struct Timer {
    Time at = kNever;
    VcpuId vcpu = kNoVcpu;
  };
  void set_earliest() { earliest_ = timers_.empty() ? Timer{} : timers_.back(); }
  static bool later(const Timer& a, const Timer& b) { return a.at != b.at ? a.at > b.at : a.vcpu > b.vcpu; }
  Timer earliest_;
  std::vector<Timer> timers_;
};

}  // namespace roost
