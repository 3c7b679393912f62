#include "sched/trace/histogram.hpp"

#include <gtest/gtest.h>

#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

/// What percentile() promises to round up from.
std::int64_t exact(std::vector<std::int64_t> samples, std::uint32_t permille) {
  std::sort(samples.begin(), samples.end());
  const std::size_t rank = (samples.size() * permille + 999) / 1000;
  return samples[rank == 0 ? 0 : rank - 1];
}

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.percentile(500), Duration(0));
  EXPECT_EQ(histogram.max(), Duration(0));
}

TEST(Histogram, BucketsAreContiguousAndNarrow) {
  for (std::uint64_t bucket = 0; bucket < 750; ++bucket) {
    const std::uint64_t last = Histogram::last_of(bucket);
    EXPECT_EQ(Histogram::bucket_of(last), bucket);
    EXPECT_EQ(Histogram::bucket_of(last + 1), bucket + 1);
    if (bucket >= 16) {
      EXPECT_LE((last - Histogram::last_of(bucket - 1)) * 16, last + 1) << "wider than 1/16 of what it holds";
    }
  }
}

TEST(Histogram, PercentilesAreThoseOfTheSortedSamplesRoundedUp) {
  kit::Seeded random(1);
  SCOPED_TRACE(random.told());
  for (int round = 0; round < 50; ++round) {
    Histogram histogram;
    std::vector<std::int64_t> samples;
    std::uint64_t sum = 0;
    const std::uint64_t size = 1 + random.below(3000);
    for (std::uint64_t i = 0; i < size; ++i) {
      samples.push_back(static_cast<std::int64_t>(random.next() >> (20 + random.below(40))));
      histogram.add(Duration(samples.back()));
      sum += static_cast<std::uint64_t>(samples.back());
    }
    for (const std::uint32_t permille : {1, 10, 500, 900, 990, 999, 1000}) {
      const std::int64_t truth = exact(samples, permille);
      EXPECT_GE(nanoseconds(histogram.percentile(permille)), truth);
      EXPECT_LE(nanoseconds(histogram.percentile(permille)), truth + truth / 15);
    }
    EXPECT_EQ(histogram.max().count(), *std::max_element(samples.begin(), samples.end()));
    EXPECT_EQ(static_cast<std::uint64_t>(histogram.sum().count()), sum);
    EXPECT_EQ(histogram.count(), size);
  }
}

TEST(Histogram, IsExactBelow32AndTakesNegativesForZero) {
  Histogram histogram;
  for (std::int64_t ns = 0; ns < 32; ++ns) histogram.add(Duration(ns));
  for (std::uint32_t permille = 100; permille <= 1000; permille += 100)
    EXPECT_EQ(nanoseconds(histogram.percentile(permille)), (32 * permille + 999) / 1000 - 1);
  Histogram odd;
  odd.add(Duration(-5));
  EXPECT_EQ(odd.count(), 1u);
  EXPECT_EQ(odd.max(), Duration(0));
}

TEST(Histogram, MergingIsAddingAll) {
  kit::Seeded random(2);
  Histogram first, second, both;
  for (int i = 0; i < 1000; ++i) {
    const Duration sample(static_cast<std::int64_t>(random.below(1'000'000)));
    (i % 3 == 0 ? first : second).add(sample);
    both.add(sample);
  }
  first.merge(second);
  EXPECT_EQ(first.count(), both.count());
  EXPECT_EQ(first.sum(), both.sum());
  EXPECT_EQ(first.max(), both.max());
  for (const std::uint32_t permille : {1, 500, 990}) EXPECT_EQ(first.percentile(permille), both.percentile(permille));
}

TEST(Histogram, CountsAsManyAsThereAre) {
  Histogram histogram, doubled;
  for (int i = 0; i < 70'000; ++i) histogram.add(Duration(1000));
  for (int i = 0; i < 300; ++i) histogram.add(Duration(40));
  histogram.add(Duration(50'000'000));
  EXPECT_EQ(histogram.count(), 70'301u);
  EXPECT_EQ(histogram.percentile(4), Duration(41));
  EXPECT_EQ(histogram.percentile(5), Duration(1023));
  EXPECT_EQ(histogram.percentile(999), Duration(1023));
  EXPECT_EQ(histogram.percentile(1000), Duration(50'000'000));
  for (int i = 0; i < 20; ++i) {  // up to 2^36 in one bucket
    doubled.merge(histogram);
    histogram.merge(doubled);
  }
  EXPECT_EQ(histogram.percentile(4), Duration(41));
  EXPECT_EQ(histogram.percentile(999), Duration(1023));
}

TEST(Histogram, TakesTheLargestDuration) {
  Histogram histogram;
  histogram.add(Duration::max());
  EXPECT_EQ(histogram.percentile(500), Duration::max());
}

}  // namespace
}  // namespace roost
