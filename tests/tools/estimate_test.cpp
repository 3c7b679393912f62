#include "tools/report/estimate.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace roost {
namespace {

TEST(Estimate, IsStudentsInterval) {
  const std::vector<double> samples{1, 2, 3, 4, 5};
  EXPECT_DOUBLE_EQ(estimate(samples).mean, 3);
  EXPECT_NEAR(estimate(samples).half_width, 2.776 * 0.70711, 1e-3);  // t(4) * sqrt(2.5 / 5)
  EXPECT_NEAR(estimate(samples, 0.999).half_width, 8.610 * 0.70711, 1e-3);
  EXPECT_EQ(estimate(std::vector<double>{7}).half_width, 0);
}

}  // namespace
}  // namespace roost
