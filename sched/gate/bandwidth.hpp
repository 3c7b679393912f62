// The room: a budget of run time per period, for one vCPU or for all vCPUs of a VM together: a cap.
// Not here: who runs next (discipline), timers and locks (executor).
// Rules: as the caps of Xen's credit scheduler: `runtime` in every `period`, however idle the host is (a cap of 50 is
//   half of one pCPU, of 400 four pCPUs), enforced by parking whoever has used it up until the next period begins; Xen
//   accounts every 30 ms, the usual period here. Deviation: Xen splits a VM's cap evenly among its active vCPUs; here
//   they draw on one purse, in grants, so what an idle vCPU leaves is its siblings' at once (as in Linux's CFS
//   bandwidth control). Periods begin at fixed times from zero. A grant that was overrun is paid back from the next
//   period; what is left over at a period's end is lost.
// Constants: kGrants, 10 grants to a period: more let siblings share more evenly and switch more often. kLeast, 100 us:
//   below it switching eats the grant.
// Not work-conserving when: always, by purpose, once a budget is used up.
// Invariants: granted but not yet returned time is never more than the budget; left_ never exceeds it.
#pragma once

#include <cstdint>

#include "sched/vocabulary/time.hpp"

namespace roost {

/// May run for so long, or not before `until`.
struct Grant {
  Duration runs_for{0};  // 0: not now
  Time until{};          // the next period
};

class Bandwidth {
 public:
  static constexpr std::int64_t kGrants = 10;
  static constexpr Duration kLeast = std::chrono::microseconds(100);
  static constexpr Duration kPeriod = std::chrono::milliseconds(30);

  /// `runtime` > 0 in each `period`; runtime may exceed the period: of several vCPUs together.
  Bandwidth(Duration runtime, Duration period);

  /// Takes a grant out of the purse.
  Grant ask(Time now);
  /// Of a grant, `ran` was used; more than was granted is owed.
  void give_back(Duration granted, Duration ran, Time now);

  Duration left() const { return left_; }
  Duration runtime() const { return runtime_; }
  void check_invariants() const;

 private:
  void refill(Time now);
  Time next_period() const { return Time{} + period_ * (number_ + 1); }

  Duration runtime_, period_;
  Duration left_;            // of this period; negative: owed
  Duration out_{0};          // granted and not returned
  std::int64_t number_ = 0;  // of the period
};

}  // namespace roost
