#include "vmm/rv64/code_cache.hpp"

#include <gtest/gtest.h>

#include "tests/vmm/rv64/scene.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

TEST(CodeCache, FenceIMakesNewCodeRun) {
  Scene s;
  const std::uint64_t patch = kRam + 0x100;
  s.code(patch, {li(t1, 1), ret()});
  s.x(t0) = patch;
  s.x(t2) = li(t1, 2);
  s.run({jalr(ra, t0, 0), mv(a0, t1), sw(t2, t0, 0), fence_i(), jalr(ra, t0, 0)});
  s.core().pc = kRam;
  s.step(9);
  EXPECT_EQ(s.x(a0), 1u);
  EXPECT_EQ(s.x(t1), 2u);
}

TEST(CodeCache, TheNextInstructionMayBeTheOneThatChanged) {
  Scene s;
  s.x(t0) = kRam;
  s.x(t2) = li(t1, 2);
  s.run({sw(t2, t0, 8), fence_i(), li(t1, 1)});
  EXPECT_EQ(s.x(t1), 2u);
}

TEST(CodeCache, UnchangedPagesSurviveAFence) {
  Scene s;
  s.run({fence_i(), addi(t0, t0, 1), j(-8)});
  s.core().pc = kRam;
  s.step(300);
  EXPECT_EQ(s.x(t0), 101u);
}

TEST(CodeCache, OnePageServesAllItsMappings) {
  CodeCache cache;
  const auto ram = GuestRam::create(GuestPhys{kRam}, 0x2000);
  const std::byte* page = ram->host(GuestPhys{kRam}, 0x1000);
  EXPECT_EQ(cache.at(page).page, cache.at(page).page);
  EXPECT_NE(cache.at(page).page, cache.at(page + 0x1000).page);
}

TEST(CodeCache, MorePagesThanItHoldsStillRun) {
  constexpr std::uint64_t kPages = CodeCache::kMaxPages + 100;
  Scene s(0, (kPages + 16) * kPageSize);
  // Each page jumps to the next one, the last one to the first.
  for (std::uint64_t i = 0; i < kPages; ++i)
    s.code(kRam + i * kPageSize, {addi(t0, t0, 1), j(i + 1 < kPages ? 0xffc : 0)});
  s.x(t1) = kRam;
  s.code(kRam + (kPages - 1) * kPageSize, {addi(t0, t0, 1), jalr(zero, t1, 0)});
  EXPECT_EQ(s.step(2 * kPages * 3).retired, 2 * kPages * 3);
  EXPECT_EQ(s.x(t0), kPages * 3);
  EXPECT_EQ(s.pc(), kRam);
}

TEST(CodeCache, SmallPiecesOfCodeMayOverlap) {
  Scene s;  // li t0 over its own second half: 0x0001 (c.nop) is read as an instruction of its own when jumped into
  s.put<std::uint32_t>(kRam, i_type(0x13, 0, t0, zero, 0) | 0x0001'0000);
  s.put<std::uint16_t>(kRam + 4, 0x0285);  // c.addi t0, 1
  s.core().pc = kRam;
  s.step(2);
  s.core().pc = kRam + 2;
  s.step(2);
  EXPECT_EQ(s.pc(), kRam + 6);
}

}  // namespace
}  // namespace roost::rv64
