#include "vmm/rv64/csr.hpp"

#include <gtest/gtest.h>

#include "tests/vmm/rv64/scene.hpp"
#include "vmm/rv64/csr_numbers.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

/// What `number` reads after `value` was written to it in M-mode.
std::uint64_t after_write(unsigned number, std::uint64_t value) {
  Scene s;
  s.x(t0) = value;
  const Exit exit = s.run({csrw(number, t0), csrr(t1, number)});
  EXPECT_EQ(exit.retired, 2u) << std::hex << number;
  return s.x(t1);
}

bool is_illegal(Scene& s, std::uint32_t instruction) {
  s.core().csr.mcause = 0;
  s.run({instruction});
  return s.cause() == 2 && s.tval() == instruction;
}

TEST(Csr, ReadsWhatItIs) {
  Scene s;
  s.run({csrr(a0, csr::kMhartid), csrr(a1, csr::kMisa), csrr(a2, csr::kMstatus)});
  EXPECT_EQ(s.x(a0), 0u);
  EXPECT_EQ(s.x(a1), 0x8000'0000'0014'112du);
  EXPECT_EQ(s.x(a2), 0xa'0000'0000u);  // UXL and SXL are 64 bits
}

TEST(Csr, WritesKeepOnlyLegalBits) {
  EXPECT_EQ(after_write(csr::kMisa, 0), 0x8000'0000'0014'112du);
  EXPECT_EQ(after_write(csr::kMideleg, ~0ULL), 0x222u);
  EXPECT_EQ(after_write(csr::kMedeleg, ~0ULL), 0xb3ffu);
  EXPECT_EQ(after_write(csr::kMie, ~0ULL), 0xaaau);
  EXPECT_EQ(after_write(csr::kMip, ~0ULL) & ~0x80ULL, 0x222u);
  EXPECT_EQ(after_write(csr::kMepc, ~0ULL), ~1ULL);
  EXPECT_EQ(after_write(csr::kSepc, ~0ULL), ~1ULL);
  EXPECT_EQ(after_write(csr::kMtvec, 0x8000'0001), 0x8000'0001u);
  EXPECT_EQ(after_write(csr::kStvec, 0x8000'0003), 0u);  // no such mode: no effect
  EXPECT_EQ(after_write(csr::kMcounteren, ~0ULL), 0xffff'ffffu);
  EXPECT_EQ(after_write(csr::kMenvcfg, ~0ULL), 1u);
  EXPECT_EQ(after_write(csr::kMscratch, ~0ULL), ~0ULL);
  EXPECT_EQ(after_write(csr::kMhpmcounter3, ~0ULL), 0u);
  EXPECT_EQ(after_write(csr::kMhpmevent31, ~0ULL), 0u);
  EXPECT_EQ(after_write(csr::kMcountinhibit, ~0ULL), 5u);
  EXPECT_EQ(after_write(csr::kPmpaddr0, ~0ULL), (1ULL << 54) - 1);
}

TEST(Csr, SatpTakesOnlyModesThatExist) {
  constexpr std::uint64_t kRest = 0x0fff'ffff'ffff'ffff;
  EXPECT_EQ(after_write(csr::kSatp, kRest), kRest);
  EXPECT_EQ(after_write(csr::kSatp, 8ULL << 60 | 5), 8ULL << 60 | 5);
  EXPECT_EQ(after_write(csr::kSatp, 9ULL << 60 | 5), 9ULL << 60 | 5);
  EXPECT_EQ(after_write(csr::kSatp, 10ULL << 60 | 5), 0u);
  EXPECT_EQ(after_write(csr::kSatp, 1ULL << 60), 0u);
}

TEST(Csr, MstatusHasNoReservedModeAndComputesSd) {
  EXPECT_EQ(after_write(csr::kMstatus, ~0ULL) & mstatus::kMpp, mstatus::kMpp);
  EXPECT_EQ(after_write(csr::kMstatus, 2ULL << 11) & mstatus::kMpp, 0u);
  EXPECT_EQ(after_write(csr::kMstatus, ~0ULL), 0x8000'000a'007e'79aau);
  EXPECT_EQ(after_write(csr::kMstatus, 1ULL << 13) >> 63, 0u);
  EXPECT_EQ(after_write(csr::kSstatus, ~0ULL), 0x8000'0002'000c'6122u);
}

TEST(Csr, SupervisorSeesOnlyDelegatedInterrupts) {
  Scene s;
  s.x(t0) = 0x222;
  s.x(t1) = 0x20;
  s.run({csrw(csr::kMie, t0), csrr(a0, csr::kSie), csrw(csr::kMideleg, t1), csrr(a1, csr::kSie), csrw(csr::kSie, zero),
         csrr(a2, csr::kMie), csrw(csr::kMip, t0), csrr(a3, csr::kSip)});
  EXPECT_EQ(s.x(a0), 0u);
  EXPECT_EQ(s.x(a1), 0x20u);
  EXPECT_EQ(s.x(a2), 0x202u);
  EXPECT_EQ(s.x(a3), 0x20u);
}

TEST(Csr, SipLetsSupervisorChangeOnlyItsSoftwareInterrupt) {
  Scene s;
  s.x(t0) = ~0ULL;
  s.run({csrw(csr::kMideleg, t0), csrw(csr::kSip, t0), csrr(a0, csr::kMip), csrw(csr::kSip, zero),
         csrr(a1, csr::kMip)});
  EXPECT_EQ(s.x(a0) & 0x222, 2u);
  EXPECT_EQ(s.x(a1) & 0x222, 0u);
}

TEST(Csr, AnExternalLineDoesNotStickThroughReadModifyWrite) {
  Scene s;
  s.hart->post_interrupt(kSeip, true);
  s.x(t0) = 2;
  s.run({csrrs(a0, csr::kMip, t0)});
  EXPECT_EQ(s.x(a0) & 0x222, 0x200u);
  s.hart->post_interrupt(kSeip, false);
  s.run({csrr(a1, csr::kMip)});
  EXPECT_EQ(s.x(a1) & 0x222, 2u);
}

TEST(Csr, AbsentOnesAndWritesToReadOnlyOnesAreIllegal) {
  Scene s;
  for (const unsigned number : {0x005u, 0x14du, 0x200u, 0x280u, 0x306u + 1, 0x30cu, 0x3a1u, 0x3a3u, 0x3c0u, 0x600u,
                                0x747u, 0x7a0u, 0x7b0u, 0xb01u, 0xc20u, 0xfb0u, 0xf16u})
    EXPECT_TRUE(is_illegal(s, csrr(t0, number))) << std::hex << number;
  EXPECT_TRUE(is_illegal(s, csrw(csr::kMhartid, zero)));
  EXPECT_TRUE(is_illegal(s, csrrs(zero, csr::kTime, t0)));
  EXPECT_TRUE(is_illegal(s, csrwi(csr::kCycle, 0)));
  EXPECT_FALSE(is_illegal(s, csrrs(t0, csr::kMhartid, zero)));
}

TEST(Csr, LowerModesMayNotUseHigherOnes) {
  Scene s;
  s.core().pmp.write_address(0, ~0ULL);
  s.core().pmp.write_config(0, 0x1f);
  const auto in_mode = [&](Privilege mode, std::uint32_t instruction) {
    s.core().privilege = mode;
    return is_illegal(s, instruction);
  };
  EXPECT_TRUE(in_mode(Privilege::Supervisor, csrr(t0, csr::kMscratch)));
  EXPECT_FALSE(in_mode(Privilege::Supervisor, csrr(t0, csr::kSscratch)));
  EXPECT_TRUE(in_mode(Privilege::User, csrr(t0, csr::kSscratch)));
  EXPECT_TRUE(in_mode(Privilege::User, csrr(t0, csr::kTime)));
  EXPECT_TRUE(in_mode(Privilege::Supervisor, csrr(t0, csr::kTime)));
  s.core().csr.mcounteren = 2;
  EXPECT_FALSE(in_mode(Privilege::Supervisor, csrr(t0, csr::kTime)));
  EXPECT_TRUE(in_mode(Privilege::User, csrr(t0, csr::kTime)));
  s.core().csr.scounteren = 2;
  EXPECT_FALSE(in_mode(Privilege::User, csrr(t0, csr::kTime)));
  s.core().csr.mstatus |= mstatus::kTvm;
  EXPECT_TRUE(in_mode(Privilege::Supervisor, csrr(t0, csr::kSatp)));
  EXPECT_TRUE(in_mode(Privilege::Supervisor, sfence_vma()));
}

TEST(Csr, MinstretCountsWhatRetired) {
  Scene s;
  s.x(t0) = 100;
  s.run({csrr(a0, csr::kMinstret), nop(), csrr(a1, csr::kMinstret), csrw(csr::kMinstret, t0), csrr(a2, csr::kMinstret),
         csrr(a3, csr::kInstret)});
  EXPECT_EQ(s.x(a0), 0u);
  EXPECT_EQ(s.x(a1), 2u);
  EXPECT_EQ(s.x(a2), 100u);
  EXPECT_EQ(s.x(a3), 101u);
}

TEST(Csr, MinstretLeavesOutWhatTrapped) {
  Scene s;
  s.code(kTrapVector, {csrr(a0, csr::kMinstret), csrr(a1, csr::kMcycle)});
  s.run({nop(), ecall()});
  s.step(2);
  EXPECT_EQ(s.x(a0), 1u);
  EXPECT_EQ(s.x(a1), 3u);
}

TEST(Csr, InhibitedCountersStandStill) {
  Scene s;
  s.run({nop(), csrwi(csr::kMcountinhibit, 4), csrr(a0, csr::kMinstret), csrr(a1, csr::kMinstret),
         csrwi(csr::kMcountinhibit, 0), csrr(a2, csr::kMinstret), csrr(a3, csr::kMcycle)});
  EXPECT_EQ(s.x(a0), 2u);
  EXPECT_EQ(s.x(a1), 2u);
  EXPECT_EQ(s.x(a2), 2u);
  EXPECT_EQ(s.x(a3), 6u);
}

TEST(Csr, TimeIsTheClockIn100Nanoseconds) {
  Scene s;
  s.clock.set(12'345);
  s.run({csrr(a0, csr::kTime)});
  EXPECT_EQ(s.x(a0), 123u);
}

TEST(Csr, FpCsrsShareFcsrAndNeedFs) {
  Scene s;
  EXPECT_TRUE(is_illegal(s, csrr(t0, csr::kFcsr)));
  s.core().csr.mstatus |= 1ULL << 13;
  s.x(t0) = 0xffff;
  s.run({csrw(csr::kFcsr, t0), csrr(a0, csr::kFcsr), csrr(a1, csr::kFrm), csrr(a2, csr::kFflags), csrwi(csr::kFrm, 2),
         csrr(a3, csr::kFcsr), csrr(a4, csr::kMstatus)});
  EXPECT_EQ(s.x(a0), 0xffu);
  EXPECT_EQ(s.x(a1), 7u);
  EXPECT_EQ(s.x(a2), 31u);
  EXPECT_EQ(s.x(a3), 0x5fu);
  EXPECT_EQ(s.x(a4) & mstatus::kFs, mstatus::kFs);
}

}  // namespace
}  // namespace roost::rv64
