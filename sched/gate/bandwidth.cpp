#include "sched/gate/bandwidth.hpp"

#include <algorithm>

#include "sched/vocabulary/check.hpp"

namespace roost {

Bandwidth::Bandwidth(Duration runtime, Duration period) : runtime_(runtime), period_(period), left_(runtime) {
  check(runtime > Duration{0} && period > Duration{0}, "a budget is some time in some period");
}

Grant Bandwidth::ask(Time now) {
  refill(now);
  if (left_ <= Duration{0}) return {.until = next_period()};
  const Duration grant = std::min({left_, std::max(runtime_ / kGrants, kLeast), period_});
  left_ -= grant;
  out_ += grant;
  return {.runs_for = grant, .until = next_period()};
}

void Bandwidth::give_back(Duration granted, Duration ran, Time now) {
  check(granted <= out_, "what is given back was granted");
  refill(now);
  out_ -= granted;
  left_ = std::min(left_ + granted - ran, runtime_);
}

/// What is owed is paid from the periods that have begun meanwhile.
void Bandwidth::refill(Time now) {
  const std::int64_t number = std::max(nanoseconds(now) / period_.count(), number_);
  if (number == number_) return;
  // A debt of n periods takes n periods to pay; beyond that nothing is saved up.
  const std::int64_t owed = left_ < Duration{0} ? (-left_.count()) / runtime_.count() + 2 : 1;
  left_ = std::min(left_ + runtime_ * std::min(number - number_, owed), runtime_);
  number_ = number;
}

void Bandwidth::check_invariants() const {
  check(left_ <= runtime_, "nobody saves budget up");
  check(out_ >= Duration{0}, "no more comes back than went out");
}

}  // namespace roost
