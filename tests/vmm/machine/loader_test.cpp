#include "vmm/machine/loader.hpp"

#include <gtest/gtest.h>

#include "tests/kit/elf_builder.hpp"
#include "vmm/machine/memory_map.hpp"

namespace roost {
namespace {

using kit::ElfBuilder;

GuestRam ram_of(std::uint64_t size) {
  auto ram = GuestRam::create(kRamBase, size);
  return std::move(ram.value());
}

std::string sentence(GuestRam& ram, ElfBuilder elf) {
  const auto loaded = load_image(ram, "guest.elf", elf.bytes(), kRamBase);
  return loaded ? "loaded" : loaded.error().sentence;
}

std::string text(const GuestRam& ram, std::uint64_t at, std::size_t length) {
  return {reinterpret_cast<const char*>(ram.host(GuestPhys{at}, length)), length};
}

TEST(Loader, PutsSegmentsWhereTheyBelongAndLeavesTheRestZero) {
  GuestRam ram = ram_of(2 << 20);
  ElfBuilder elf;
  elf.segment(0x8000'0000, "code", 4);
  elf.segment(0x8000'1000, "data", 8);
  const auto loaded = load_image(ram, "guest.elf", elf.bytes(), kRamBase);
  ASSERT_TRUE(loaded) << loaded.error().sentence;
  EXPECT_EQ(text(ram, 0x8000'0000, 5), std::string("code\0", 5));
  EXPECT_EQ(text(ram, 0x8000'1000, 9), std::string("data\0\0\0\0\0", 9));
  EXPECT_EQ(value(loaded->first), 0x8000'0000u);
  EXPECT_EQ(value(loaded->last), 0x8000'1007u);
}

TEST(Loader, PutsARawImageAtItsBase) {
  GuestRam ram = ram_of(4 << 20);
  const std::vector<std::byte> raw{std::byte{'r'}, std::byte{'a'}, std::byte{'w'}};
  const auto loaded = load_image(ram, "Image", raw, GuestPhys{0x8020'0000});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(text(ram, 0x8020'0000, 3), "raw");
  EXPECT_EQ(value(loaded->entry), 0x8020'0000u);
}

TEST(Loader, SaysHowMuchMemoryASegmentOutsideWouldNeed) {
  GuestRam ram = ram_of(2 << 20);
  ElfBuilder elf;
  elf.segment(0x8000'0000, "code", 4);
  elf.segment(0x8020'0000, "data", 4 << 20);
  EXPECT_EQ(sentence(ram, elf),
            "guest.elf: segment 1 (0x80200000, 4 MiB) lies outside RAM (2 MiB at 0x80000000); try --memory 8M");
}

TEST(Loader, SaysWhereToLinkWhatLiesBelowRamOrBeyondAll) {
  GuestRam ram = ram_of(2 << 20);
  ElfBuilder below;
  below.header.entry = 0x1'0000;
  below.segment(0x1'0000, "code", 4);
  EXPECT_EQ(sentence(ram, below),
            "guest.elf: segment 0 (0x10000, 4 bytes) lies outside RAM (2 MiB at 0x80000000); link it at 0x80000000");
  ElfBuilder beyond;
  beyond.header.entry = 0xffff'ffff'0000'0000;
  beyond.segment(0xffff'ffff'0000'0000, "code", 4);
  EXPECT_NE(sentence(ram, beyond).find("link it at 0x80000000"), std::string::npos);
}

TEST(Loader, WritesNothingUnlessAllOfItFits) {
  GuestRam ram = ram_of(2 << 20);
  ElfBuilder elf;
  elf.segment(0x8000'0000, "code", 4);
  elf.segment(0x9000'0000, "data", 4);
  EXPECT_NE(sentence(ram, elf), "loaded");
  EXPECT_EQ(text(ram, 0x8000'0000, 4), std::string(4, '\0'));
}

TEST(Loader, RefusesSegmentsThatOverlap) {
  GuestRam ram = ram_of(2 << 20);
  ElfBuilder elf;
  elf.segment(0x8000'1000, "data", 4);
  elf.segment(0x8000'0000, "code", 0x1001);
  EXPECT_EQ(sentence(ram, elf),
            "guest.elf: segments 1 and 0 overlap at 0x80001000: it is damaged or linked wrongly");
}

TEST(Loader, RefusesEmptyAndOversizedRawImages) {
  GuestRam ram = ram_of(2 << 20);
  const auto empty = load_image(ram, "Image", {}, kRamBase);
  EXPECT_EQ(empty.error().sentence, "Image: is empty; give an ELF64 RISC-V executable or a raw image");
  const std::vector<std::byte> large(3 << 20);
  const auto refused = load_image(ram, "Image", large, kRamBase);
  EXPECT_EQ(refused.error().sentence,
            "Image: a raw image of 3 MiB at 0x80000000 lies outside RAM (2 MiB at 0x80000000); try --memory 4M");
}

TEST(Loader, AHostInterfaceThatIsNoAlignedDoublewordIsNone) {
  GuestRam ram = ram_of(2 << 20);
  ElfBuilder elf;
  elf.segment(0x8000'0000, "code", 64);
  elf.symbol("tohost", 0x8000'0004);
  elf.symbol("fromhost", 0x8000'0008);
  const auto loaded = load_image(ram, "guest.elf", elf.bytes(), kRamBase);
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->tohost);
  EXPECT_EQ(loaded->fromhost, GuestPhys{0x8000'0008});
}

TEST(Loader, SpeaksOfSizesInTheLargestWholeUnit) {
  EXPECT_EQ(spoken_size(1ULL << 30), "1 GiB");
  EXPECT_EQ(spoken_size(3 << 20), "3 MiB");
  EXPECT_EQ(spoken_size(4096), "4 KiB");
  EXPECT_EQ(spoken_size(4097), "4097 bytes");
}

}  // namespace
}  // namespace roost
