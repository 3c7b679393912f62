// Random bytes as code, random page tables, random CSRs: nothing is asked of the guest but that it stays inside.

#include <gtest/gtest.h>

#include <random>

#include "tests/vmm/rv64/scene.hpp"
#include "vmm/rv64/trap.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

/// The host's RAM has a page without rights on either side: an access next to it ends the test.
class HostileScene : public Scene {
 public:
  explicit HostileScene(std::uint64_t seed) : Scene(kRam + 0x2000, 64 * kPageSize), random_(seed) {
    for (std::uint64_t at = kRam; at < kRam + 64 * kPageSize; at += 4) put(at, word());
    core().csr.mstatus = random_() & (mstatus::kFs | mstatus::kSum | mstatus::kMxr | mstatus::kMie | mstatus::kSie);
    core().csr.medeleg = random_() & 0xb3ff;
    core().csr.mideleg = random_() & 0x222;
    core().csr.mie = random_() & 0xaaa;
    core().csr.mtvec = address() & ~3ULL;
    core().csr.stvec = address() & ~3ULL;
    if (random_() % 2 == 0) core().csr.satp = (8 + random_() % 2) << 60 | ((kRam >> 12) + random_() % 64);
    if (random_() % 4 != 0) {
      core().pmp.write_address(0, ~0ULL);
      core().pmp.write_config(0, 0x1f);
    }
    core().privilege = std::array{Privilege::User, Privilege::Supervisor, Privilege::Machine}[random_() % 3];
    update_regimes(core());
    for (unsigned i = 1; i < 32; ++i) x(i) = address();
    core().pc = address() & ~1ULL;
  }
  /// Something near RAM, near a device, at an edge, or anywhere.
  std::uint64_t address() {
    switch (random_() % 8) {
      case 0: return random_();
      case 1: return kDevice + random_() % 0x200;
      case 2: return kRam + 64 * kPageSize - random_() % 16;
      case 3: return kRam - random_() % 16;
      default: return kRam + random_() % (64 * kPageSize);
    }
  }

 private:
  /// Mostly real instructions: pure noise is illegal too soon; and page table entries that point near RAM.
  std::uint32_t word() {
    const auto bits = static_cast<std::uint32_t>(random_());
    static constexpr std::uint32_t kOpcodes[] = {0x03, 0x07, 0x0f, 0x13, 0x17, 0x1b, 0x23, 0x27, 0x2f, 0x33,
                                                 0x37, 0x3b, 0x43, 0x53, 0x63, 0x67, 0x6f, 0x73};
    switch (random_() % 4) {
      case 0: return bits;
      case 1: return (bits & 0xffff'ff00 & 0x3fff'ffff) | 0x2000'0000 | (bits & 0xff);  // a PTE's low half
      default: return (bits & ~0x7fU) | kOpcodes[random_() % std::size(kOpcodes)];
    }
  }
  std::mt19937_64 random_;
};

TEST(Hostile, RandomGuestsStayInside) {
  constexpr std::uint64_t kSeeds = 400;
  std::uint64_t retired = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    HostileScene s(seed);
    for (int i = 0; i < 20; ++i) {
      s.stopped = false;
      s.clock.set(i * 10'000);
      const Exit exit = s.step(500);
      ASSERT_LE(exit.retired, 500u);
      retired += exit.retired;
      ASSERT_EQ(s.x(zero), 0u);
      ASSERT_EQ(s.core().pc % 2, 0u);
      s.core().halted = false;
    }
  }
  EXPECT_GT(retired, kSeeds * 20);  // they did run
}

TEST(Hostile, WildJumpsAreFetchFaults) {
  for (const std::uint64_t target : {std::uint64_t{0}, kRam + kRamSize, kRam - 2, ~std::uint64_t{1}, kDevice}) {
    Scene s;
    s.x(t0) = target;
    s.run({jalr(zero, t0, 0), nop()});
    EXPECT_EQ(s.cause(), 1u);
    EXPECT_EQ(s.epc(), target);
    EXPECT_EQ(s.tval(), target);
  }
}

TEST(Hostile, CodeThatRunsOffTheEndOfRamFaultsThere) {
  Scene s;
  const std::uint64_t last = kRam + kRamSize - 2;
  s.put<std::uint16_t>(last, 0x0001);
  s.core().pc = last;
  s.step(2);
  EXPECT_EQ(s.epc(), kRam + kRamSize);
  s.put<std::uint16_t>(last, 0x0013);  // half an instruction
  s.core().code_cache.fence_i();
  flush_fetch(s.core());
  s.core().pc = last;
  s.step(1);
  EXPECT_EQ(s.cause(), 1u);
  EXPECT_EQ(s.epc(), last);
  EXPECT_EQ(s.tval(), last + 2);
}

}  // namespace
}  // namespace roost::rv64
