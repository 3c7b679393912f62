// The room: sense-reversing barriers for all harts: one that spins, one that halts.
// The sense cannot turn between a hart's look at it and its arrival: turning it takes that arrival.
#pragma once

#include <stdint.h>

#include "guest/runtime/atomic.hpp"
#include "guest/runtime/harts.hpp"

namespace guest {

class SpinningBarrier {
 public:
  void wait() {
    const uint32_t mine = sense_.load() ^ 1;
    if (arrived_.fetch_add(1) + 1 == hart_count()) {
      arrived_.store(0);
      sense_.store(mine);
    }
    while (sense_.load() != mine) pause_hint();
  }

 private:
  Atomic<uint32_t> sense_;
  Atomic<uint64_t> arrived_;
};

class HaltingBarrier {
 public:
  void wait() {
    const uint32_t mine = sense_.load() ^ 1;
    if (arrived_.fetch_add(1) + 1 == hart_count()) {
      arrived_.store(0);
      sense_.store(mine);
      for (uint64_t hart = 0; hart < hart_count(); ++hart) {
        if (hart != hart_id()) send_ipi(hart);
      }
    }
    halt_until([&] { return sense_.load() == mine; });
  }

 private:
  Atomic<uint32_t> sense_;
  Atomic<uint64_t> arrived_;
};

}  // namespace guest
