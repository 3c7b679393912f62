#include "vmm/rv64/mmu.hpp"

#include <gtest/gtest.h>

#include "tests/vmm/rv64/scene.hpp"
#include "vmm/rv64/trap.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

enum Pte : std::uint64_t { V = 1, R = 2, W = 4, X = 8, U_ = 16, G = 32, A = 64, D = 128 };
constexpr std::uint64_t kRwx = V | R | W | X | A | D;

constexpr std::uint64_t kTables = kRam + 0x40000;  // root, then one page per level
constexpr std::uint64_t kCode = 0x10000;           // virtual; mapped to kRam
constexpr std::uint64_t kPage = 0x20000;           // virtual; what tests map

constexpr std::uint64_t leaf(std::uint64_t physical, std::uint64_t bits) { return physical >> 12 << 10 | bits; }

/// Supervisor code at kCode; kPage mapped as a test wants.
struct PagedScene : Scene {
  explicit PagedScene(unsigned levels_used = 3) : levels(levels_used) {
    core().pmp.write_address(0, ~0ULL);
    core().pmp.write_config(0, 0x1f);
    core().csr.satp = (levels == 3 ? 8ULL : 9ULL) << 60 | kTables >> 12;
    for (unsigned i = 0; i + 1 < levels; ++i) put(kTables + i * 0x1000, leaf(kTables + (i + 1) * 0x1000, V));
    entry(kCode) = leaf(kRam, V | R | X | A);
    mode(Privilege::Supervisor);
  }
  /// The entry of the last level for an address in the lowest 2 MiB.
  std::uint64_t& entry(std::uint64_t address) { return table_entry(0, address); }
  std::uint64_t& table_entry(unsigned level, std::uint64_t address) {
    const std::uint64_t at = kTables + (levels - 1 - level) * 0x1000 + (address >> (12 + 9 * level) & 511) * 8;
    return *reinterpret_cast<std::uint64_t*>(ram->host(GuestPhys{at}, 8));
  }
  void mode(Privilege privilege) {
    core().privilege = privilege;
    update_regimes(core());
  }
  void status(std::uint64_t bits) {
    core().csr.mstatus = bits;
    core().data_tlbs.flush();
    update_regimes(core());
  }
  /// One instruction at kCode with t0 = kPage, after an SFENCE.VMA; the mcause it ends with.
  std::uint64_t try_one(std::uint32_t instruction, std::uint64_t address = kPage) {
    const Privilege before = core().privilege;
    core().csr.mcause = 0;
    core().data_tlbs.flush();
    x(t0) = address;
    code(kRam, {instruction});
    core().pc = kCode;
    step(1);
    mode(before);
    return cause();
  }
  unsigned levels;
};

TEST(Mmu, WalksThreeAndFourLevels) {
  for (const unsigned levels : {3u, 4u}) {
    PagedScene s(levels);
    s.entry(kPage) = leaf(kData, V | R | W);
    s.put<std::uint64_t>(kData + 8, 42);
    EXPECT_EQ(s.try_one(ld(t1, t0, 8)), 0u);
    EXPECT_EQ(s.x(t1), 42u);
    EXPECT_EQ(s.try_one(sd(t0, t0, 16)), 0u);
    EXPECT_EQ(s.get(kData + 16), kPage);
  }
}

TEST(Mmu, SetsAccessedAndDirtyAsTheyHappen) {
  PagedScene s;
  s.entry(kPage) = leaf(kData, V | R | W);
  s.try_one(ld(t1, t0, 0));
  EXPECT_EQ(s.entry(kPage), leaf(kData, V | R | W | A));
  // A load must not have opened the page for stores.
  s.code(kRam, {ld(t1, t0, 0), sd(t1, t0, 0)});
  s.core().pc = kCode;
  s.step(2);
  EXPECT_EQ(s.entry(kPage), leaf(kData, V | R | W | A | D));
  EXPECT_EQ(s.cause(), 0u);
}

