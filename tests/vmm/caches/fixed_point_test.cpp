#include "vmm/caches/fixed_point.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace roost {
namespace {

TEST(FixedPoint, ExponentialsAreThoseOfTheLibraryToNineDigits) {
  for (std::uint64_t x = 0; x < 40 * kOne; x += kOne / 977) {
    const double want = std::exp(-static_cast<double>(x) / static_cast<double>(kOne)) * static_cast<double>(kOne);
    EXPECT_NEAR(static_cast<double>(exp_of_minus(x)), want, 8.0) << x;
  }
  EXPECT_EQ(exp_of_minus(0), kOne);
  EXPECT_EQ(exp_of_minus(UINT64_MAX), 0u);
}

TEST(FixedPoint, ExponentialsNeverRise) {
  for (std::uint64_t x = 0; x < 4 * kOne; x += 65'537) EXPECT_GE(exp_of_minus(x), exp_of_minus(x + 65'537));
}

TEST(FixedPoint, ScalingDoesNotOverflowInBetween) {
  EXPECT_EQ(scaled(UINT64_MAX, 3, 6), UINT64_MAX / 2);
  EXPECT_EQ(scaled(UINT64_MAX, UINT64_MAX, 1), std::uint64_t{1} << 63) << "capped";
  EXPECT_EQ(raw(lines(3) - lines(5)), 0u);
}

}  // namespace
}  // namespace roost
