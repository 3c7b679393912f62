// The room: RISC-V instruction formats, written out of fields (unpriv 2.2, 2.3, 16.2).
// Not here: which instructions exist: the unit_*.cpp files know them. Shares nothing with vmm/rv64's decoder.
#pragma once

#include <cstdint>

namespace roost::random_programs {

using Word = std::uint32_t;
using Half = std::uint16_t;

enum Opcode : Word {
  kLoad = 0x03, kLoadFp = 0x07, kMiscMem = 0x0f, kOpImm = 0x13, kAuipc = 0x17, kOpImm32 = 0x1b, kStore = 0x23,
  kStoreFp = 0x27, kAmo = 0x2f, kOp = 0x33, kLui = 0x37, kOp32 = 0x3b, kMadd = 0x43, kMsub = 0x47, kNmsub = 0x4b,
  kNmadd = 0x4f, kOpFp = 0x53, kBranch = 0x63, kJalr = 0x67, kJal = 0x6f, kSystem = 0x73,
};

/// `count` bits of value from bit `from`, moved to bit `to`.
constexpr Word field(std::int64_t value, int from, int count, int to) {
  return static_cast<Word>(static_cast<std::uint64_t>(value) >> from & ((std::uint64_t{1} << count) - 1)) << to;
}

struct Registers {
  unsigned rd = 0;
  unsigned rs1 = 0;
  unsigned rs2 = 0;
};

constexpr Word r_type(Word opcode, Word funct3, Word funct7, Registers r) {
  return funct7 << 25 | r.rs2 << 20 | r.rs1 << 15 | funct3 << 12 | r.rd << 7 | opcode;
}
constexpr Word i_type(Word opcode, Word funct3, Registers r, std::int64_t immediate) {
  return field(immediate, 0, 12, 20) | r.rs1 << 15 | funct3 << 12 | r.rd << 7 | opcode;
}
constexpr Word s_type(Word opcode, Word funct3, Registers r, std::int64_t immediate) {
  return field(immediate, 5, 7, 25) | r.rs2 << 20 | r.rs1 << 15 | funct3 << 12 | field(immediate, 0, 5, 7) | opcode;
}
constexpr Word u_type(Word opcode, unsigned rd, std::int64_t upper) {
  return field(upper, 0, 20, 12) | rd << 7 | opcode;
}
constexpr Word b_offset(std::int64_t offset) {
  return field(offset, 12, 1, 31) | field(offset, 5, 6, 25) | field(offset, 1, 4, 8) | field(offset, 11, 1, 7);
}
constexpr Word j_offset(std::int64_t offset) {
  return field(offset, 20, 1, 31) | field(offset, 1, 10, 21) | field(offset, 11, 1, 20) | field(offset, 12, 8, 12);
}
constexpr Word csr(Word funct3, Word number, unsigned rd, unsigned rs1_or_immediate) {
  return number << 20 | rs1_or_immediate << 15 | funct3 << 12 | rd << 7 | kSystem;
}

// Compressed.
constexpr Half c_type(Word quadrant, Word funct3, Word middle) {
  return static_cast<Half>(funct3 << 13 | middle | quadrant);
}
constexpr Word cb_offset(std::int64_t offset) {
  return field(offset, 8, 1, 12) | field(offset, 3, 2, 10) | field(offset, 6, 2, 5) | field(offset, 1, 2, 3) |
         field(offset, 5, 1, 2);
}
constexpr Word cj_offset(std::int64_t offset) {
  return field(offset, 11, 1, 12) | field(offset, 4, 1, 11) | field(offset, 8, 2, 9) | field(offset, 10, 1, 8) |
         field(offset, 6, 1, 7) | field(offset, 7, 1, 6) | field(offset, 1, 3, 3) | field(offset, 5, 1, 2);
}
/// A six-bit immediate at bits 12 and 6:2, and a register at 11:7.
constexpr Word ci_fields(unsigned rd, std::int64_t immediate) {
  return field(immediate, 5, 1, 12) | rd << 7 | field(immediate, 0, 5, 2);
}

}  // namespace roost::random_programs
