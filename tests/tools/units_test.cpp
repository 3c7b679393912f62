#include "tools/report/units.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

TEST(Units, DurationsHaveThreeDigitsAndTheUnitThatFits) {
  EXPECT_EQ(duration_text(Duration(0)), "0 ns");
  EXPECT_EQ(duration_text(Duration(999)), "999 ns");
  EXPECT_EQ(duration_text(Duration(1000)), "1.00 us");
  EXPECT_EQ(duration_text(Duration(12'340)), "12.3 us");
  EXPECT_EQ(duration_text(Duration(612'400'000)), "612 ms");
  EXPECT_EQ(duration_text(Duration(999'600'000)), "1.00 s");
  EXPECT_EQ(duration_text(Duration(3'720'000'000'000)), "1h 02m");
  EXPECT_EQ(duration_text(Duration(-1500)), "-1.50 us");
}

TEST(Units, CountsAreGroupedUntilTheyAreLong) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(1234567), "1,234,567");
  EXPECT_EQ(count_text(12'345'678), "12.3M");
  EXPECT_EQ(count_text(12'345'678'901), "12.3G");
}

TEST(Units, SharesOfNothingAreNotNumbers) {
  EXPECT_EQ(share_text(Duration(1), Duration(3)), "33.3%");
  EXPECT_EQ(share_text(Duration(1), Duration(0)), "-");
}

TEST(Units, OneIsSingular) {
  EXPECT_EQ(plural(1, "vCPU"), "1 vCPU");
  EXPECT_EQ(plural(4, "vCPU"), "4 vCPUs");
}

}  // namespace
}  // namespace roost
