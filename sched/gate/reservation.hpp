// The room: the server of one vCPU's reservation: how much of its budget is left, and until when it is owed.
// Not here: who runs next (discipline/reserved), where there is room for it (seats), timers and locks (executor).
// Rules: the constant bandwidth server of Abeni and Buttazzo (1998): budget Q in every period T; q is what is left of
//   it, d the end of the period. Whoever wakes at t with q >= (d - t) Q / T begins anew: d = t + T, q = Q (otherwise it
//   would run faster than Q / T until d); one that wakes earlier goes on with d and q. At d: d += T, q = Q. Deviations:
//   - At q = 0 the server is *soft*: the vCPU goes on, by weight, as one without a reservation, and is not charged
//     until d (Abeni and Buttazzo set d += T, q = Q at once, which lets a hog run for ever with a later deadline).
//   - At d the period is over also for who has budget left: there it is missed. They keep the old deadline, and catch
//     up; a host that takes a pCPU away for a second would thereby take another second from all others.
//   - What was run beyond q is owed: it comes out of the next budgets.
//   Time on a pCPU that is slower than a full one counts by its capacity.
// Constants: kPeriod, 10 ms: as Xen's RTDS and most bandwidth servers; shorter answers sooner and switches more often.
//   kLeastPeriod, 1 ms: below it the switches of a period (some 5 us each) eat the rest that admission leaves free.
//   kMostPeriod, 1 s: the products below fit 64 bits.
// Invariants: left() <= budget; deadline() <= now + period for whoever has arrived; who has arrived and has a deadline
//   in the past is about to be settled by the runqueue's holder.
#pragma once

#include <cstdint>

#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"

namespace roost {

/// Billionths of a full pCPU.
using Share = std::int64_t;
inline constexpr Share kFullShare = 1'000'000'000;

class alignas(64) CbsServer {  // touched by the owner of its vCPU alone
 public:
  static constexpr Duration kPeriod = std::chrono::milliseconds(10);
  static constexpr Duration kLeastPeriod = std::chrono::milliseconds(1);
  static constexpr Duration kMostPeriod = std::chrono::seconds(1);

  CbsServer() = default;
  explicit CbsServer(Reservation reservation);

  bool reserved() const { return of_.budget > Duration{0}; }
  const Reservation& reservation() const { return of_; }
  /// Q / T, rounded up.
  Share share() const;

  /// The vCPU begins to wait somewhere. It slept, or waited elsewhere, or ran until now.
  void arrive(Time now);
  /// It ran, and blocks or is put aside.
  void sleep() { asleep_ = true, whole_ = false; }
  /// It gives way although it has budget: this period's deadline is its own affair.
  void stand_back() { whole_ = false; }
  /// It has run for `ran` on a pCPU of `capacity`, by right of its budget (and owes what is beyond), or not.
  void charge(Duration ran, std::uint32_t capacity, bool by_right);
  /// Begins the next period, if this one is over.
  void settle(Time now);

  bool has_budget() const { return left_ > Duration{0}; }
  Duration left() const { return left_; }
  Time deadline() const { return deadline_; }
  bool asleep() const { return asleep_; }
  /// How long its budget lasts on such a pCPU; it has some.
  Duration runs_for(std::uint32_t capacity) const;
  /// q >= (d - now) Q / T: from now to d it is owed its rate or more, that is, it has had no more than its rate so far.
  bool is_behind(Time now) const {
    return left_.count() * of_.period.count() >= (deadline_ - now).count() * of_.budget.count();
  }
  /// q / (d - now), rounded up: its rate until d. Its deadline lies after now.
  Share rate(Time now) const;

  Duration received() const { return received_; }   // full-pCPU time by right of its budget
  std::uint64_t missed() const { return missed_; }  // periods throughout which it was runnable, and got less than Q

 private:
  Reservation of_;
  Duration left_{0};
  Time deadline_{};
  Duration received_{0};
  std::uint64_t missed_ = 0;
  std::uint16_t part_ = 0;  // 1024ths of a nanosecond that are not yet charged
  bool asleep_ = true;
  bool whole_ = false;      // runnable since this period began
};

using CbsServers = IdVector<VcpuId, CbsServer>;

}  // namespace roost
