// The room: the lock of one runqueue: held for some tens of nanoseconds, by threads that are pinned to different CPUs.
// Where pCPUs share a host CPU a holder can lose it, so a waiter that has spun for long yields its CPU.
#pragma once

#include <sched.h>

#include <atomic>

#include "vmm/host/relax.hpp"

namespace roost::host {

class alignas(64) Spinlock {
 public:
  void lock() {
    for (int spins = 0; held_.exchange(true, std::memory_order_acquire); ++spins) {
      while (held_.load(std::memory_order_relaxed)) {
        relax();
        if (++spins % kSpinsBeforeYield == 0) sched_yield();
      }
    }
  }
  void unlock() { held_.store(false, std::memory_order_release); }

 private:
  static constexpr int kSpinsBeforeYield = 1000;  // some 40 us: far longer than a hold, short beside a time slice
  std::atomic<bool> held_{false};
};

}  // namespace roost::host
