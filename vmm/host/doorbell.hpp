// The room: how one thread brings another out of a guest, out of polling or out of sleep, and how it hands a vCPU to
// one that polls: in this one cache line, since each further line that changes hands costs as much as the whole kick.
// Not here: whether it should (dispatcher), how long to poll (executor).
// Invariants: a ring after clear() is never lost: it is seen by word(), or ends the sleep that follows. A vCPU
//   that is handed over while the owner awaits one is seen by take_handed() before the owner sleeps, or hand() says
//   that it does.
//
//        ring                    ring (and futex wake)
//   0 quiet ---> 1 rung     2 asleep ---> 1 rung         clear: any -> 0, by the owner; sleep: 0 -> 2 by the owner
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost::host {

class alignas(64) Doorbell {
 public:
  // ---- any thread ----
  /// Publishes all that the caller did before it. True: the owner slept and was woken by a system call.
  bool ring();

  // ---- the holder of the owner's runqueue ----
  /// The owner polls, has nothing to run and would see a vCPU at once.
  bool awaits_vcpu() const { return awaits_vcpu_.load(std::memory_order_acquire); }
  /// The owner, which awaited a vCPU, runs `vcpu` for `slice` (4 s at most). True: it has fallen asleep meanwhile, and
  /// must be rung.
  bool hand(VcpuId vcpu, Duration slice) {
    const auto ns = static_cast<std::uint32_t>(std::min<std::int64_t>(slice.count(), UINT32_MAX));
    handed_.store(std::uint64_t{ns} << 32 | index(vcpu), std::memory_order_seq_cst);
    return word_.load(std::memory_order_seq_cst) == kAsleep;  // sleep_until() says Asleep and then looks at handed_
  }

  // ---- owner thread only ----
  struct Handed {
    VcpuId vcpu;
    Duration slice;
  };
  /// The owner has nothing to run. `polls`: from here on a vCPU may be handed to it.
  void await_vcpu(bool polls) {
    handed_.store(kNobody, std::memory_order_relaxed);
    awaits_vcpu_.store(polls, std::memory_order_release);
  }
  /// The end of awaiting: what was handed over by now. Whoever holds the owner's runqueue after the owner next did
  /// finds that it awaits nothing; whatever is handed over before that, the owner finds there.
  std::optional<Handed> take_handed() {
    awaits_vcpu_.store(false, std::memory_order_relaxed);
    const std::uint64_t handed = handed_.load(std::memory_order_acquire);
    if (handed == kNobody) return std::nullopt;
    return Handed{VcpuId{static_cast<std::uint32_t>(handed)}, Duration(handed >> 32)};
  }
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
  /// Polls for a ring or a vCPU until `until`, and says when it came: the clock's last reading before, some 80 ns early
  /// at most. (Who reads the clock again to know better makes the vCPU wait for that.) Nothing: none came.
  std::optional<Time> poll_until(Time until) const;
  /// Sleeps until rung or `until` (kNever: no limit). Returns at once if already rung, or handed a vCPU. True: either.
  bool sleep_until(Time until);

 private:
  static constexpr std::uint32_t kQuiet = 0, kRung = 1, kAsleep = 2;
  std::atomic<std::uint32_t> word_{kQuiet};
  std::atomic<bool> awaits_vcpu_{false};
  static constexpr std::uint64_t kNobody = UINT64_MAX;
  std::atomic<std::uint64_t> handed_{kNobody};  // slice in ns, VcpuId: one store, so one transfer of the line
};

}  // namespace roost::host
