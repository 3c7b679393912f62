#include "vmm/workload/distribution.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace roost {
namespace {

using namespace std::chrono_literals;

double mean_ns(const Distribution& from, int draws) {
  Drawer drawer(1, 1);
  double sum = 0;
  for (int i = 0; i < draws; ++i) sum += static_cast<double>(nanoseconds(drawer.draw(from)));
  return sum / draws;
}

TEST(Distribution, ExponentialHasItsMeanAndItsTail) {
  const Distribution from{.kind = Distribution::Kind::Exponential, .a = 1ms};
  EXPECT_NEAR(mean_ns(from, 1'000'000), 1e6, 3e3);  // three standard errors
  Drawer drawer(7, 3);
  int beyond_one = 0, beyond_three = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const Duration d = drawer.draw(from);
    beyond_one += d > 1ms, beyond_three += d > 3ms;
  }
  EXPECT_NEAR(beyond_one / 1e6, 0.367879, 0.0015);
  EXPECT_NEAR(beyond_three / 1e6, 0.049787, 0.0007);
}

TEST(Distribution, UniformStaysBetweenItsEnds) {
  const Distribution from{.kind = Distribution::Kind::Uniform, .a = 10us, .b = 30us};
  EXPECT_NEAR(mean_ns(from, 1'000'000), 20e3, 20);
  Drawer drawer(2, 2);
  for (int i = 0; i < 10'000; ++i) {
    const Duration d = drawer.draw(from);
    EXPECT_GE(d, 10us);
    EXPECT_LE(d, 30us);
  }
}

TEST(Distribution, CarriesWhatIsBelowANanosecond) {
  // A mean of 1 ns: each draw alone would be cut to a whole nanosecond, and half of the time would be lost.
  EXPECT_NEAR(mean_ns({.kind = Distribution::Kind::Exponential, .a = Duration{1}}, 1'000'000), 1.0, 0.004);
}

TEST(Distribution, DrawsTheSameWithEveryCompiler) {
  Drawer drawer(42, 0);
  const Distribution from{.kind = Distribution::Kind::Exponential, .a = 1s};
  std::vector<std::int64_t> drawn;
  for (int i = 0; i < 4; ++i) drawn.push_back(nanoseconds(drawer.draw(from)));
  EXPECT_EQ(drawn, (std::vector<std::int64_t>{407779562, 1079546912, 925024786, 214573996}));
}

TEST(Distribution, StreamsDiffer) {
  Drawer a(1, 1), b(1, 2), c(2, 1);
  const Distribution from{.kind = Distribution::Kind::Exponential, .a = 1s};
  const Duration first = a.draw(from), second = b.draw(from), third = c.draw(from);
  EXPECT_NE(first, second);
  EXPECT_NE(first, third);
  EXPECT_NE(second, third);
}

}  // namespace
}  // namespace roost
