// The room: control and status registers, and the few instructions that C++ has no word for.
#pragma once

#include <stdint.h>

namespace guest {

enum class Csr : unsigned {
  fflags = 0x001,
  frm = 0x002,
  sstatus = 0x100,
  stvec = 0x105,
  satp = 0x180,
  mstatus = 0x300,
  medeleg = 0x302,
  mie = 0x304,
  pmpcfg0 = 0x3a0,
  pmpaddr0 = 0x3b0,
  minstret = 0xb02,
};

inline constexpr uint64_t kMstatusMie = 1 << 3;
inline constexpr uint64_t kMstatusMpp = 3 << 11;
inline constexpr uint64_t kMieSoftware = 1 << 3;
inline constexpr uint64_t kMieTimer = 1 << 7;

template <Csr which>
uint64_t read_csr() {
  uint64_t value;
  asm volatile("csrr %0, %1" : "=r"(value) : "i"(static_cast<unsigned>(which)) : "memory");
  return value;
}

template <Csr which>
void write_csr(uint64_t value) {
  asm volatile("csrw %0, %1" : : "i"(static_cast<unsigned>(which)), "r"(value) : "memory");
}

template <Csr which>
void set_csr(uint64_t bits) {
  asm volatile("csrs %0, %1" : : "i"(static_cast<unsigned>(which)), "r"(bits) : "memory");
}

template <Csr which>
void clear_csr(uint64_t bits) {
  asm volatile("csrc %0, %1" : : "i"(static_cast<unsigned>(which)), "r"(bits) : "memory");
}

/// Orders memory and device accesses alike.
inline void full_fence() { asm volatile("fence iorw, iorw" : : : "memory"); }

inline void instruction_fence() { asm volatile("fence.i" : : : "memory"); }

inline void wait_for_interrupt() { asm volatile("wfi" : : : "memory"); }

/// Zihintpause, spelled out: -march=rv64gc does not name it.
inline void pause_hint() { asm volatile(".4byte 0x0100000f" : : : "memory"); }

/// What is there, and a reservation of it.
inline uint32_t load_reserved(const uint32_t& place) {
  uint32_t value;
  asm volatile("lr.w.aq %0, %1" : "=r"(value) : "A"(place) : "memory");
  return value;
}

/// Zawrs' wrs.nto, spelled out likewise: until what was reserved is stored to or an interrupt is pending, or earlier.
inline void wait_on_reservation() { asm volatile(".4byte 0x00d00073" : : : "memory"); }

inline void flush_translations() { asm volatile("sfence.vma" : : : "memory"); }

inline void flush_translation(uint64_t address) { asm volatile("sfence.vma %0" : : "r"(address) : "memory"); }

}  // namespace guest
