// The room: what edf and rtds have in common: a budget in every period for each vCPU, its reservation or the usual one.
// Not here: their rules; that reservations come first (gate/reservation, discipline/reserved).
// Invariants: 0 < period / kMostRatio <= budget <= period <= kMostPeriod (or 1 ns), so that sums of a few periods and
//   products of two fit 64 bits.
#pragma once

#include <algorithm>

#include "sched/vocabulary/constants.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"

namespace roost {

struct PeriodicBudget {
  static constexpr Duration kMostPeriod = std::chrono::seconds(1);
  static constexpr std::int64_t kMostRatio = 1000;  // of a period to its budget
  static constexpr Reservation kUsual{.budget = std::chrono::milliseconds(4), .period = std::chrono::milliseconds(10)};

  static constexpr ConstantInfo kBudget = time_constant("budget", "run time in each period, of who has no reservation",
                                                        kUsual.budget, std::chrono::microseconds(10), kMostPeriod);
  static constexpr ConstantInfo kPeriod =
      time_constant("period", "likewise", kUsual.period, std::chrono::microseconds(10), kMostPeriod);

  /// What a vCPU of these traits has; `usual`: who has no reservation.
  static Reservation of(const VcpuTraits& traits, Reservation usual) {
    const Reservation wanted = traits.reservation.budget > Duration{0} ? traits.reservation : usual;
    const Duration period = std::min(wanted.period, kMostPeriod);
    return {.budget = std::clamp(wanted.budget, std::max(period / kMostRatio, Duration{1}), period), .period = period};
  }
};

}  // namespace roost
