#include <gtest/gtest.h>

#include <bit>

#include "tests/vmm/rv64/scene.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

constexpr std::uint64_t kBox = 0xffff'ffff'0000'0000;
std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }
std::uint64_t boxed(float value) { return kBox | std::bit_cast<std::uint32_t>(value); }

constexpr U kRne = 0, kRup = 3, kDyn = 7;
// tidy: parameters: the fields of the format, as the manual draws it
constexpr U fp(U funct5, U format, U rm, U rd, U rs1, U rs2) {
  return r_type(0x53, rm, funct5 << 2 | format, rd, rs1, rs2);
}
// tidy: parameters: the fields of the format, as the manual draws it
constexpr U fused(U opcode, U format, U rd, U rs1, U rs2, U rs3) {
  return rs3 << 27 | format << 25 | rs2 << 20 | rs1 << 15 | kDyn << 12 | rd << 7 | opcode;
}

struct FpScene : Scene {
  FpScene() { core().csr.mstatus |= 1ULL << 13; }
  std::uint64_t& f(unsigned reg) { return core().f[reg]; }
  bool dirty() { return (core().csr.mstatus & mstatus::kFs) == mstatus::kFs; }
};

TEST(ExecF, ComputesInBothFormats) {
  FpScene s;
  s.f(1) = boxed(1.5F);
  s.f(2) = boxed(2.25F);
  s.f(3) = bits(1.5);
  s.f(4) = bits(2.25);
  s.run({fp(0, 0, kRne, 10, 1, 2), fp(2, 0, kRne, 11, 1, 2), fp(1, 1, kRne, 12, 3, 4), fp(3, 1, kRne, 13, 3, 4)});
  EXPECT_EQ(s.f(10), boxed(3.75F));
  EXPECT_EQ(s.f(11), boxed(3.375F));
  EXPECT_EQ(s.f(12), bits(-0.75));
  EXPECT_EQ(s.f(13), bits(1.5 / 2.25));
  EXPECT_EQ(s.core().fflags, 1u);  // the quotient was inexact
  EXPECT_TRUE(s.dirty());
}

TEST(ExecF, SignsOfTheFusedForms) {
  FpScene s;
  s.f(1) = bits(3);
  s.f(2) = bits(5);
  s.f(3) = bits(2);
  s.run({fused(0x43, 1, 10, 1, 2, 3), fused(0x47, 1, 11, 1, 2, 3), fused(0x4b, 1, 12, 1, 2, 3),
         fused(0x4f, 1, 13, 1, 2, 3)});
  EXPECT_EQ(s.f(10), bits(17));
  EXPECT_EQ(s.f(11), bits(13));
  EXPECT_EQ(s.f(12), bits(-13));
  EXPECT_EQ(s.f(13), bits(-17));
}

