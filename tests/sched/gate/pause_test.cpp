#include "sched/gate/pause.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace roost {
namespace {

using namespace std::chrono_literals;

const std::vector<VcpuId> kSiblings{VcpuId{4}, VcpuId{5}, VcpuId{6}, VcpuId{7}};

std::optional<std::size_t> next(std::size_t last, VcpuId self, std::vector<VcpuId> waiting) {
  return next_to_boost(kSiblings, last, self,
                       [&](VcpuId vcpu) { return std::ranges::find(waiting, vcpu) != waiting.end(); });
}

TEST(DirectedYield, TakesTheNextInTurnBehindTheOneThatWasChosenLast) {
  EXPECT_EQ(next(0, VcpuId{7}, {VcpuId{4}, VcpuId{5}, VcpuId{6}}), 1u);
  EXPECT_EQ(next(1, VcpuId{7}, {VcpuId{4}, VcpuId{5}, VcpuId{6}}), 2u);
  EXPECT_EQ(next(2, VcpuId{7}, {VcpuId{4}, VcpuId{5}, VcpuId{6}}), 0u) << "not the spinner itself";
}

TEST(DirectedYield, TakesTheSameAgainWhereItIsTheOnlyOne) { EXPECT_EQ(next(1, VcpuId{4}, {VcpuId{5}}), 1u); }

TEST(DirectedYield, FindsNobodyAmongThoseThatDoNotWait) {
  EXPECT_FALSE(next(0, VcpuId{4}, {}));
  EXPECT_FALSE(next(0, VcpuId{4}, {VcpuId{4}})) << "it spins itself";
}

// Eight boosts of 100 us in a row, then one for each 800 us.
TEST(BoostCredit, IsAnEighthOfTheTimeInTheLongRun) {
  BoostCredit credit;
  Time now = time_at(1'000'000'000);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(credit.take(now, 100us)) << i;
  EXPECT_FALSE(credit.take(now, 100us));
  EXPECT_FALSE(credit.take(now + 799us, 100us));
  EXPECT_TRUE(credit.take(now + 800us, 100us));
  EXPECT_FALSE(credit.take(now + 800us, 100us));
  int taken = 0;
  for (now += 1s; now < time_at(3'000'000'000); now += 10us) taken += credit.take(now, 100us);
  EXPECT_EQ(taken, 8 + 1'250 - 1) << "1 s of 10 us steps: an eighth is 1250 boosts";
}

}  // namespace
}  // namespace roost
