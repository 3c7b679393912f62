// The room: the core-local interruptor: this machine's clock, each hart's timer, and interrupts between harts.
#pragma once

#include <stdint.h>

#include "guest/runtime/csr.hpp"

namespace guest {

inline constexpr uintptr_t kClint = 0x02000000;
inline constexpr uint64_t kNever = UINT64_MAX;

/// In ticks; Platform::ticks_per_second says how long one is.
inline uint64_t now_ticks() { return *reinterpret_cast<volatile uint64_t*>(kClint + 0xbff8); }

inline void set_timer(uint64_t hart, uint64_t at_ticks) {
  *reinterpret_cast<volatile uint64_t*>(kClint + 0x4000 + 8 * hart) = at_ticks;
}

/// What the sender wrote before is seen by a receiver that wakes from it.
inline void send_ipi(uint64_t hart) {
  full_fence();
  *reinterpret_cast<volatile uint32_t*>(kClint + 4 * hart) = 1;
}

inline void clear_ipi(uint64_t hart) {
  *reinterpret_cast<volatile uint32_t*>(kClint + 4 * hart) = 0;
  full_fence();
}

}  // namespace guest