TEST(Mmu, FetchSetsAccessed) {
  PagedScene s;
  s.entry(kCode) = leaf(kRam, V | X);
  EXPECT_EQ(s.try_one(nop()), 0u);
  EXPECT_EQ(s.entry(kCode), leaf(kRam, V | X | A));
}

TEST(Mmu, SuperpagesMapTheirWholeSpan) {
  PagedScene s(3);
  s.table_entry(1, 0x4020'0000) = 0;
  s.table_entry(2, 0x4000'0000) = leaf(kRam & ~0x3fff'ffffULL, kRwx);  // 1 GiB
  s.put<std::uint64_t>(kData, 7);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0), 0x4000'0000 + (kData & 0x3fff'ffff)), 0u);
  EXPECT_EQ(s.x(t1), 7u);
  s.table_entry(1, 0x20'0000) = leaf(kRam, kRwx);  // 2 MiB
  s.put<std::uint64_t>(kData, 8);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0), 0x20'0000 + (kData - kRam)), 0u);
  EXPECT_EQ(s.x(t1), 8u);
}

TEST(Mmu, BadEntriesArePageFaults) {
  for (const std::uint64_t bits : {std::uint64_t{0}, std::uint64_t{R | W | A | D}, std::uint64_t{V | W | A | D},
                                   std::uint64_t{V | W | X | A | D}, std::uint64_t{V},  // a pointer in the last level
                                   kRwx | std::uint64_t{1} << 54, kRwx | std::uint64_t{1} << 61,
                                   kRwx | std::uint64_t{1} << 63}) {
    PagedScene s;
    s.entry(kPage) = leaf(kData, 0) | bits;
    EXPECT_EQ(s.try_one(ld(t1, t0, 8)), 13u) << std::hex << bits;
    EXPECT_EQ(s.tval(), kPage + 8);
    EXPECT_EQ(s.epc(), kCode);
    EXPECT_EQ(s.try_one(sd(t1, t0, 8)), 15u);
    EXPECT_EQ(s.try_one(amoadd(3, t1, t0, t1)), 15u);
    EXPECT_EQ(s.try_one(lr(3, t1, t0)), 13u);
  }
}

TEST(Mmu, MisalignedSuperpagesAndPointersWithLeafBitsFault) {
  PagedScene s;
  s.table_entry(1, 0x20'0000) = leaf(kRam + 0x1000, kRwx);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0), 0x20'0000), 13u);
  for (const std::uint64_t bit : {U_, A, D}) {
    s.table_entry(1, 0x20'0000) = leaf(kTables + 0x2000, V | bit);
    EXPECT_EQ(s.try_one(ld(t1, t0, 0), 0x20'0000 + kCode), 13u);
  }
  s.table_entry(1, 0x20'0000) = leaf(kTables + 0x2000, V);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0), 0x20'0000 + kCode), 0u);
}

TEST(Mmu, AddressesMustBeCanonical) {
  PagedScene three(3), four(4);
  EXPECT_EQ(three.try_one(ld(t1, t0, 0), 1ULL << 38), 13u);
  EXPECT_EQ(three.try_one(ld(t1, t0, 0), 1ULL << 39 | kCode), 13u);
  EXPECT_EQ(four.try_one(ld(t1, t0, 0), 1ULL << 48 | kCode), 13u);
  three.table_entry(2, ~0ULL << 38) = leaf(kRam & ~0x3fff'ffffULL, kRwx);
  EXPECT_EQ(three.try_one(ld(t1, t0, 0), (~0ULL << 38) + (kData & 0x3fff'ffff)), 0u);
}

TEST(Mmu, RightsFollowModeSumAndMxr) {
  PagedScene s;
  s.entry(kPage) = leaf(kData, V | R | W | U_ | A | D);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0)), 13u);
  s.status(mstatus::kSum);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0)), 0u);
  EXPECT_EQ(s.try_one(sd(t1, t0, 0)), 0u);
  s.entry(kPage) = leaf(kData, V | X | A);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0)), 13u);
  s.status(mstatus::kMxr);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0)), 0u);
  EXPECT_EQ(s.try_one(sd(t1, t0, 0)), 15u);
  s.entry(kPage) = leaf(kData, V | R | A);
  EXPECT_EQ(s.try_one(sd(t1, t0, 0)), 15u);
}

