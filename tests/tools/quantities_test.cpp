#include "tools/cli/quantities.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roost {
namespace {

using ::testing::ElementsAre;

TEST(Quantities, SizesHaveUnits) {
  EXPECT_EQ(parse_size("memory", "128M").value(), 128ULL << 20);
  EXPECT_EQ(parse_size("memory", "2GiB").value(), 2ULL << 30);
  EXPECT_EQ(parse_size("memory", "64k").value(), 64ULL << 10);
  EXPECT_EQ(parse_size("memory", "1TB").value(), 1ULL << 40);
}

TEST(Quantities, SizesWithoutUnitsOrBeyondAnAddressAreRefused) {
  for (const char* text : {"", "128", "M", "1.5G", "-1M", "12X", "1MM", "99999999999T", "18446744073709551616K"})
    EXPECT_FALSE(parse_size("memory", text)) << text;
  EXPECT_EQ(parse_size("memory", "12").error().sentence,
            "memory '12' is no size; write a whole number and K, M, G or T, such as 128M");
}

TEST(Quantities, NumbersHaveLimits) {
  EXPECT_EQ(parse_number("vcpus", "4", {1, 8}).value(), 4U);
  for (const char* text : {"", "0", "9", "4x", " 4", "+4", "0x4"}) EXPECT_FALSE(parse_number("vcpus", text, {1, 8}));
  EXPECT_EQ(parse_number("vcpus", "9", {1, 8}).error().sentence, "vcpus '9' is not a number from 1 to 8");
}

TEST(Quantities, ListsHaveRangesInTheirOrder) {
  EXPECT_THAT(parse_id_list("cpus", "0").value(), ElementsAre(0));
  EXPECT_THAT(parse_id_list("cpus", "3,0-2").value(), ElementsAre(3, 0, 1, 2));
  EXPECT_THAT(parse_id_list("cpus", "1;1").value(), ElementsAre(1, 1));
  for (const char* text : {"", ",", "1,", "2-1", "-1", "1-", "a", "0-99999999"})
    EXPECT_FALSE(parse_id_list("cpus", text)) << text;
}

}  // namespace
}  // namespace roost