TEST(ExecF, ASingleThatIsNotBoxedIsANan) {
  FpScene s;
  s.f(1) = std::bit_cast<std::uint32_t>(1.0F);  // no ones above
  s.f(2) = boxed(1.0F);
  s.run({fp(0, 0, kRne, 10, 1, 2), fp(4, 0, 0, 11, 1, 1), fp(0x1c, 0, 0, a0, 1, 0), fp(0x1c, 0, 1, a1, 1, 0)});
  EXPECT_EQ(s.f(10), kBox | 0x7fc0'0000);
  EXPECT_EQ(s.f(11), kBox | 0x7fc0'0000);
  EXPECT_EQ(s.x(a0), 0x3f80'0000u);  // fmv.x.w is raw
  EXPECT_EQ(s.x(a1), 1u << 9);       // quiet NaN
}

TEST(ExecF, LoadsBoxAndStoresAreRaw) {
  FpScene s;
  s.put<std::uint64_t>(kData, 0x1234'5678'bf80'0000);
  s.x(t0) = kData;
  s.f(2) = 0x1111'2222'3333'4444;
  s.run({i_type(0x07, 2, 1, t0, 0), i_type(0x07, 3, 3, t0, 0), s_type(0x27, 2, t0, 2, 8), s_type(0x27, 3, t0, 2, 16),
         i_type(0x07, 3, 4, t0, 15)});
  EXPECT_EQ(s.f(1), boxed(-1.0F));
  EXPECT_EQ(s.f(3), 0x1234'5678'bf80'0000u);
  EXPECT_EQ(s.get(kData + 8), 0x3333'4444u);
  EXPECT_EQ(s.get(kData + 16), 0x1111'2222'3333'4444u);
  EXPECT_EQ(s.f(4), 0x11'2222'3333'4444'00u);  // misaligned
}

TEST(ExecF, ConversionsToIntegersSignExtendWords) {
  FpScene s;
  s.f(1) = bits(-1.5);
  s.f(2) = bits(4294967295.0);
  s.run({fp(0x18, 1, 1, a0, 1, 0), fp(0x18, 1, 1, a1, 2, 1), fp(0x18, 1, 1, a2, 1, 1), fp(0x18, 1, 1, a3, 2, 2),
         fp(0x18, 1, 1, a4, 1, 3)});
  EXPECT_EQ(s.x(a0), ~0ULL);
  EXPECT_EQ(s.x(a1), ~0ULL);
  EXPECT_EQ(s.x(a2), 0u);
  EXPECT_EQ(s.x(a3), 0xffff'ffffu);
  EXPECT_EQ(s.x(a4), 0u);
}

TEST(ExecF, ConversionsFromIntegersLookOnlyAtTheirWidth) {
  FpScene s;
  s.x(t0) = 0xffff'ffff;
  s.x(t1) = 1ULL << 63;
  s.run({fp(0x1a, 1, kRne, 10, t0, 0), fp(0x1a, 1, kRne, 11, t0, 1), fp(0x1a, 1, kRne, 12, t1, 2),
         fp(0x1a, 0, kRne, 13, t1, 3)});
  EXPECT_EQ(s.f(10), bits(-1.0));
  EXPECT_EQ(s.f(11), bits(4294967295.0));
  EXPECT_EQ(s.f(12), bits(-9223372036854775808.0));
  EXPECT_EQ(s.f(13), boxed(9223372036854775808.0F));
}

TEST(ExecF, FormatsConvertIntoEachOther) {
  FpScene s;
  s.f(1) = bits(1.1);
  s.f(2) = boxed(1.5F);
  s.run({fp(8, 0, kRne, 10, 1, 1), fp(8, 1, kRne, 11, 2, 0)});
  EXPECT_EQ(s.f(10), boxed(1.1F));
  EXPECT_EQ(s.f(11), bits(1.5));
}

TEST(ExecF, ComparesAndMinMax) {
  FpScene s;
  s.f(1) = bits(1);
  s.f(2) = bits(2);
  s.run({fp(0x14, 1, 2, a0, 1, 2), fp(0x14, 1, 1, a1, 1, 2), fp(0x14, 1, 0, a2, 2, 1), fp(5, 1, 0, 10, 1, 2),
         fp(5, 1, 1, 11, 1, 2)});
  EXPECT_EQ(s.x(a0), 0u);
  EXPECT_EQ(s.x(a1), 1u);
  EXPECT_EQ(s.x(a2), 0u);
  EXPECT_EQ(s.f(10), bits(1));
  EXPECT_EQ(s.f(11), bits(2));
}

TEST(ExecF, SignInjection) {
  FpScene s;
  s.f(1) = bits(1);
  s.f(2) = bits(-2);
  s.run({fp(4, 1, 0, 10, 1, 2), fp(4, 1, 1, 11, 1, 2), fp(4, 1, 2, 12, 2, 2)});
  EXPECT_EQ(s.f(10), bits(-1));
  EXPECT_EQ(s.f(11), bits(1));
  EXPECT_EQ(s.f(12), bits(2));
}

TEST(ExecF, TheRoundingModeIsTheInstructionsOrFrms) {
  FpScene s;
  s.f(1) = bits(1);
  s.f(2) = bits(3);
  s.core().csr.frm = kRup;
  s.run({fp(3, 1, kRne, 10, 1, 2), fp(3, 1, kRup, 11, 1, 2), fp(3, 1, kDyn, 12, 1, 2)});
  EXPECT_EQ(s.f(11), s.f(10) + 1);
  EXPECT_EQ(s.f(12), s.f(11));
}

TEST(ExecF, ReservedRoundingModesAreIllegal) {
  for (const U rm : {5u, 6u}) {
    FpScene s;
    s.run({fp(0, 1, rm, 10, 1, 2)});
    EXPECT_EQ(s.cause(), 2u);
  }
  for (const U frm : {5u, 6u, 7u}) {
    FpScene s;
    s.core().csr.frm = frm;
    s.run({fp(0, 1, kDyn, 10, 1, 2)});
    EXPECT_EQ(s.tval(), fp(0, 1, kDyn, 10, 1, 2));
    s.core().csr.mcause = 0;
    s.run({fp(0, 1, kRne, 10, 1, 2)});
    EXPECT_EQ(s.cause(), 0u);
  }
}

TEST(ExecF, EverythingIsIllegalWhileFsIsOff) {
  for (const U instruction :
       {fp(0, 1, kRne, 10, 1, 2), fp(0x14, 1, 2, a0, 1, 2), fp(0x1c, 0, 0, a0, 1, 0), fp(0x1e, 0, 0, 10, a0, 0),
        i_type(0x07, 3, 1, t0, 0), s_type(0x27, 2, t0, 2, 8), fused(0x43, 0, 10, 1, 2, 3), fp(4, 0, 0, 1, 1, 1)}) {
    Scene s;
    s.x(t0) = kData;
    s.run({instruction});
    EXPECT_EQ(s.cause(), 2u);
    EXPECT_EQ(s.tval(), instruction);
  }
}

TEST(ExecF, UnknownEncodingsAreIllegal) {
  for (const U instruction : {fp(0, 2, kRne, 1, 1, 1), fp(0x0b, 1, kRne, 1, 1, 1), fp(4, 1, 3, 1, 1, 1),
                              fp(5, 1, 2, 1, 1, 1),
                              fp(8, 0, kRne, 1, 1, 0), fp(8, 1, kRne, 1, 1, 1), fp(0x14, 1, 3, 1, 1, 1),
                              fp(0x18, 1, kRne, 1, 1, 4), fp(0x1c, 1, 2, 1, 1, 0), fp(0x1e, 1, 1, 1, 1, 0),
                              i_type(0x07, 4, 1, t0, 0), fused(0x43, 3, 1, 1, 1, 1)}) {
    FpScene s;
    s.run({instruction});
    EXPECT_EQ(s.cause(), 2u) << std::hex << instruction;
    EXPECT_EQ(s.tval(), instruction);
  }
}

TEST(ExecF, OnlyWhatChangesStateMakesItDirty) {
  FpScene s;
  s.f(1) = bits(1);
  s.x(t0) = kData;
  s.run({fp(0x14, 1, 2, a0, 1, 1), s_type(0x27, 3, t0, 1, 0), fp(0x1c, 1, 0, a1, 1, 0), csrr(a2, 3)});
  EXPECT_FALSE(s.dirty());
  s.f(2) = 0x7ff0'0000'0000'0001;  // a signalling NaN: invalid
  s.run({fp(0x14, 1, 2, a0, 2, 2)});
  EXPECT_TRUE(s.dirty());
}

}  // namespace
}  // namespace roost::rv64
