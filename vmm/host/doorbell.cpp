#include "vmm/host/doorbell.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

#include "vmm/host/monotonic.hpp"
#include "vmm/host/relax.hpp"

namespace roost::host {

namespace {

/// FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, so a late start of the call does not lengthen the sleep.
void futex_wait_until(const std::atomic<std::uint32_t>& word, std::uint32_t expected, Time until) {
  timespec ts{};
  const timespec* limit = nullptr;
  if (until != kNever) {
    ts.tv_sec = nanoseconds(until) / 1'000'000'000;
    ts.tv_nsec = nanoseconds(until) % 1'000'000'000;
    limit = &ts;
  }
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected, limit, nullptr, FUTEX_BITSET_MATCH_ANY);
}

}  // namespace

bool Doorbell::ring() {
  if (word_.exchange(kRung, std::memory_order_seq_cst) != kAsleep) return false;
  syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  return true;
}

std::optional<Time> Doorbell::poll_until(Time until) const {
  for (;;) {
    const Time now = monotonic_now();  // some 30 ns without a look, so several looks of 10 ns go with it
    for (int looks = 0; looks < 4; ++looks) {
      if (handed_.load(std::memory_order_relaxed) != kNobody) return now;
      if (word_.load(std::memory_order_relaxed) != kQuiet) return now;
      relax();
    }
    if (now >= until) return std::nullopt;
  }
}

bool Doorbell::sleep_until(Time until) {
  std::uint32_t seen = kQuiet;
  if (!word_.compare_exchange_strong(seen, kAsleep, std::memory_order_seq_cst)) return true;
  if (handed_.load(std::memory_order_seq_cst) != kNobody) {  // hand() may not have seen that it must ring
    seen = kAsleep;
    word_.compare_exchange_strong(seen, kQuiet, std::memory_order_seq_cst);
    return true;
  }
  for (;;) {
    futex_wait_until(word_, kAsleep, until);
    if (word_.load(std::memory_order_acquire) == kRung) return true;
    if (until != kNever && monotonic_now() >= until) break;  // else: a spurious return of the futex
  }
  // The time is up; whoever rings from here on needs no system call.
  std::uint32_t asleep = kAsleep;
  return !word_.compare_exchange_strong(asleep, kQuiet, std::memory_order_seq_cst);
}

}  // namespace roost::host
