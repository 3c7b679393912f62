#include "vmm/rv64/pmp.hpp"

#include <gtest/gtest.h>

#include "tests/vmm/rv64/scene.hpp"
#include "vmm/rv64/trap.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

constexpr std::uint8_t kR = 1, kW = 2, kX = 4, kTor = 0x08, kNa4 = 0x10, kNapot = 0x18, kL = 0x80;

TEST(Pmp, WithoutEntriesOnlyMachineModePasses) {
  const Pmp pmp;
  EXPECT_TRUE(pmp.allows(kRam, 8, Access::Store, Privilege::Machine));
  EXPECT_FALSE(pmp.allows(kRam, 8, Access::Load, Privilege::Supervisor));
}

TEST(Pmp, TheLowestMatchingEntryDecides) {
  Pmp pmp;
  pmp.write_address(0, kRam >> 2);
  pmp.write_address(1, ~0ULL);
  pmp.write_config(0, kNa4 | (kNapot | kR | kW | kX) << 8);
  EXPECT_FALSE(pmp.allows(kRam, 4, Access::Load, Privilege::User));
  EXPECT_TRUE(pmp.allows(kRam + 4, 4, Access::Load, Privilege::User));
  EXPECT_FALSE(pmp.allows(kRam, 8, Access::Load, Privilege::User));  // matches entry 0 in part
  EXPECT_TRUE(pmp.allows(kRam, 8, Access::Load, Privilege::Machine) == false);  // a partial match fails for M, too
}

TEST(Pmp, TorReachesFromTheEntryBelow) {
  Pmp pmp;
  pmp.write_address(0, 0x1000 >> 2);
  pmp.write_address(1, 0x3000 >> 2);
  pmp.write_config(0, static_cast<std::uint64_t>(kTor | kR) << 8);
  EXPECT_FALSE(pmp.allows(0xffc, 4, Access::Load, Privilege::User));
  EXPECT_TRUE(pmp.allows(0x1000, 4, Access::Load, Privilege::User));
  EXPECT_TRUE(pmp.allows(0x2ffc, 4, Access::Load, Privilege::User));
  EXPECT_FALSE(pmp.allows(0x3000, 4, Access::Load, Privilege::User));
  EXPECT_FALSE(pmp.allows(0x1000, 4, Access::Store, Privilege::User));
}

TEST(Pmp, NapotCoversItsPowerOfTwo) {
  Pmp pmp;
  pmp.write_address(0, (0x8000 >> 2) | 0x1ff);  // 4 KiB at 0x8000
  pmp.write_config(0, kNapot | kR);
  EXPECT_TRUE(pmp.allows(0x8000, 8, Access::Load, Privilege::User));
  EXPECT_TRUE(pmp.allows(0x8ff8, 8, Access::Load, Privilege::User));
  EXPECT_FALSE(pmp.allows(0x9000, 8, Access::Load, Privilege::User));
  EXPECT_EQ(pmp.page(0x8000, Access::Load, Privilege::User), Pmp::PageAnswer::Allowed);
  EXPECT_EQ(pmp.page(0x9000, Access::Load, Privilege::User), Pmp::PageAnswer::Denied);
}

TEST(Pmp, LockedEntriesBindMachineModeAndStay) {
  Pmp pmp;
  pmp.write_address(0, 0x1000 >> 2);
  pmp.write_address(1, 0x2000 >> 2);
  pmp.write_config(0, static_cast<std::uint64_t>(kTor | kL | kR) << 8);
  EXPECT_FALSE(pmp.allows(0x1000, 4, Access::Store, Privilege::Machine));
  pmp.write_config(0, 0);
  pmp.write_address(0, 0);
  pmp.write_address(1, 0);
  EXPECT_EQ(pmp.config(0), static_cast<std::uint64_t>(kTor | kL | kR) << 8);
  EXPECT_EQ(pmp.address(0), 0x1000u >> 2);  // the lower bound of a locked range is locked with it
  EXPECT_EQ(pmp.address(1), 0x2000u >> 2);
}

TEST(Pmp, ReservedConfigBitsReadZero) {
  Pmp pmp;
  pmp.write_config(1, 0x7f);
  EXPECT_EQ(pmp.config(1), 0x1fu);
  pmp.write_config(1, kW);
  EXPECT_EQ(pmp.config(1), 0u);
}

TEST(Pmp, SubPageRegionsHoldForLoadsStoresAndCode) {
  Scene s;
  Pmp& pmp = s.core().pmp;
  pmp.write_address(0, (kData + 8) >> 2);
  pmp.write_address(1, (kData + 16) >> 2);
  pmp.write_address(2, (kRam + 8) >> 2);
  pmp.write_address(3, (kRam + 12) >> 2);
  pmp.write_address(4, ~0ULL);
  constexpr std::uint64_t kAll = kNapot | kR | kW | kX;
  pmp.write_config(0, kTor * 0x100ULL | kTor * 0x1000000ULL | kAll << 32);  // [data+8, +16) and [ram+8, +12) are closed
  s.core().privilege = Privilege::User;
  update_regimes(s.core());
  s.x(t0) = kData;
  s.code(kRam, {ld(t1, t0, 0), sd(t1, t0, 16), nop()});
  s.code(kRam + 0x40, {ld(t1, t0, 8)});
  s.code(kRam + 0x80, {sb(t1, t0, 15)});
  EXPECT_EQ(s.step(3).retired, 2u);
  EXPECT_EQ(s.cause(), 1u);  // fetch at ram + 8
  EXPECT_EQ(s.epc(), kRam + 8);
  EXPECT_EQ(s.tval(), kRam + 8);
  for (const auto& [at, cause, tval] : {std::tuple{kRam + 0x40, 5u, kData + 8}, {kRam + 0x80, 7u, kData + 15}}) {
    s.core().privilege = Privilege::User;
    update_regimes(s.core());
    s.core().pc = at;
    s.step(1);
    EXPECT_EQ(s.cause(), cause);
    EXPECT_EQ(s.tval(), tval);
  }
}

TEST(Pmp, AChangeIsSeenByTheNextAccess) {
  Scene s;
  s.x(t0) = kData;
  s.x(t1) = (kData >> 2) | 0x1ff;
  s.x(t2) = kL | kNapot;
  s.run({ld(a0, t0, 0), csrw(0x3b0, t1), csrw(0x3a0, t2), ld(a0, t0, 0)});
  EXPECT_EQ(s.cause(), 5u);
  EXPECT_EQ(s.epc(), kRam + 12);
}

}  // namespace
}  // namespace roost::rv64