TEST(Mmu, SupervisorNeverExecutesUserPagesNorUserOthers) {
  PagedScene s;
  s.status(mstatus::kSum);
  s.entry(kCode) |= U_;
  EXPECT_EQ(s.try_one(nop()), 12u);
  EXPECT_EQ(s.tval(), kCode);
  s.mode(Privilege::User);
  EXPECT_EQ(s.try_one(nop()), 0u);
  s.entry(kPage) = leaf(kData, kRwx);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0)), 13u);
  s.entry(kCode) &= ~static_cast<std::uint64_t>(U_);
  flush_fetch(s.core());
  EXPECT_EQ(s.try_one(nop()), 12u);
}

TEST(Mmu, PageCrossingAccessesFaultWhereTheyFail) {
  PagedScene s;
  s.entry(kPage) = leaf(kData, kRwx);
  s.put<std::uint64_t>(kData + 0xff8, 0x1111);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0), kPage + 0xffc), 13u);
  EXPECT_EQ(s.tval(), kPage + 0x1000);
  s.x(t1) = ~0ULL;
  EXPECT_EQ(s.try_one(sd(t1, t0, 0), kPage + 0xffc), 15u);
  EXPECT_EQ(s.tval(), kPage + 0x1000);
  EXPECT_EQ(s.get<std::uint32_t>(kData + 0xffc), 0u);  // nothing was written
  s.entry(kPage + 0x1000) = leaf(kData + 0x8000, kRwx);
  s.x(t1) = 0x8877'6655'4433'2211;
  EXPECT_EQ(s.try_one(sd(t1, t0, 0), kPage + 0xffc), 0u);
  EXPECT_EQ(s.get<std::uint32_t>(kData + 0xffc), 0x4433'2211u);
  EXPECT_EQ(s.get<std::uint32_t>(kData + 0x8000), 0x8877'6655u);
  EXPECT_EQ(s.try_one(ld(t2, t0, 0), kPage + 0xffc), 0u);
  EXPECT_EQ(s.x(t2), 0x8877'6655'4433'2211u);
}

TEST(Mmu, AnInstructionAcrossPagesFaultsAtItsSecondHalf) {
  PagedScene s;
  s.put<std::uint16_t>(kRam + 0xffe, 0x0013);  // the first half of a 4-byte instruction
  s.core().pc = kCode + 0xffe;
  s.step(1);
  EXPECT_EQ(s.cause(), 12u);
  EXPECT_EQ(s.epc(), kCode + 0xffe);
  EXPECT_EQ(s.tval(), kCode + 0x1000);
}

TEST(Mmu, ConsecutivePagesOfCodeMayLieAnywhere) {
  PagedScene s;
  s.entry(kCode + 0x1000) = leaf(kRam + 0x20000, V | X | A);
  const std::uint32_t add_one = addi(t1, t1, 1);
  s.put<std::uint16_t>(kRam + 0xffe, static_cast<std::uint16_t>(add_one));
  s.put<std::uint16_t>(kRam + 0x20000, static_cast<std::uint16_t>(add_one >> 16));
  s.code(kRam + 0x20002, {add_one});
  s.core().pc = kCode + 0xffe;
  s.step(2);
  EXPECT_EQ(s.x(t1), 2u);
  EXPECT_EQ(s.pc(), kCode + 0x1006);
}

TEST(Mmu, TablesAndPagesOutsideRamAreAccessFaults) {
  PagedScene s;
  s.entry(kPage) = leaf(0x4000'0000, kRwx);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0)), 5u);
  EXPECT_EQ(s.try_one(sd(t1, t0, 0)), 7u);
  s.entry(kPage) = leaf(0x00ff'ffff'ffff'f000, kRwx);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0)), 5u);
  s.table_entry(1, 0x20'0000) = leaf(0x4000'0000, V);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0), 0x20'0000), 5u);
  s.core().csr.satp = 8ULL << 60 | ((1ULL << 44) - 1);
  flush_fetch(s.core());
  EXPECT_EQ(s.try_one(nop()), 1u);
}

TEST(Mmu, DevicesCanBeMapped) {
  PagedScene s;
  s.entry(kPage) = leaf(kDevice, kRwx);
  EXPECT_EQ(s.try_one(sw(zero, t0, 4)), 0u);
  EXPECT_EQ(s.device.writes.size(), 1u);
}

TEST(Mmu, SfenceMakesAChangedEntrySeen) {
  PagedScene s;
  s.entry(kPage) = leaf(kData, kRwx);
  s.put<std::uint64_t>(kData, 1);
  s.put<std::uint64_t>(kData + 0x1000, 2);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0)), 0u);
  s.entry(kPage) = leaf(kData + 0x1000, kRwx);
  s.code(kRam, {sfence_vma(), ld(t1, t0, 0)});
  s.core().pc = kCode;
  s.step(2);
  EXPECT_EQ(s.x(t1), 2u);
}

