// The room: the rule `adaptive`: an idle pCPU polls before it halts, for a time that follows how long it idles.
// Rules: a pCPU's window begins at 0. When it has something to run again, after a time t without: 1. t within the
//   window: polling was worth it, and the window stays; 2. t more than `poll_most`: no polling would have helped. The
//   window shrinks: it is divided by `poll_shrink` (0: it becomes 0), and less than `poll_start` becomes 0; 3. t less
//   than `poll_most`: a longer window would have. It grows: it is multiplied by `poll_grow`, `poll_start` at least and
//   `poll_most` at most. Source: Linux 6.10 virt/kvm/kvm_main.c kvm_vcpu_halt(), grow_halt_poll_ns(),
//   shrink_halt_poll_ns(), and Documentation/virt/kvm/halt-polling.rst. To poll for as long as the halt would cost is
//   never worse than twice the best choice (Karlin, Li, Manasse, Owicki 1991).
// Deviations: KVM keeps a window for each vCPU, we for each pCPU; KVM shrinks, too, where a vCPU was woken for nothing.
// Constants: poll_start, 10 us, and poll_grow, 2: KVM's. More finds the right window sooner and polls more where none
//   helps. poll_shrink, 2: KVM's since 6.10; 0, as before, gives up at the first long wait. poll_most, 200 us: KVM's on
//   x86, of what polling may cost for nothing; what a halt costs in all (5 to 50 us) is the bound that theory gives.
//   idle_tick, 0: as in a tickless Linux; a kept one costs a wakeup and the tick's price each time, and finds work that
//   nobody tells an idle pCPU of.
#pragma once

#include "sched/idle/idle_rule.hpp"

namespace roost {

struct AdaptivePollRules {
  Duration start = std::chrono::microseconds(10);
  std::int64_t grow = 2;
  std::int64_t shrink = 2;
  Duration most = std::chrono::microseconds(200);
};

class AdaptivePoll final : public IdleRule {
 public:
  explicit AdaptivePoll(AdaptivePollRules rules, Duration tick = Duration{0}) : IdleRule(tick), rules_(rules) {}

  Duration first_window() const override { return Duration{0}; }
  Duration next_window(Duration window, Duration idled) const override;

 private:
  AdaptivePollRules rules_;
};

extern const IdleEntry kAdaptivePollEntry;

}  // namespace roost
