#include "vmm/caches/cache_decay.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

// Published check of both rules (cost model, section 4): 1 MiB, 16 ways, 8192 of its 16384 lines ours, as many misses
// by others as it has lines. A simulation line by line left 3026 and 1608.
constexpr Lines kMegabyte = lines(16384);

TEST(CacheDecay, RandomReplacementLeavesWhatTheTableSays) {
  EXPECT_NEAR(static_cast<double>(whole(CacheDecay({kMegabyte, 0}).left(lines(8192), lines(16384)))), 3013, 1);
}

TEST(CacheDecay, LeastRecentlyUsedLeavesWhatTheTableSays) {
  const std::uint64_t in_set = lines_left_in_set(16, 8 * kOne, 16 * kOne);
  EXPECT_EQ((in_set * 1024 + kOne / 2) / kOne, 1549u);
  // The share that the table keeps is of what fits without misses: a set that got more than 16 of ours never held them.
  EXPECT_NEAR(static_cast<double>(whole(CacheDecay({kMegabyte, 16}).left(lines(8192), lines(16384)))), 1549, 2);
}

TEST(CacheDecay, NothingIsLostWithoutMissesAndAllInTheEnd) {
  for (const std::uint32_t ways : {0u, 1u, 2u, 8u, 16u, 32u}) {
    const CacheDecay decay({kMegabyte, ways});
    for (const std::uint64_t resident : {0, 1, 100, 8192, 16384}) {
      EXPECT_EQ(raw(decay.left(lines(resident), Lines{})), raw(lines(resident)));
      EXPECT_EQ(whole(decay.left(lines(resident), lines(16384 * 40))), 0u);
    }
  }
}

TEST(CacheDecay, MoreMissesLeaveNoMore) {
  for (const std::uint32_t ways : {0u, 1u, 4u, 16u}) {
    const CacheDecay decay({kMegabyte, ways});
    for (const std::uint64_t resident : {1, 777, 8192, 16384}) {
      Lines before = lines(resident);
      for (std::uint64_t misses = 0; misses < 70'000; misses += 97) {
        const Lines left = decay.left(lines(resident), lines(misses));
        EXPECT_LE(raw(left), raw(before)) << ways << " ways, " << resident << " lines, " << misses << " misses";
        before = left;
      }
    }
  }
}

TEST(CacheDecay, RandomReplacementDoesNotCareHowOftenItIsLookedAt) {
  const CacheDecay decay({kMegabyte, 0});
  Lines left = lines(10'000);
  for (int i = 0; i < 1000; ++i) left = decay.left(left, lines(16));
  const Lines at_once = decay.left(lines(10'000), lines(16'000));
  EXPECT_NEAR(static_cast<double>(whole(left)), static_cast<double>(whole(at_once)), 1);
}

}  // namespace
}  // namespace roost