TEST(Mmu, AWriteOfSatpChangesTheMappingAtOnce) {
  PagedScene s;
  s.entry(kPage) = leaf(kData, kRwx);
  s.put<std::uint64_t>(kData, 1);
  s.put<std::uint64_t>(kData + 0x1000, 2);
  // A second set of tables, the same but for kPage.
  for (std::uint64_t i = 0; i < 0x3000; i += 8) s.put(kTables + 0x4000 + i, s.get(kTables + i));
  s.put(kTables + 0x4000, leaf(kTables + 0x5000, V));
  s.put(kTables + 0x5000, leaf(kTables + 0x6000, V));
  s.put(kTables + 0x6000 + (kPage >> 12) * 8, leaf(kData + 0x1000, kRwx));
  s.x(t3) = 8ULL << 60 | (kTables + 0x4000) >> 12;
  s.x(t0) = kPage;
  s.code(kRam, {ld(t1, t0, 0), csrw(0x180, t3), ld(t2, t0, 0)});
  s.core().pc = kCode;
  s.step(3);
  EXPECT_EQ(s.x(t1), 1u);
  EXPECT_EQ(s.x(t2), 2u);
}

TEST(Mmu, MprvUsesTheMappingOfTheModeBefore) {
  PagedScene s;
  s.entry(kPage) = leaf(kData, kRwx);
  s.put<std::uint64_t>(kData, 9);
  s.mode(Privilege::Machine);
  s.status(mstatus::kMprv | 1ULL << mstatus::kMppShift);
  s.x(t0) = kPage;
  s.run({ld(t1, t0, 0)});  // fetched from kRam: MPRV is not for code
  EXPECT_EQ(s.x(t1), 9u);
}

TEST(Mmu, PmpGuardsTheTables) {
  PagedScene s;
  s.core().pmp = Pmp{};
  s.core().pmp.write_address(0, (kTables + 0x2000) >> 2 | 0x1ff);
  s.core().pmp.write_address(1, ~0ULL);
  s.core().pmp.write_config(0, 0x18 | 0x1f00);
  s.entry(kPage) = leaf(kData, kRwx);
  EXPECT_EQ(s.try_one(ld(t1, t0, 0)), 1u);  // its own code can no longer be walked to
  EXPECT_EQ(s.epc(), kCode);
}

}  // namespace
}  // namespace roost::rv64
