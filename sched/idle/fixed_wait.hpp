// The room: the rules `halt` and `poll`: an idle pCPU always waits in the same way.
// Rules: halt: it halts at once. poll: it polls for as long as it idles, and never halts, as with Linux's idle=poll.
//   Source: Linux Documentation/admin-guide/pm/cpuidle.rst (idle=halt, idle=poll).
// Deviations: in the live world nobody polls where two pCPUs share a host CPU: a poller would take the time of the one
//   that it waits for.
// Constants: idle_tick, 0: an idle pCPU has no tick. A kept one costs the tick's price each time (and, where it halts,
//   the way out of it), and finds work elsewhere that nobody tells an idle pCPU of.
#pragma once

#include "sched/idle/idle_rule.hpp"

namespace roost {

class FixedWait final : public IdleRule {
 public:
  explicit FixedWait(Duration window, Duration tick = Duration{0}) : IdleRule(tick), window_(window) {}

  Duration first_window() const override { return window_; }
  Duration next_window(Duration, Duration) const override { return window_; }

 private:
  Duration window_;
};

extern const IdleEntry kHaltEntry, kPollEntry;

}  // namespace roost
