// The room: for how long an idle pCPU polls before it sleeps.
// A kick of a sleeping thread costs the kicker a system call and the sleeper some 10-50 us until it runs; polling costs
// CPU time that others may want. So the time adapts: it grows when a kick comes soon after the pCPU fell asleep, and
// shrinks when the sleep was long. Constants: kMax is what a sleep costs in all, so that polling never costs more than
// twice the best choice (spin-then-block, Karlin et al. 1990).
#pragma once

#include <algorithm>

#include "sched/vocabulary/time.hpp"

namespace roost {

class IdlePoll {
 public:
  /// `may_poll`: false where pCPUs share host CPUs, for there a poller takes the time of the one it waits for.
  explicit IdlePoll(bool may_poll) : max_(may_poll ? kMax : Duration{0}), now_(max_) {}

  Duration duration() const { return now_; }
  void slept(Duration how_long) {
    if (how_long < kMax)
      now_ = std::min(max_, std::max(now_ * 2, kMin));
    else
      now_ = now_ / 2 < kMin ? Duration{0} : now_ / 2;
  }

  static constexpr Duration kMin = std::chrono::microseconds(2);
  static constexpr Duration kMax = std::chrono::microseconds(50);

 private:
  Duration max_;
  Duration now_;
};

}  // namespace roost
