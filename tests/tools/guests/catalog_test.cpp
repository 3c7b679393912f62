#include "tools/guests/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace roost {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;

TEST(Catalog, HoldsTheGuestsByNameInOrder) {
  const auto guests = embedded_guests();
  EXPECT_THAT(guests, SizeIs(testing::Ge(12u)));
  EXPECT_TRUE(std::ranges::is_sorted(guests, {}, &EmbeddedGuest::name));
}

TEST(Catalog, FindsAGuestByItsWholeNameOnly) {
  ASSERT_NE(find_guest("lock_fight"), nullptr);
  EXPECT_EQ(find_guest("lock_fight")->name, "lock_fight");
  EXPECT_EQ(find_guest("lock"), nullptr);
  EXPECT_EQ(find_guest(""), nullptr);
}

TEST(Catalog, EveryGuestIsAnExecutableForRv64) {
  for (const EmbeddedGuest& guest : embedded_guests()) {
    ASSERT_GT(guest.elf.size(), 64u) << guest.name;
    const auto byte = [&](std::size_t at) { return std::to_integer<int>(guest.elf[at]); };
    EXPECT_EQ((std::string{char(byte(0)), char(byte(1)), char(byte(2)), char(byte(3))}), "\x7f" "ELF") << guest.name;
    EXPECT_EQ(byte(4), 2) << guest.name << ": ELFCLASS64";
    EXPECT_EQ(byte(16), 2) << guest.name << ": ET_EXEC";
    EXPECT_EQ(byte(18), 243) << guest.name << ": EM_RISCV";
  }
}

TEST(Catalog, DescribesAGuestAsItsProgramDoes) {
  const EmbeddedGuest& guest = *find_guest("lock_fight");
  EXPECT_THAT(std::string(guest.summary), EndsWith("."));
  EXPECT_THAT(std::string(guest.parameters), HasSubstr("ticket | tas"));
  EXPECT_THAT(std::string(guest.parameters), HasSubstr("[ticket]"));
}

}  // namespace
}  // namespace roost
