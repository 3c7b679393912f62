#include <gtest/gtest.h>

#include "vmm/rv64/exec_m.hpp"

namespace roost::rv64 {
namespace {

using namespace op_m;
constexpr std::uint64_t kMin = 1ULL << 63;
constexpr std::uint64_t kMinWord = 0xffff'ffff'8000'0000;

TEST(ExecM, HighHalvesFollowTheSigns) {
  EXPECT_EQ(mul(~0ULL, 3), static_cast<std::uint64_t>(-3));
  EXPECT_EQ(mulh(kMin, kMin), 1ULL << 62);
  EXPECT_EQ(mulh(~0ULL, 1), ~0ULL);
  EXPECT_EQ(mulhu(~0ULL, ~0ULL), ~0ULL - 1);
  EXPECT_EQ(mulhsu(~0ULL, ~0ULL), ~0ULL);
  EXPECT_EQ(mulhsu(kMin, 2), ~0ULL);
  EXPECT_EQ(mulw(0x1'0000'0003, 0x8000'0000), kMinWord);
}

TEST(ExecM, DivisionByZeroGivesAllOnesAndTheDividend) {
  EXPECT_EQ(div<std::int64_t>(7, 0), ~0ULL);
  EXPECT_EQ(div<std::uint64_t>(7, 0), ~0ULL);
  EXPECT_EQ(div<std::int32_t>(7, 1ULL << 32), ~0ULL);
  EXPECT_EQ(div<std::uint32_t>(7, 1ULL << 32), ~0ULL);
  EXPECT_EQ(rem<std::int64_t>(kMin, 0), kMin);
  EXPECT_EQ(rem<std::uint64_t>(7, 0), 7u);
  EXPECT_EQ(rem<std::int32_t>(0x1'8000'0000, 0), kMinWord);
  EXPECT_EQ(rem<std::uint32_t>(0x8000'0000, 0), kMinWord);
}

TEST(ExecM, DivisionOverflowGivesTheDividendAndZero) {
  EXPECT_EQ(div<std::int64_t>(kMin, ~0ULL), kMin);
  EXPECT_EQ(rem<std::int64_t>(kMin, ~0ULL), 0u);
  EXPECT_EQ(div<std::int32_t>(0x8000'0000, ~0ULL), kMinWord);
  EXPECT_EQ(rem<std::int32_t>(0x8000'0000, ~0ULL), 0u);
}

TEST(ExecM, DivisionRoundsTowardsZero) {
  EXPECT_EQ(div<std::int64_t>(static_cast<std::uint64_t>(-7), 2), static_cast<std::uint64_t>(-3));
  EXPECT_EQ(rem<std::int64_t>(static_cast<std::uint64_t>(-7), 2), ~0ULL);
  EXPECT_EQ(div<std::int64_t>(5, ~0ULL), static_cast<std::uint64_t>(-5));
  EXPECT_EQ(div<std::uint32_t>(~0ULL, 2), 0x7fff'ffffu);
  EXPECT_EQ(div<std::uint32_t>(~0ULL, 1), ~0ULL);  // sign-extended all the same
}

}  // namespace
}  // namespace roost::rv64
