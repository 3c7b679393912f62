// The room: what the generator (on the host) and the harness (inside the guest) must agree on: where things lie in
// memory and how a random program is described.
// Not here: what programs do (generator.hpp), how they are run and summed up (harness/).
// Invariants: nothing but <stdint.h>, as the harness is freestanding; a Program is plain, little endian data.
#pragma once

#include <stdint.h>

namespace roost::random_programs {

inline constexpr uint64_t kPage = 4096;

// Physical memory:
//   8000'0000  harness         8001'0000  the batch: BatchHeader, then Programs with their code
//   8080'0000  scratch memory  80a0'0000  code of the running program  80c0'0000  page tables
inline constexpr uint64_t kImageBase = 0x8000'0000;
inline constexpr uint64_t kBatch = 0x8001'0000;
inline constexpr uint64_t kBatchLimit = 0x8080'0000;
inline constexpr uint64_t kScratch = 0x8080'0000;
inline constexpr uint64_t kScratchPages = 4;
inline constexpr uint64_t kCode = 0x80a0'0000;
inline constexpr uint64_t kCodePages = 4;
inline constexpr uint64_t kTables = 0x80c0'0000;
inline constexpr uint64_t kNowhere = 0x0800'0000;  // neither RAM nor a device

// Virtual memory under Sv39 (Sv48 puts one level above it, with the same first 256 GiB and last 1 GiB):
//   0020'0000  code                       0040'0000  window of 16 pages onto scratch memory, each with flags of its own
//   0060'0000  scratch as a 2 MiB page    0080'0000  8 raw level-1 entries: reserved forms, misaligned superpages
//   the last 1 GiB repeats the first
//   15'4000'0000         RAM as a 1 GiB page, and
//   ffff'ffcb'8000'0000  the harness, for its S-mode trap handler: at addresses that no corner value comes near
inline constexpr uint64_t kCodeVirtual = 0x0020'0000;
inline constexpr uint64_t kWindowVirtual = 0x0040'0000;
inline constexpr uint64_t kWindowPages = 16;
inline constexpr uint64_t kSuperVirtual = 0x0060'0000;
inline constexpr uint64_t kRawVirtual = 0x0080'0000;
inline constexpr uint64_t kRawEntries = 8;
inline constexpr uint64_t kGigaVirtual = 0x15'4000'0000;
inline constexpr uint64_t kLastGiB = 0xffff'ffff'c000'0000;
inline constexpr uint64_t kHarnessVirtual = 0xffff'ffcb'8000'0000;

// Flags of a page table entry.
inline constexpr uint64_t kValid = 1;
inline constexpr uint64_t kRead = 2;
inline constexpr uint64_t kWrite = 4;
inline constexpr uint64_t kExecute = 8;
inline constexpr uint64_t kUser = 16;
inline constexpr uint64_t kGlobal = 32;
inline constexpr uint64_t kAccessed = 64;
inline constexpr uint64_t kDirty = 128;

inline constexpr uint32_t kTrapLimit = 64;  // a program ends at its this-many-th trap
inline constexpr uint32_t kEcall = 0x0000'0073;  // the last four bytes of a program's code

enum class Mode : uint8_t { User = 0, Supervisor = 1, Machine = 3 };

struct Program {
  uint32_t bytes;             // of this struct and the code after it, a multiple of 8
  uint32_t code_bytes;
  Mode mode;
  uint8_t paging;             // satp's MODE: 0 bare, 8 Sv39, 9 Sv48
  uint8_t resume_register;    // where to go on after a jump to nowhere
  uint8_t repairs;            // bit n: page fault n (modulo 8) is repaired and the instruction retried, not skipped
  uint16_t code_offset;       // where in the code pages it starts
  uint16_t super_flags;
  uint16_t giga_flags;
  uint16_t fcsr;
  uint64_t scratch_seed;
  uint64_t mstatus;           // set on top of the harness's own bits
  uint64_t medeleg;
  uint64_t pmp_address;       // pmpaddr0; entry 1 opens all the rest
  uint64_t pmp_config;        // the byte of entry 0
  uint16_t code_flags[kCodePages];
  uint16_t window_flags[kWindowPages];
  uint8_t window_page[kWindowPages];  // which page of scratch memory
  uint64_t raw_entries[kRawEntries];
  uint64_t x[32];
  uint64_t f[32];
};
static_assert(sizeof(Program) % 8 == 0);

struct BatchHeader {
  uint32_t programs;
  uint32_t verbose;  // not 0: print the whole state of each, not only its digest
};

/// Where a program sees its code: translated, except in M-mode.
constexpr uint64_t code_base(const Program& program) {
  return program.mode != Mode::Machine && program.paging != 0 ? kCodeVirtual : kCode;
}

}  // namespace roost::random_programs
