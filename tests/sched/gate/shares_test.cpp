#include "sched/gate/shares.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/kit/feasible_shares.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

/// One active vCPU of each of these weights.
FeasibleWeights weights_of(const std::vector<std::uint32_t>& each) {
  FeasibleWeights weights;
  for (const std::uint32_t weight : each) weights.add(Weight{weight}, 1);
  return weights;
}

TEST(GroupShares, AVmsWeightIsDividedAmongItsActiveVcpus) {
  EXPECT_EQ(part_of(Weight{400}, 1), Weight{400});
  EXPECT_EQ(part_of(Weight{400}, 4), Weight{100});
  EXPECT_EQ(part_of(Weight{3}, 4), Weight{1}) << "1 at least";
  EXPECT_EQ(part_of(Weight{3}, 0), Weight{3}) << "whoever asks will be active";
}

// Theory, row 13: weights 10 : 1 : 1 on two pCPUs: the first can use one pCPU, half of all, so it weighs what both
// others do.
TEST(GroupShares, WhatOneVcpuCannotUseIsClipped) {
  EXPECT_EQ(weights_of({1000, 100, 100}).most(2), Weight{200});
  EXPECT_EQ(weights_of({10, 1, 1}).most(2), Weight{2});
}

// Two vCPUs of 2500 on three pCPUs can use two of them: together they weigh twice the others' 100.
TEST(GroupShares, WhatAVmOfFewVcpusCannotUseIsClipped) {
  EXPECT_EQ(weights_of({2500, 2500, 25, 25, 25, 25}).most(3), Weight{100});
}

// On four pCPUs 10000 and 5000 get one each, and so does 900, for 300 + 300 + 300 share the last one: 900 is what makes
// one. By itself 5000 would pass beside 10000: 15000 / 3 makes one pCPU, if nobody looked at who else is infeasible.
TEST(GroupShares, SeveralAreClippedToTheSame) {
  EXPECT_EQ(weights_of({10000, 5000, 900, 300, 300, 300}).most(4), Weight{900});
  EXPECT_EQ(weights_of({10000, 5000, 1000, 300, 300, 300}).most(4), Weight{900});
  EXPECT_EQ(weights_of({10000, 5000, 800, 300, 300, 300}).most(4), Weight{850}) << "who has 800 has less than one";
}

TEST(GroupShares, NothingIsClippedWhereThereArePcpusForAll) {
  EXPECT_EQ(weights_of({1000, 100}).most(2), kMaxWeight);
  EXPECT_EQ(FeasibleWeights{}.most(1), kMaxWeight);
  EXPECT_EQ(weights_of({1000, 100}).most(1), Weight{1100}) << "one pCPU is for everyone";
}

/// The greatest c that the sum of min(p, c) is m c or more for, one after another.
Weight most_on_paper(const std::vector<std::uint32_t>& weights, std::size_t pcpus) {
  if (weights.size() <= pcpus) return kMaxWeight;
  std::uint32_t most = 1;
  for (std::uint32_t c = 1; c <= value(kMaxWeight); ++c) {
    std::uint64_t sum = 0;
    for (const std::uint32_t weight : weights) sum += std::min(weight, c);
    if (sum >= std::uint64_t{c} * pcpus) most = c;
  }
  return Weight{most};
}

TEST(GroupShares, AnyNumberOfInfeasibleOnesIsClippedAsTheNaiveModelDoes) {
  std::size_t clipped = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    kit::Seeded random(seed);
    SCOPED_TRACE(random.told());
    FeasibleWeights weights;
    std::vector<std::uint32_t> all;
    const std::size_t pcpus = 1 + random.below(16);
    for (int step = 0; step < 60; ++step) {
      const bool leaves = !all.empty() && random.below(3) == 0;
      const std::size_t who = leaves ? random.below(all.size()) : 0;
      // From 30 to 10000, evenly in their logarithm: some are infeasible, and some of those only beside others.
      const auto weight = static_cast<std::uint32_t>(30 + random.below(1ULL << (1 + random.below(13))) % 9970);
      weights.add(Weight{leaves ? all[who] : weight}, leaves ? -1 : 1);
      if (leaves) all.erase(all.begin() + static_cast<std::ptrdiff_t>(who));
      else all.push_back(weight);
      const Weight most = weights.most(static_cast<std::int64_t>(pcpus));
      ASSERT_EQ(most, most_on_paper(all, pcpus));
      if (all.size() <= pcpus) continue;
      const std::vector<double> due = kit::feasible_shares(all, pcpus);
      double sum = 0;
      for (const std::uint32_t of : all) sum += static_cast<double>(std::min<std::int64_t>(of, value(most)));
      for (std::size_t v = 0; v < all.size(); ++v) {
        const double part = static_cast<double>(std::min<std::int64_t>(all[v], value(most)));
        // Whole numbers: c is rounded down by less than one of `most`.
        EXPECT_NEAR(part / sum * static_cast<double>(pcpus), due[v], 1.0 / static_cast<double>(value(most)));
        clipped += part < all[v];
      }
    }
  }
  EXPECT_GT(clipped, 3000u);
}

}  // namespace
}  // namespace roost
