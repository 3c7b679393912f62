#include "tools/report/fairness.hpp"

#include <gtest/gtest.h>

#include <random>

namespace roost {
namespace {

struct Got {
  std::int64_t weight, run, wait;
};

RunReport report_of(std::initializer_list<Got> all) {
  RunReport report;
  for (const Got& got : all) {
    VcpuReport vcpu;
    vcpu.weight = static_cast<Weight>(got.weight);
    vcpu.run = Duration(got.run);
    vcpu.wait = Duration(got.wait);
    report.vcpus.push_back(vcpu);
  }
  return report;
}

TEST(Fairness, IsPerfectWhereTimeFollowsWeight) {
  const Fairness fairness = fairness_of(report_of({{100, 1000, 3000}, {300, 3000, 1000}}));
  EXPECT_DOUBLE_EQ(fairness.jain_by_weight, 1);
  EXPECT_DOUBLE_EQ(fairness.jain_by_ideal, 1);
  EXPECT_EQ(fairness.max_lag(), Duration(0));
}

TEST(Fairness, WhoeverWantsLessIsSatisfiedAndTheRestGoesToOthers) {
  // 900 to share; the first wanted 100 only, so the others are due 400 each.
  const Fairness fairness = fairness_of(report_of({{100, 100, 0}, {100, 500, 300}, {100, 300, 500}}));
  EXPECT_EQ(fairness.lag[VcpuId{0}], Duration(0));
  EXPECT_EQ(fairness.lag[VcpuId{1}], Duration(-100));
  EXPECT_EQ(fairness.lag[VcpuId{2}], Duration(100));
  EXPECT_EQ(fairness.most_behind, VcpuId{2});
  EXPECT_LT(fairness.jain_by_ideal, 1);
  EXPECT_NEAR(fairness.jain_by_weight, 900.0 * 900 / (3 * (100 * 100 + 500 * 500 + 300 * 300)), 1e-12);
}

TEST(Fairness, OneWhoHasAllOfThreeMakesAThird) {
  EXPECT_NEAR(fairness_of(report_of({{1, 900, 0}, {1, 0, 900}, {1, 0, 900}})).jain_by_weight, 1.0 / 3, 1e-12);
}

TEST(Fairness, WhoNeverWantedAnythingDoesNotCount) {
  EXPECT_DOUBLE_EQ(fairness_of(report_of({{100, 500, 500}, {100, 0, 0}, {100, 500, 500}})).jain_by_weight, 1);
  EXPECT_EQ(fairness_of(report_of({{100, 0, 0}})).most_behind, kNoVcpu);
}

TEST(Fairness, LagsCancelOut) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    RunReport report;
    const std::size_t vcpus = 1 + random() % 9;
    for (std::size_t i = 0; i < vcpus; ++i) {
      VcpuReport vcpu;
      vcpu.weight = static_cast<Weight>(1 + random() % 10000);
      vcpu.run = Duration(static_cast<std::int64_t>(random() % 1'000'000'000'000));
      vcpu.wait = Duration(static_cast<std::int64_t>(random() % 1'000'000'000'000));
      report.vcpus.push_back(vcpu);
    }
    const Fairness fairness = fairness_of(report);
    Duration sum{0};
    for (const Duration lag : fairness.lag) sum += lag;
    EXPECT_EQ(sum, Duration(0));
    EXPECT_GE(fairness.max_lag(), Duration(0));
    EXPECT_LE(fairness.jain_by_weight, 1 + 1e-12);
  }
}

}  // namespace
}  // namespace roost
