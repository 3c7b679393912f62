// The room: RISC-V encodings as functions, for programs that tests write by hand.
// Not here: labels; tests count instructions.
#pragma once

#include <cstdint>

namespace roost::rv64::as {

enum Reg : std::uint32_t {
  zero, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7,
  s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
};
using U = std::uint32_t;
using I = std::int32_t;

// tidy: parameters: the fields of the format, as the manual draws it
constexpr U r_type(U opcode, U funct3, U funct7, U rd, U rs1, U rs2) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr U i_type(U opcode, U funct3, U rd, U rs1, I imm) {
  return static_cast<U>(imm) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr U s_type(U opcode, U funct3, U rs1, U rs2, I imm) {
  const U u = static_cast<U>(imm);
  return (u >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (u & 31) << 7 | opcode;
}
constexpr U b_type(U funct3, U rs1, U rs2, I imm) {
  const U u = static_cast<U>(imm);
  return (u >> 12 & 1) << 31 | (u >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (u >> 1 & 15) << 8 |
         (u >> 11 & 1) << 7 | 0x63;
}

constexpr U lui(U rd, U imm20) { return imm20 << 12 | rd << 7 | 0x37; }
constexpr U auipc(U rd, U imm20) { return imm20 << 12 | rd << 7 | 0x17; }
constexpr U addi(U rd, U rs1, I imm) { return i_type(0x13, 0, rd, rs1, imm); }
constexpr U li(U rd, I imm) { return addi(rd, zero, imm); }
constexpr U mv(U rd, U rs) { return addi(rd, rs, 0); }
constexpr U nop() { return addi(zero, zero, 0); }
constexpr U slli(U rd, U rs1, I n) { return i_type(0x13, 1, rd, rs1, n); }
constexpr U srli(U rd, U rs1, I n) { return i_type(0x13, 5, rd, rs1, n); }
constexpr U srai(U rd, U rs1, I n) { return i_type(0x13, 5, rd, rs1, n | 0x400); }
constexpr U andi(U rd, U rs1, I imm) { return i_type(0x13, 7, rd, rs1, imm); }
constexpr U xori(U rd, U rs1, I imm) { return i_type(0x13, 4, rd, rs1, imm); }
constexpr U addiw(U rd, U rs1, I imm) { return i_type(0x1b, 0, rd, rs1, imm); }
constexpr U op(U funct3, U funct7, U rd, U rs1, U rs2) { return r_type(0x33, funct3, funct7, rd, rs1, rs2); }
constexpr U op32(U funct3, U funct7, U rd, U rs1, U rs2) { return r_type(0x3b, funct3, funct7, rd, rs1, rs2); }
constexpr U add(U rd, U rs1, U rs2) { return op(0, 0, rd, rs1, rs2); }
constexpr U sub(U rd, U rs1, U rs2) { return op(0, 0x20, rd, rs1, rs2); }
constexpr U xor_(U rd, U rs1, U rs2) { return op(4, 0, rd, rs1, rs2); }
constexpr U and_(U rd, U rs1, U rs2) { return op(7, 0, rd, rs1, rs2); }
constexpr U mul(U rd, U rs1, U rs2) { return op(0, 1, rd, rs1, rs2); }

constexpr U load(U funct3, U rd, U base, I offset) { return i_type(0x03, funct3, rd, base, offset); }
constexpr U lb(U rd, U base, I offset) { return load(0, rd, base, offset); }
constexpr U lh(U rd, U base, I offset) { return load(1, rd, base, offset); }
constexpr U lw(U rd, U base, I offset) { return load(2, rd, base, offset); }
constexpr U ld(U rd, U base, I offset) { return load(3, rd, base, offset); }
constexpr U lbu(U rd, U base, I offset) { return load(4, rd, base, offset); }
constexpr U sb(U rs, U base, I offset) { return s_type(0x23, 0, base, rs, offset); }
constexpr U sh(U rs, U base, I offset) { return s_type(0x23, 1, base, rs, offset); }
constexpr U sw(U rs, U base, I offset) { return s_type(0x23, 2, base, rs, offset); }
constexpr U sd(U rs, U base, I offset) { return s_type(0x23, 3, base, rs, offset); }

constexpr U beq(U a, U b, I offset) { return b_type(0, a, b, offset); }
constexpr U bne(U a, U b, I offset) { return b_type(1, a, b, offset); }
constexpr U blt(U a, U b, I offset) { return b_type(4, a, b, offset); }
constexpr U jal(U rd, I offset) {
  const U u = static_cast<U>(offset);
  return (u >> 20 & 1) << 31 | (u >> 1 & 0x3ff) << 21 | (u >> 11 & 1) << 20 | (u >> 12 & 0xff) << 12 | rd << 7 | 0x6f;
}
constexpr U j(I offset) { return jal(zero, offset); }
constexpr U jalr(U rd, U rs1, I offset) { return i_type(0x67, 0, rd, rs1, offset); }
constexpr U ret() { return jalr(zero, ra, 0); }

constexpr U csrrw(U rd, U number, U rs1) { return i_type(0x73, 1, rd, rs1, static_cast<I>(number)); }
constexpr U csrrs(U rd, U number, U rs1) { return i_type(0x73, 2, rd, rs1, static_cast<I>(number)); }
constexpr U csrrc(U rd, U number, U rs1) { return i_type(0x73, 3, rd, rs1, static_cast<I>(number)); }
constexpr U csrwi(U number, U imm) { return i_type(0x73, 5, zero, imm, static_cast<I>(number)); }
constexpr U csrr(U rd, U number) { return csrrs(rd, number, zero); }
constexpr U csrw(U number, U rs1) { return csrrw(zero, number, rs1); }

constexpr U ecall() { return 0x00000073; }
constexpr U ebreak() { return 0x00100073; }
constexpr U sret() { return 0x10200073; }
constexpr U mret() { return 0x30200073; }
constexpr U wfi() { return 0x10500073; }
constexpr U sfence_vma() { return 0x12000073; }
constexpr U fence_i() { return 0x0000100f; }
constexpr U fence() { return 0x0ff0000f; }
constexpr U pause() { return 0x0100000f; }
constexpr U wrs_nto() { return 0x00d00073; }
constexpr U wrs_sto() { return 0x01d00073; }

/// width 2: .w, 3: .d
constexpr U amo(U funct5, U width, U rd, U address, U rs2) {
  return r_type(0x2f, width, funct5 << 2, rd, address, rs2);
}
constexpr U lr(U width, U rd, U address) { return amo(2, width, rd, address, zero); }
constexpr U sc(U width, U rd, U address, U rs2) { return amo(3, width, rd, address, rs2); }
constexpr U amoadd(U width, U rd, U address, U rs2) { return amo(0, width, rd, address, rs2); }
constexpr U amoswap(U width, U rd, U address, U rs2) { return amo(1, width, rd, address, rs2); }

}  // namespace roost::rv64::as
