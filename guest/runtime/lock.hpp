// The room: spinlocks. They spin with a pause hint, or wait on a reservation, and never halt.
#pragma once

#include <stdint.h>

#include "guest/runtime/atomic.hpp"
#include "guest/runtime/csr.hpp"

namespace guest {

/// First come, first served: a holder or next-in-line that is not running holds up everybody.
class TicketLock {
 public:
  void lock() {
    const uint32_t mine = next_.fetch_add(1);
    while (serving_.load() != mine) pause_hint();
  }
  void unlock() { serving_.store(serving_.load_relaxed() + 1); }

 private:
  Atomic<uint32_t> next_;
  Atomic<uint32_t> serving_;
};

/// Whoever is quick: test, then test-and-set.
class TestAndSetLock {
 public:
  void lock() {
    while (taken_.exchange(1) != 0) {
      while (taken_.load_relaxed() != 0) pause_hint();
    }
  }
  void unlock() { taken_.store(0); }

 private:
  Atomic<uint32_t> taken_;
};

/// Likewise, but who finds it taken waits for a store to it: LR, and Zawrs' wrs.nto. Needs a hart that has Zawrs.
class ReservedLock {
 public:
  void lock() {
    while (taken_.exchange(1) != 0) {
      while (load_reserved(taken_.place()) != 0) wait_on_reservation();
    }
  }
  void unlock() { taken_.store(0); }

 private:
  Atomic<uint32_t> taken_;
};

template <typename Lock>
class Holding {
 public:
  explicit Holding(Lock& lock) : lock_(lock) { lock_.lock(); }
  ~Holding() { lock_.unlock(); }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

 private:
  Lock& lock_;
};

}  // namespace guest
