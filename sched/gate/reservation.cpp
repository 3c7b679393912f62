#include "sched/gate/reservation.hpp"

#include <algorithm>

#include "sched/vocabulary/check.hpp"

namespace roost {

namespace {
constexpr std::int64_t kFullCapacity = 1024;
}

CbsServer::CbsServer(Reservation reservation) : of_(reservation), left_(reservation.budget) {
  check(of_.period >= kLeastPeriod && of_.period <= kMostPeriod, "a reservation's period lies in 1 ms .. 1 s");
  check(of_.budget > Duration{0} && of_.budget <= of_.period, "a reservation is some part of one pCPU");
}

Share CbsServer::share() const {
  return reserved() ? (of_.budget.count() * kFullShare + of_.period.count() - 1) / of_.period.count() : 0;
}

Share CbsServer::rate(Time now) const {
  const std::int64_t rest = (deadline_ - now).count();
  check(rest > 0, "a rate is asked for before the deadline");
  return std::max<Share>((left_.count() * kFullShare + rest - 1) / rest, 0);
}

void CbsServer::arrive(Time now) {
  settle(now);
  if (asleep_ && is_behind(now)) {
    deadline_ = now + of_.period;
    left_ = of_.budget;
    whole_ = true;
  }
  asleep_ = false;
}

void CbsServer::charge(Duration ran, std::uint32_t capacity, bool by_right) {
  if (!has_budget()) return;
  const std::int64_t scaled = ran.count() * capacity + part_;
  part_ = static_cast<std::uint16_t>(scaled % kFullCapacity);
  const Duration full{scaled / kFullCapacity};
  const Duration taken = by_right ? full : std::min(full, left_);
  left_ -= taken;
  received_ += taken;
}

void CbsServer::settle(Time now) {
  if (now < deadline_) return;
  const std::int64_t over = (now - deadline_) / of_.period + 1;  // periods
  if (whole_ && has_budget()) ++missed_;
  if (!asleep_) missed_ += static_cast<std::uint64_t>(over - 1);
  left_ = std::min(left_ + of_.budget * over, of_.budget);
  deadline_ += of_.period * over;
  whole_ = !asleep_;
}

Duration CbsServer::runs_for(std::uint32_t capacity) const {
  check(has_budget(), "a budget that is used up lasts for no time");
  return Duration{(left_.count() * kFullCapacity - part_ + capacity - 1) / capacity};
}

}  // namespace roost
