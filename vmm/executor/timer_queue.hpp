// The room: the timers of vCPUs that blocked on ONE pCPU; that pCPU sleeps until the earliest. No central thread.
// Not here: waking (dispatcher). A vCPU that was woken by something else leaves its timer behind; when it fires,
//   the vCPU looks at its lines once too often, which every guest must bear.
// Invariants: at most one timer a vCPU; earliest last, ties to the lower id. Owner thread only.
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
    if (at == kNever) return;
    const Timer timer{at, vcpu};
    timers_.insert(std::upper_bound(timers_.begin(), timers_.end(), timer, later), timer);
  }
  Time next() const { return timers_.empty() ? kNever : timers_.back().at; }
  std::optional<VcpuId> pop_due(Time now) {
    if (next() > now || timers_.empty()) return std::nullopt;
    const VcpuId vcpu = timers_.back().vcpu;
    timers_.pop_back();
    return vcpu;
  }
  std::size_t size() const { return timers_.size(); }

 private:
  struct Timer {
    Time at;
    VcpuId vcpu;
  };
  static bool later(const Timer& a, const Timer& b) { return a.at != b.at ? a.at > b.at : a.vcpu > b.vcpu; }
  std::vector<Timer> timers_;
};

}  // namespace roost
