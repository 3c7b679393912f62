#include "vmm/machine/elf_image.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/kit/elf_builder.hpp"

namespace roost {
namespace {

using kit::ElfBuilder;

ElfBuilder good() {
  ElfBuilder elf;
  elf.segment(0x8000'0000, "code", 4);
  elf.segment(0x8000'1000, "data", 100);
  return elf;
}

std::string sentence(ElfBuilder elf) {
  const auto bytes = elf.bytes();
  const auto image = parse_elf("guest.elf", bytes);
  return image ? "parsed" : image.error().sentence;
}

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(ElfImage, HasEntryAndSegments) {
  const auto bytes = good().bytes();
  const auto image = parse_elf("guest.elf", bytes);
  ASSERT_TRUE(image) << image.error().sentence;
  EXPECT_EQ(value(image->entry), 0x8000'0000u);
  ASSERT_EQ(image->segments.size(), 2u);
  EXPECT_EQ(text(image->segments[1].bytes), "data");
  EXPECT_EQ(image->segments[1].memory_size, 100u);
  EXPECT_EQ(value(image->segments[1].at), 0x8000'1000u);
  EXPECT_FALSE(image->tohost);
}

TEST(ElfImage, GoesByPhysicalAddressesAndMovesTheEntryAlong) {
  ElfBuilder elf;
  elf.header.entry = 0xffff'ffff'8000'0002;
  elf.segment(0x8020'0000, "code", 4).virtual_address = 0xffff'ffff'8000'0000;
  const auto bytes = elf.bytes();
  const auto image = parse_elf("vmlinux", bytes);
  ASSERT_TRUE(image) << image.error().sentence;
  EXPECT_EQ(value(image->entry), 0x8020'0002u);
}

TEST(ElfImage, FindsTheHostInterfaceAmongTheSymbols) {
  ElfBuilder elf = good();
  elf.symbol("tohos", 1);
  elf.symbol("tohost", 0x8000'1000);
  elf.symbol("fromhost", 0x8000'1008);
  elf.symbol("tohost_ready", 0x8000'1010);
  const auto bytes = elf.bytes();
  const auto image = parse_elf("guest.elf", bytes);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->tohost, GuestPhys{0x8000'1000});
  EXPECT_EQ(image->fromhost, GuestPhys{0x8000'1008});
}

TEST(ElfImage, AHostInterfaceOutsideTheSegmentsIsNone) {
  ElfBuilder elf = good();
  elf.symbol("tohost", 0x9000'0000);
  const auto bytes = elf.bytes();
  EXPECT_FALSE(parse_elf("guest.elf", bytes)->tohost);
}

TEST(ElfImage, SaysWhatAForeignFileIs) {
  ElfBuilder elf = good();
  elf.header.elf_class = 1;
  EXPECT_EQ(sentence(elf), "guest.elf: is a 32-bit ELF file; a machine here is 64-bit: build it for rv64");
  elf = good();
  elf.header.data = 2;
  EXPECT_EQ(sentence(elf), "guest.elf: is a big-endian ELF file; RISC-V here is little-endian");
  elf = good();
  elf.header.machine = 62;
  EXPECT_EQ(sentence(elf),
            "guest.elf: is an ELF file for machine 62 (x86-64), not for RISC-V (243): "
            "build it with a riscv64 compiler");
  elf = good();
  elf.header.type = 1;
  EXPECT_EQ(sentence(elf), "guest.elf: is an ELF file of type 1, not an executable: link it first");
}

TEST(ElfImage, RefusesWhatNeedsADynamicLoader) {
  ElfBuilder elf = good();
  elf.header.type = elf::kTypeShared;
  EXPECT_EQ(sentence(elf), "parsed");
  elf.segment(0, "/lib/ld.so", 10).type = elf::kSegmentInterpreter;
  EXPECT_EQ(sentence(elf), "guest.elf: needs a dynamic loader; a machine has none: link it statically (-static)");
}

TEST(ElfImage, RefusesAFileWithoutSegments) {
  EXPECT_EQ(sentence(ElfBuilder{}), "guest.elf: has no segment to load (PT_LOAD): link it as an executable");
  ElfBuilder empty;
  empty.segment(0x8000'0000, "", 0);
  EXPECT_EQ(sentence(empty), "guest.elf: has no segment to load (PT_LOAD): link it as an executable");
}

TEST(ElfImage, RefusesAnEntryOutsideTheSegments) {
  ElfBuilder elf = good();
  elf.header.entry = 0x8000'0004;
  EXPECT_EQ(sentence(elf),
            "guest.elf: its entry 0x80000004 lies in none of its segments: give the linker an entry (-e)");
}

TEST(ElfImage, RefusesDamagedSegments) {
  ElfBuilder elf = good();
  elf.segments[0].memory_size = 3;
  EXPECT_EQ(sentence(elf), "guest.elf: segment 0 has 4 bytes in the file but only 3 in memory: it is damaged");
  elf = good();
  elf.segments[1].memory_size = UINT64_MAX;
  EXPECT_NE(sentence(elf).find("runs past the end of the address space"), std::string::npos);
  elf = good();
  elf.segments[1].offset = 1 << 20;
  EXPECT_NE(sentence(elf).find("it is cut short"), std::string::npos);
  elf = good();
  elf.segments[1].offset = UINT64_MAX - 1;
  EXPECT_NE(sentence(elf).find("it is cut short"), std::string::npos);
}

TEST(ElfImage, RefusesEveryPrefixOfAFile) {
  const auto bytes = good().bytes();
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(parse_elf("guest.elf", std::span(bytes).first(length))) << length;
}

TEST(ElfImage, RefusesProgramHeadersOutsideTheFile) {
  ElfBuilder elf = good();
  elf.header.program_header_count = 0xffff;
  EXPECT_NE(sentence(elf).find("lies outside the file"), std::string::npos);
  elf = good();
  elf.header.program_header_size = 1;
  EXPECT_NE(sentence(elf).find("lies outside the file"), std::string::npos);
}

/// What the loader relies on, for whatever comes out of whatever file.
void expect_sound(const ElfImage& image, std::span<const std::byte> file) {
  ASSERT_FALSE(image.segments.empty());
  for (const Segment& segment : image.segments) {
    ASSERT_LE(segment.bytes.size(), segment.memory_size);
    ASSERT_LE(value(segment.at), UINT64_MAX - segment.memory_size);
    if (segment.bytes.empty()) continue;
    ASSERT_GE(segment.bytes.data(), file.data());
    ASSERT_LE(segment.bytes.data() + segment.bytes.size(), file.data() + file.size());
  }
}

TEST(ElfImage, RandomDamageIsRefusedOrSound) {
  const std::uint64_t seed = 20240607;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  ElfBuilder elf = good();
  elf.symbol("tohost", 0x8000'1000);
  const auto whole = elf.bytes();
  const std::uint64_t wild[] = {0, 1, 0xff, 0xffff, 0x7fffffff, UINT64_MAX, UINT64_MAX - 7, whole.size(), 0x80000000};
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = whole;
    for (std::uint64_t damage = 1 + random() % 4; damage > 0; --damage) {
      const std::uint64_t what = random() % 2 ? random() : wild[random() % std::size(wild)];
      const std::size_t width = std::size_t{1} << random() % 4;
      std::memcpy(bytes.data() + random() % (bytes.size() - width), &what, width);
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    const auto image = parse_elf("damaged", bytes);
    if (image) expect_sound(*image, bytes);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
}

}  // namespace
}  // namespace roost
