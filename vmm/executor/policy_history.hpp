// The room: the policy that is in force, and what is left of those before it.
// Not here: building one (sched/policy), bringing runqueues to its discipline (dispatcher_changes.cpp).
// Invariants: the number that a pCPU has served (PcpuRecord::policy) is never more than that of the policy that its
//   thread last looked up. So nobody uses the discipline or the balancer of a policy whose number is less than all of
//   these and every runqueue's (Runqueue::discipline_number). Its placer stays to the end: wakers that are no pCPU may
//   be slow.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <utility>

#include "sched/policy/policy.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

class PolicyHistory {
 public:
  struct Entry {
    Policy policy;
    std::uint32_t number = 0;
    Time since{};  // 0 of the first
  };

  explicit PolicyHistory(Policy first) { put_in_force(std::move(first), Time{}); }

  // ---- before anybody else looks ----
  Policy& first() { return entries_.front().policy; }

  // ---- any thread ----
  /// Acquire, with put_in_force: who finds the pointer finds what it points to.
  const Entry& in_force() const { return *in_force_.load(std::memory_order_acquire); }

  // ---- one thread at a time ----
  const Entry& put_in_force(Policy policy, Time now) {
    entries_.push_back({std::move(policy), static_cast<std::uint32_t>(entries_.size()), now});
    in_force_.store(&entries_.back(), std::memory_order_release);
    return entries_.back();
  }
  /// Every runqueue's discipline has this number or a higher one, and every pCPU has served such a one.
  void forget_before(std::uint32_t number) {
    for (; forgotten_ < number; ++forgotten_) {
      entries_[forgotten_].policy.discipline.reset();
      entries_[forgotten_].policy.balancer.reset();
    }
  }
  /// In the order in which they came.
  const std::deque<Entry>& all() const { return entries_; }

 private:
  std::deque<Entry> entries_;  // never moved
  std::uint32_t forgotten_ = 0;
  std::atomic<const Entry*> in_force_{nullptr};
};

}  // namespace roost
