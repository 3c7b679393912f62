#include "vmm/executor/energy.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

using namespace std::chrono_literals;

// 3100, 2000, 1000 and 100 mW: a millisecond of each is as many microjoules.
TEST(Energy, EachStateTakesItsPower) {
  PcpuReport pcpu;
  pcpu.busy = 1ms;
  pcpu.overhead = 2ms;
  pcpu.waited = {.polled = 4ms, .shallow = 5ms, .deep = 60ms};
  EXPECT_EQ(microjoules_of(pcpu, CostModel{}), 3u * 3100 + 4 * 2000 + 5 * 1000 + 60 * 100);
  CostModel costs;
  ASSERT_FALSE(costs.set("power.deep=7"));
  EXPECT_EQ(microjoules_of(pcpu, costs), 3u * 3100 + 4 * 2000 + 5 * 1000 + 60 * 7);
}

// 3099.9969 and 1999.998 are 5099.9949.
TEST(Energy, IsRoundedDownOnce) {
  PcpuReport pcpu;
  pcpu.busy = 999'999ns;
  pcpu.waited.polled = 999'999ns;
  EXPECT_EQ(microjoules_of(pcpu, CostModel{}), 5099u);
}

TEST(Energy, OfAYearFits) {
  PcpuReport pcpu;
  pcpu.busy = 24h * 365;
  CostModel costs;
  ASSERT_FALSE(costs.set("power.busy=1000000"));
  EXPECT_EQ(microjoules_of(pcpu, costs), 365u * 86'400 * 1'000'000'000ULL);
}

}  // namespace
}  // namespace roost
