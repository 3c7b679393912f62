#include "vmm/memory/guest_ram.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

constexpr std::uint64_t kBase = 0x8000'0000, kSize = 0x4000;

TEST(GuestRam, StartsZeroedAndHoldsWhatIsWritten) {
  auto ram = GuestRam::create(GuestPhys{kBase}, kSize);
  ASSERT_TRUE(ram);
  std::byte* last = ram->host(GuestPhys{kBase + kSize - 1}, 1);
  EXPECT_EQ(*last, std::byte{0});
  *last = std::byte{7};
  EXPECT_EQ(ram->host(GuestPhys{kBase}, kSize)[kSize - 1], std::byte{7});
}

TEST(GuestRam, GivesNoPointerToAnythingOutside) {
  const auto ram = GuestRam::create(GuestPhys{kBase}, kSize);
  EXPECT_EQ(ram->host(GuestPhys{kBase - 1}, 1), nullptr);
  EXPECT_EQ(ram->host(GuestPhys{kBase - 1}, 2), nullptr);
  EXPECT_EQ(ram->host(GuestPhys{kBase + kSize}, 1), nullptr);
  EXPECT_EQ(ram->host(GuestPhys{kBase + kSize - 1}, 2), nullptr);
  EXPECT_EQ(ram->host(GuestPhys{kBase + 1}, kSize), nullptr);
  EXPECT_EQ(ram->host(GuestPhys{kBase}, ~0ULL), nullptr);
  EXPECT_EQ(ram->host(GuestPhys{~0ULL}, 2), nullptr);
  EXPECT_NE(ram->host(GuestPhys{kBase}, kSize), nullptr);
}

TEST(GuestRam, RefusesWhatIsNotWholePagesInASentence) {
  EXPECT_FALSE(GuestRam::create(GuestPhys{kBase}, 0).has_value());
  EXPECT_FALSE(GuestRam::create(GuestPhys{kBase}, 100).has_value());
  EXPECT_FALSE(GuestRam::create(GuestPhys{kBase + 8}, kSize).has_value());
  EXPECT_FALSE(GuestRam::create(GuestPhys{~0ULL << 12}, kSize).has_value());
  EXPECT_NE(GuestRam::create(GuestPhys{kBase}, 100).error().sentence.find("100 bytes"), std::string::npos);
}

TEST(GuestRam, SaysWhenTheHostHasNotThatMuch) {
  const auto ram = GuestRam::create(GuestPhys{0}, 1ULL << 62);
  ASSERT_FALSE(ram.has_value());
  EXPECT_NE(ram.error().sentence.find("ask for less"), std::string::npos);
}

TEST(GuestRam, MovesWithoutLosingItsBytes) {
  auto first = GuestRam::create(GuestPhys{kBase}, kSize);
  *first->host(GuestPhys{kBase}, 1) = std::byte{9};
  const GuestRam second(std::move(*first));
  EXPECT_EQ(*second.host(GuestPhys{kBase}, 1), std::byte{9});
  EXPECT_EQ(first->host(GuestPhys{kBase}, 1), nullptr);
}

}  // namespace
}  // namespace roost
