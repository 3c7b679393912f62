// The room: how one thread brings another out of a guest, out of polling or out of sleep.
// Not here: whether it should (dispatcher), how long to poll (executor).
// Invariants: a ring after clear() is never lost: it is seen by word(), or ends the sleep that follows.
//
//        ring                    ring (and futex wake)
//   0 quiet ---> 1 rung     2 asleep ---> 1 rung         clear: any -> 0, by the owner; sleep: 0 -> 2 by the owner
#pragma once

#include <atomic>
#include <cstdint>

#include "sched/vocabulary/time.hpp"

namespace roost::host {

class alignas(64) Doorbell {
 public:
  // ---- any thread ----
  /// Publishes all that the caller did before it. True: the owner slept and was woken by a system call.
  bool ring();

  // ---- owner thread only ----
  /// What a vCPU's engine polls; not zero: rung.
  const std::atomic<std::uint32_t>& word() const { return word_; }
  /// Takes the ring, if there is one; sees all that ringers did before it.
  bool clear() {
    // A plain look first: rings are rare, and an exchange costs 20 cycles. A ring that comes after the look is
    // seen by the next poll of the word.
    if (word_.load(std::memory_order_relaxed) == kQuiet) return false;
    word_.exchange(kQuiet, std::memory_order_acq_rel);
    return true;
  }
  /// Polls for a ring until `until`. True: rung.
  bool poll_until(Time until) const;
  /// Sleeps until rung or `until` (kNever: no limit). Returns at once if already rung. True: rung.
  bool sleep_until(Time until);

 private:
  static constexpr std::uint32_t kQuiet = 0, kRung = 1, kAsleep = 2;
  std::atomic<std::uint32_t> word_{kQuiet};
};

}  // namespace roost::host
