#include "vmm/host/pages.hpp"

#include <gtest/gtest.h>

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace roost {
namespace {

/// Has who owns the mapping in which `address` lies asked for huge pages there ("hg" in the kernel's smaps)?
bool asks_for_huge_pages(const void* address) {
  std::ifstream smaps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::istringstream words(line);
    if (words >> std::hex >> begin >> dash >> end && dash == '-') inside = begin <= wanted && wanted < end;
    if (inside && line.starts_with("VmFlags:")) return line.find(" hg") != std::string::npos;
  }
  return false;
}

constexpr std::uint64_t kMega = 1 << 20;

TEST(Pages, AreZeroAndAskForHugeOnes) {
  const auto pages = map_pages(8 * kMega);
  ASSERT_TRUE(pages);
  EXPECT_TRUE(std::all_of(*pages, *pages + 8 * kMega, [](std::byte byte) { return byte == std::byte{0}; }));
  EXPECT_TRUE(asks_for_huge_pages(*pages + 4 * kMega));
  unmap_pages(*pages, 8 * kMega);
}

TEST(Pages, TheHostsRefusalIsASentence) {
  const auto pages = map_pages(std::uint64_t{1} << 60);
  ASSERT_FALSE(pages);
  EXPECT_NE(pages.error().sentence.find("the host refuses 1152921504606846976 bytes"), std::string::npos);
}

TEST(ExpectHeap, WhatIsAllocatedNextLiesInAHeapThatAsksForHugePages) {
  expect_heap(64 * kMega);
  if (mallinfo2().arena == 0) return;  // a sanitizer's heap stays as it is
  const auto table = std::make_unique<std::byte[]>(16 * kMega);
  EXPECT_TRUE(asks_for_huge_pages(&table[8 * kMega]));
  const std::size_t arena = mallinfo2().arena;
  expect_heap(16 * kMega);
  EXPECT_EQ(mallinfo2().arena, arena) << "there is room";
}

TEST(ExpectHeap, FewBytesChangeNothing) {
  const std::size_t arena = mallinfo2().arena;
  expect_heap(kMega);
  EXPECT_EQ(mallinfo2().arena, arena);
}

}  // namespace
}  // namespace roost
