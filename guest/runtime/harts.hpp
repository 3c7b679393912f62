// The room: who I am, how many we are, waiting by WFI, and running one body on all harts.
// Invariant: between two bodies every hart but 0 is halted in halt_until.
#pragma once

#include <stdint.h>

#include "guest/runtime/clint.hpp"

namespace guest {

inline constexpr uint64_t kMaxHarts = 64;

inline uint64_t hart_id() {
  uint64_t id;
  asm volatile("mv %0, tp" : "=r"(id));
  return id;
}

uint64_t hart_count();

/// Halts until the condition holds. Whoever makes it hold sends this hart an IPI afterwards. Called with interrupts off
/// (mstatus.MIE = 0): an IPI that comes between the look and the WFI stays pending, and that WFI does not wait.
template <typename Condition>
void halt_until(Condition condition) {
  while (true) {
    clear_ipi(hart_id());
    if (condition()) return;
    wait_for_interrupt();
  }
}

/// Hart 0 only: every hart, 0 included, runs body(argument); returns when all have.
void on_every_hart(void (*body)(void*), void* argument);

/// The same for anything that can be called: a lambda, most of the time.
template <typename Body>
void on_every_hart(Body body) {
  on_every_hart([](void* argument) { (*static_cast<Body*>(argument))(); }, &body);
}

/// A value of its own for each hart, on a cache line of its own.
template <typename T>
class PerHart {
 public:
  T& operator[](uint64_t hart) { return slots_[hart].value; }
  T& mine() { return slots_[hart_id()].value; }

 private:
  struct alignas(64) Slot {
    T value{};
  };
  Slot slots_[kMaxHarts];
};

}  // namespace guest
