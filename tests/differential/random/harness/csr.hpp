// The room: the harness's access to control and status registers and fences.
#pragma once

#include <stdint.h>

namespace roost::random_programs {

enum class Csr : unsigned {
  Sstatus = 0x100, Stvec = 0x105, Scounteren = 0x106, Sscratch = 0x140, Sepc = 0x141, Scause = 0x142, Stval = 0x143,
  Satp = 0x180, Mstatus = 0x300, Medeleg = 0x302, Mie = 0x304, Mtvec = 0x305, Mcounteren = 0x306, Mscratch = 0x340,
  Mepc = 0x341, Mcause = 0x342, Mtval = 0x343, Pmpcfg0 = 0x3a0, Pmpaddr0 = 0x3b0, Pmpaddr1 = 0x3b1,
};

template <Csr kCsr>
uint64_t read_csr() {
  uint64_t value;
  asm volatile("csrr %0, %1" : "=r"(value) : "i"(static_cast<unsigned>(kCsr)) : "memory");
  return value;
}

template <Csr kCsr>
void write_csr(uint64_t value) {
  asm volatile("csrw %0, %1" ::"i"(static_cast<unsigned>(kCsr)), "r"(value) : "memory");
}

inline void fence_instructions() { asm volatile("fence.i" ::: "memory"); }
inline void fence_translations() { asm volatile("sfence.vma" ::: "memory"); }
inline void fence_translation(uint64_t address) { asm volatile("sfence.vma %0" ::"r"(address) : "memory"); }

}  // namespace roost::random_programs
