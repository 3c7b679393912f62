#include "vmm/rv64/expand.hpp"

#include "vmm/rv64/encoding.hpp"

namespace roost::rv64 {

namespace {

// Builders of 32-bit formats; immediates are taken as their low bits.
constexpr std::uint32_t r_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t funct7, std::uint32_t rd,
                               std::uint32_t rs) {  // rd is also rs1: all compressed register operations
  return funct7 << 25 | rs << 20 | rd << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr std::uint32_t i_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rd, std::uint32_t rs1,
                               std::uint32_t imm) {
  return imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr std::uint32_t s_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rs1, std::uint32_t rs2,
                               std::uint32_t imm) {
  return (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (imm & 31) << 7 | opcode;
}
constexpr std::uint32_t b_type(std::uint32_t funct3, std::uint32_t rs1, std::uint32_t imm) {
  return (imm >> 12 & 1) << 31 | (imm >> 5 & 0x3f) << 25 | rs1 << 15 | funct3 << 12 | (imm >> 1 & 15) << 8 |
         (imm >> 11 & 1) << 7 | 0x63;
}
constexpr std::uint32_t j_type(std::uint32_t rd, std::uint32_t imm) {
  return (imm >> 20 & 1) << 31 | (imm >> 1 & 0x3ff) << 21 | (imm >> 11 & 1) << 20 | (imm >> 12 & 0xff) << 12 |
         rd << 7 | 0x6f;
}

constexpr std::uint32_t kLoad = 0x03, kLoadFp = 0x07, kOpImm = 0x13, kOpImm32 = 0x1b, kStore = 0x23, kStoreFp = 0x27,
                        kOp = 0x33, kLui = 0x37, kOp32 = 0x3b, kJalr = 0x67;
constexpr std::uint32_t kEbreak = 0x00100073;
constexpr std::uint32_t kSp = 2;

struct Compressed {
  std::uint32_t bits;

  constexpr std::uint32_t field(unsigned low, unsigned width) const { return (bits >> low) & ((1U << width) - 1); }
  constexpr std::uint32_t rd() const { return field(7, 5); }
  constexpr std::uint32_t rs2() const { return field(2, 5); }
  constexpr std::uint32_t rd_short() const { return 8 + field(2, 3); }   // also rs2'
  constexpr std::uint32_t rs1_short() const { return 8 + field(7, 3); }  // also rd' of arithmetic
  constexpr std::uint32_t imm6() const {
    return static_cast<std::uint32_t>(sign_extend(field(12, 1) << 5 | field(2, 5), 6));
  }
  constexpr std::uint32_t shift6() const { return field(12, 1) << 5 | field(2, 5); }
  constexpr std::uint32_t offset_word() const { return field(5, 1) << 6 | field(10, 3) << 3 | field(6, 1) << 2; }
  constexpr std::uint32_t offset_double() const { return field(5, 2) << 6 | field(10, 3) << 3; }
  constexpr std::uint32_t sp_load_word() const { return field(2, 2) << 6 | field(12, 1) << 5 | field(4, 3) << 2; }
  constexpr std::uint32_t sp_load_double() const { return field(2, 3) << 6 | field(12, 1) << 5 | field(5, 2) << 3; }
  constexpr std::uint32_t sp_store_word() const { return field(7, 2) << 6 | field(9, 4) << 2; }
  constexpr std::uint32_t sp_store_double() const { return field(7, 3) << 6 | field(10, 3) << 3; }
  constexpr std::uint32_t jump() const {
    const std::uint32_t raw = field(12, 1) << 11 | field(8, 1) << 10 | field(9, 2) << 8 | field(6, 1) << 7 |
                              field(7, 1) << 6 | field(2, 1) << 5 | field(11, 1) << 4 | field(3, 3) << 1;
    return static_cast<std::uint32_t>(sign_extend(raw, 12));
  }
  constexpr std::uint32_t branch() const {
    const std::uint32_t raw = field(12, 1) << 8 | field(5, 2) << 6 | field(2, 1) << 5 | field(10, 2) << 3 |
                              field(3, 2) << 1;
    return static_cast<std::uint32_t>(sign_extend(raw, 9));
  }
};

std::uint32_t quadrant_0(Compressed c) {
  const std::uint32_t rd = c.rd_short(), rs1 = c.rs1_short();
  switch (c.field(13, 3)) {
    case 0: {  // c.addi4spn
      const std::uint32_t imm = c.field(7, 4) << 6 | c.field(11, 2) << 4 | c.field(5, 1) << 3 | c.field(6, 1) << 2;
      return imm == 0 ? 0 : i_type(kOpImm, 0, rd, kSp, imm);
    }
    case 1: return i_type(kLoadFp, 3, rd, rs1, c.offset_double());
    case 2: return i_type(kLoad, 2, rd, rs1, c.offset_word());
    case 3: return i_type(kLoad, 3, rd, rs1, c.offset_double());
    case 5: return s_type(kStoreFp, 3, rs1, rd, c.offset_double());
    case 6: return s_type(kStore, 2, rs1, rd, c.offset_word());
    case 7: return s_type(kStore, 3, rs1, rd, c.offset_double());
    default: return 0;
  }
}

std::uint32_t lui_or_addi16sp(Compressed c) {
  if (c.imm6() == 0) return 0;
  if (c.rd() != kSp) return (c.imm6() << 12) | c.rd() << 7 | kLui;
  const std::uint32_t imm = c.field(12, 1) << 9 | c.field(3, 2) << 7 | c.field(5, 1) << 6 | c.field(2, 1) << 5 |
                            c.field(6, 1) << 4;
  return i_type(kOpImm, 0, kSp, kSp, static_cast<std::uint32_t>(sign_extend(imm, 10)));
}

std::uint32_t arithmetic(Compressed c) {
  const std::uint32_t rd = c.rs1_short(), rs2 = c.rd_short();
  switch (c.field(10, 2)) {
    case 0: return i_type(kOpImm, 5, rd, rd, c.shift6());
    case 1: return i_type(kOpImm, 5, rd, rd, c.shift6() | 0x400);
    case 2: return i_type(kOpImm, 7, rd, rd, c.imm6());
    default: break;
  }
  switch (c.field(12, 1) << 2 | c.field(5, 2)) {
    case 0: return r_type(kOp, 0, 0x20, rd, rs2);    // c.sub
    case 1: return r_type(kOp, 4, 0, rd, rs2);       // c.xor
    case 2: return r_type(kOp, 6, 0, rd, rs2);       // c.or
    case 3: return r_type(kOp, 7, 0, rd, rs2);       // c.and
    case 4: return r_type(kOp32, 0, 0x20, rd, rs2);  // c.subw
    case 5: return r_type(kOp32, 0, 0, rd, rs2);     // c.addw
    default: return 0;
  }
}

std::uint32_t quadrant_1(Compressed c) {
  switch (c.field(13, 3)) {
    case 0: return i_type(kOpImm, 0, c.rd(), c.rd(), c.imm6());
    case 1: return c.rd() == 0 ? 0 : i_type(kOpImm32, 0, c.rd(), c.rd(), c.imm6());
    case 2: return i_type(kOpImm, 0, c.rd(), 0, c.imm6());
    case 3: return lui_or_addi16sp(c);
    case 4: return arithmetic(c);
    case 5: return j_type(0, c.jump());
    case 6: return b_type(0, c.rs1_short(), c.branch());
    default: return b_type(1, c.rs1_short(), c.branch());
  }
}

std::uint32_t jump_or_move(Compressed c) {
  const bool second_half = c.field(12, 1) != 0;
  if (c.rs2() != 0) return second_half ? r_type(kOp, 0, 0, c.rd(), c.rs2()) : c.rs2() << 20 | c.rd() << 7 | kOp;
  if (c.rd() == 0) return second_half ? kEbreak : 0;
  return i_type(kJalr, 0, second_half ? 1 : 0, c.rd(), 0);
}

std::uint32_t quadrant_2(Compressed c) {
  switch (c.field(13, 3)) {
    case 0: return i_type(kOpImm, 1, c.rd(), c.rd(), c.shift6());
    case 1: return i_type(kLoadFp, 3, c.rd(), kSp, c.sp_load_double());
    case 2: return c.rd() == 0 ? 0 : i_type(kLoad, 2, c.rd(), kSp, c.sp_load_word());
    case 3: return c.rd() == 0 ? 0 : i_type(kLoad, 3, c.rd(), kSp, c.sp_load_double());
    case 4: return jump_or_move(c);
    case 5: return s_type(kStoreFp, 3, kSp, c.rs2(), c.sp_store_double());
    case 6: return s_type(kStore, 2, kSp, c.rs2(), c.sp_store_word());
    default: return s_type(kStore, 3, kSp, c.rs2(), c.sp_store_double());
  }
}

}  // namespace

std::uint32_t expand(std::uint16_t bits) {
  const Compressed c{bits};
  switch (bits & 3) {
    case 0: return quadrant_0(c);
    case 1: return quadrant_1(c);
    case 2: return quadrant_2(c);
    default: return 0;
  }
}

}  // namespace roost::rv64
