#include <gtest/gtest.h>

#include "tests/vmm/rv64/assembler.hpp"
#include "vmm/rv64/expand.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

struct Pair {
  std::uint16_t compressed;
  std::uint32_t full;
};

// The left side as an assembler gives it for the comment.
constexpr Pair kPairs[] = {
    {0x0808, addi(a0, sp, 16)},               // c.addi4spn a0, sp, 16
    {0x651c, ld(a5, a0, 8)},                  // c.ld a5, 8(a0)
    {0x4158, lw(a4, a0, 4)},                  // c.lw a4, 4(a0)
    {0xe51c, sd(a5, a0, 8)},                  // c.sd a5, 8(a0)
    {0xc158, sw(a4, a0, 4)},                  // c.sw a4, 4(a0)
    {0x0505, addi(a0, a0, 1)},                // c.addi a0, 1
    {0x157d, addi(a0, a0, -1)},               // c.addi a0, -1
    {0x2505, addiw(a0, a0, 1)},               // c.addiw a0, 1
    {0x4515, addi(a0, zero, 5)},              // c.li a0, 5
    {0x7139, addi(sp, sp, -64)},              // c.addi16sp sp, -64
    {0x6505, lui(a0, 1)},                     // c.lui a0, 1
    {0x757d, lui(a0, 0xfffff)},               // c.lui a0, 0xfffff
    {0x8105, srli(a0, a0, 1)},                // c.srli a0, 1
    {0x957d, srai(a0, a0, 63)},               // c.srai a0, 63
    {0x8941, andi(a0, a0, 16)},               // c.andi a0, 16
    {0x8d0d, sub(a0, a0, a1)},                // c.sub a0, a1
    {0x8d2d, xor_(a0, a0, a1)},               // c.xor a0, a1
    {0x8d4d, op(6, 0, a0, a0, a1)},           // c.or a0, a1
    {0x8d6d, and_(a0, a0, a1)},               // c.and a0, a1
    {0x9d0d, op32(0, 0x20, a0, a0, a1)},      // c.subw a0, a1
    {0x9d2d, op32(0, 0, a0, a0, a1)},         // c.addw a0, a1
    {0xa001, jal(zero, 0)},                   // c.j .
    {0xbffd, jal(zero, -2)},                  // c.j .-2
    {0xc119, beq(a0, zero, 6)},               // c.beqz a0, .+6
    {0xfd75, bne(a0, zero, -4)},              // c.bnez a0, .-4
    {0x0506, slli(a0, a0, 1)},                // c.slli a0, 1
    {0x6522, ld(a0, sp, 8)},                  // c.ldsp a0, 8(sp)
    {0x4522, lw(a0, sp, 8)},                  // c.lwsp a0, 8(sp)
    {0xe42a, sd(a0, sp, 8)},                  // c.sdsp a0, 8(sp)
    {0xc42a, sw(a0, sp, 8)},                  // c.swsp a0, 8(sp)
    {0x8082, jalr(zero, ra, 0)},              // c.jr ra
    {0x9502, jalr(ra, a0, 0)},                // c.jalr a0
    {0x852e, add(a0, zero, a1)},              // c.mv a0, a1
    {0x952e, add(a0, a0, a1)},                // c.add a0, a1
    {0x9002, ebreak()},                       // c.ebreak
    {0x2108, i_type(0x07, 3, 10, a0, 0)},     // c.fld fa0, 0(a0)
    {0xa108, s_type(0x27, 3, a0, 10, 0)},     // c.fsd fa0, 0(a0)
    {0x2522, i_type(0x07, 3, 10, sp, 8)},     // c.fldsp fa0, 8(sp)
    {0xa42a, s_type(0x27, 3, sp, 10, 8)},     // c.fsdsp fa0, 8(sp)
    {0x0001, nop()},                          // c.nop
};

TEST(Expand, GivesWhatTheSpecificationSays) {
  for (const Pair& p : kPairs) EXPECT_EQ(expand(p.compressed), p.full) << std::hex << p.compressed;
}

TEST(Expand, ReservedEncodingsStayIllegal) {
  for (const unsigned bits : {0x0000u, 0x0004u, 0x8000u, 0x9c41u, 0x9c61u, 0x2001u, 0x6101u, 0x6501u,
                              0x4002u, 0x6002u, 0x8002u})
    EXPECT_EQ(expand(static_cast<std::uint16_t>(bits)), 0u) << std::hex << bits;
}

}  // namespace
}  // namespace roost::rv64
