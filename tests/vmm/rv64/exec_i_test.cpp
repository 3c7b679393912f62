#include <gtest/gtest.h>

#include "tests/vmm/rv64/scene.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

constexpr std::uint64_t kMin = 1ULL << 63;

/// The result of one register-register instruction.
std::uint64_t result(std::uint32_t instruction_for_t2_t0_t1, std::uint64_t a, std::uint64_t b) {
  Scene s;
  s.x(t0) = a;
  s.x(t1) = b;
  s.run({instruction_for_t2_t0_t1});
  return s.x(t2);
}
std::uint64_t op_result(U funct3, U funct7, std::uint64_t a, std::uint64_t b) {
  return result(op(funct3, funct7, t2, t0, t1), a, b);
}
std::uint64_t word_result(U funct3, U funct7, std::uint64_t a, std::uint64_t b) {
  return result(op32(funct3, funct7, t2, t0, t1), a, b);
}

TEST(ExecI, AddsSubtractsAndCompares) {
  EXPECT_EQ(op_result(0, 0, ~0ULL, 2), 1u);
  EXPECT_EQ(op_result(0, 0x20, 1, 2), ~0ULL);
  EXPECT_EQ(op_result(2, 0, ~0ULL, 1), 1u);  // slt: -1 < 1
  EXPECT_EQ(op_result(3, 0, ~0ULL, 1), 0u);  // sltu
  EXPECT_EQ(op_result(4, 0, 0b1100, 0b1010), 0b0110u);
  EXPECT_EQ(op_result(6, 0, 0b1100, 0b1010), 0b1110u);
  EXPECT_EQ(op_result(7, 0, 0b1100, 0b1010), 0b1000u);
}

TEST(ExecI, ShiftsByTheLowSixBits) {
  EXPECT_EQ(op_result(1, 0, 1, 64 + 63), kMin);
  EXPECT_EQ(op_result(5, 0, kMin, 64 + 63), 1u);
  EXPECT_EQ(op_result(5, 0x20, kMin, 64 + 63), ~0ULL);
  EXPECT_EQ(result(srai(t2, t0, 63), kMin, 0), ~0ULL);
  EXPECT_EQ(result(slli(t2, t0, 63), 1, 0), kMin);
}

TEST(ExecI, WordOperationsSignExtendTheLowHalf) {
  EXPECT_EQ(word_result(0, 0, 0x7fff'ffff, 1), 0xffff'ffff'8000'0000u);
  EXPECT_EQ(word_result(0, 0x20, 0, 1), ~0ULL);
  EXPECT_EQ(word_result(1, 0, 1, 32 + 31), 0xffff'ffff'8000'0000u);
  EXPECT_EQ(word_result(5, 0, 0xf'8000'0000, 31), 1u);
  EXPECT_EQ(word_result(5, 0x20, 0x8000'0000, 31), ~0ULL);
  EXPECT_EQ(result(addiw(t2, t0, -1), 0x1'0000'0000, 0), ~0ULL);
}

TEST(ExecI, X0StaysZero) {
  Scene s;
  s.x(t0) = 5;
  s.run({add(zero, t0, t0), lui(zero, 5), addi(zero, t0, 1), mv(t1, zero), auipc(zero, 1), ld(zero, zero, 0)});
  EXPECT_EQ(s.x(t1), 0u);
  EXPECT_EQ(s.x(zero), 0u);
}

TEST(ExecI, LuiAndAuipcSignExtend) {
  Scene s;
  s.run({lui(t0, 0x80000), auipc(t1, 0x80000)});
  EXPECT_EQ(s.x(t0), 0xffff'ffff'8000'0000u);
  EXPECT_EQ(s.x(t1), 4u);
}

TEST(ExecI, JumpsLinkAndClearTheLowestBit) {
  Scene s;
  s.x(t0) = kRam + 0x101;
  s.code(kRam, {jal(ra, 8), nop(), jalr(ra, t0, 0)});
  s.step(1);
  EXPECT_EQ(s.x(ra), kRam + 4);
  EXPECT_EQ(s.pc(), kRam + 8);
  s.step(1);
  EXPECT_EQ(s.x(ra), kRam + 12);
  EXPECT_EQ(s.pc(), kRam + 0x100);
}

TEST(ExecI, JalrReadsItsBaseBeforeItLinks) {
  Scene s;
  s.x(ra) = kRam + 0x200;
  s.run({jalr(ra, ra, 4)});
  EXPECT_EQ(s.pc(), kRam + 0x204);
  EXPECT_EQ(s.x(ra), kRam + 4);
}

TEST(ExecI, BranchesReachOtherPages) {
  Scene s;
  s.code(kRam + 0xff0, {beq(zero, zero, 0x20)});
  s.code(kRam + 0x1010, {bne(t0, zero, -0x20), j(-0x20)});
  s.core().pc = kRam + 0xff0;
  s.step(1);
  EXPECT_EQ(s.pc(), kRam + 0x1010);
  s.step(2);
  EXPECT_EQ(s.pc(), kRam + 0x1014 - 0x20);
}

TEST(ExecI, StraightLineCodeRunsOverThePageEnd) {
  Scene s;
  s.code(kRam + 0xff8, {addi(t0, t0, 1), addi(t0, t0, 2), addi(t0, t0, 4), addi(t0, t0, 8)});
  s.core().pc = kRam + 0xff8;
  EXPECT_EQ(s.step(4).retired, 4u);
  EXPECT_EQ(s.x(t0), 15u);
  EXPECT_EQ(s.pc(), kRam + 0x1008);
}

TEST(ExecI, AnInstructionMayLieAcrossTwoPages) {
  Scene s;
  s.code(kRam + 0xffa, {addi(t0, t0, 1), addi(t0, t0, 2), addi(t0, t0, 4)});
  s.core().pc = kRam + 0xffa;
  EXPECT_EQ(s.step(3).retired, 3u);
  EXPECT_EQ(s.x(t0), 7u);
  EXPECT_EQ(s.pc(), kRam + 0x1006);
}

TEST(ExecI, ABranchAcrossTwoPagesGoesWhereItShould) {
  Scene s;
  s.code(kRam + 0xffe, {beq(zero, zero, -0x10)});
  s.core().pc = kRam + 0xffe;
  s.step(1);
  EXPECT_EQ(s.pc(), kRam + 0xfee);
}

TEST(ExecI, UnknownEncodingsAreIllegalWithTheirBits) {
  for (const std::uint32_t bits : {0x00000000u, 0xffffffffu, 0x0000007fu, op(1, 0x20, t0, t0, t0),
                                   0x00003073u | 0x1000u, load(7, t0, t0, 0), 0x02000013u | 1u << 12 | 1u << 31}) {
    Scene s;
    const Exit exit = s.run({bits});
    const bool compressed = (bits & 3) != 3;
    EXPECT_EQ(s.cause(), 2u) << std::hex << bits;
    EXPECT_EQ(s.tval(), compressed ? bits & 0xffff : bits);
    EXPECT_EQ(s.epc(), kRam);
    EXPECT_EQ(s.pc(), kTrapVector);
    EXPECT_EQ(exit.retired, 0u);
  }
}

}  // namespace
}  // namespace roost::rv64
