#include "sched/balance/epoch_balancer.hpp"

#include <gtest/gtest.h>

#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"

namespace roost {
namespace {

using kit::busy;
using kit::idle;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr PcpuId P0{0}, P1{1}, P2{2}, P3{3};

class EpochScene : public testing::Test {
 protected:
  std::optional<Plan> period(PcpuId self, Time now = time_at(100'000'000)) {
    return balancer.plan(self, Trigger::Periodic, loads, now).plan;
  }
  void tell(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved) {
    balancer.outcome(self, plan, outcome, moved, time_at(100'000'000));
  }
  kit::FakeLoads loads{4};
  EpochBalancer balancer{kit::even_host({.pcpus = 4}), {.epoch = milliseconds(100), .pairs = 2}};
};

TEST_F(EpochScene, LooksAtEachMultipleOfTheEpoch) {
  EXPECT_EQ(balancer.next_due(P0, time_at(0)), time_at(100'000'000));
  EXPECT_EQ(balancer.next_due(P1, time_at(250'000'000)), time_at(300'000'000));
  period(P1, time_at(300'000'000));
  EXPECT_EQ(balancer.next_due(P1, time_at(300'000'000)), time_at(400'000'000));
}

/// pCPU 0 idles, so pCPU 1 is the one; 3 has the most, 5 hogs of 100, and one goes to the idle pCPU.
TEST_F(EpochScene, TheLowestThatRunsGivesForTheHeaviest) {
  loads[0] = idle(), loads[1] = busy(0), loads[2] = busy(1), loads[3] = busy(4);
  EXPECT_FALSE(period(P2));
  EXPECT_FALSE(period(P3)) << "though it has too much";
  const auto plan = period(P1);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->from, P3);
  EXPECT_EQ(plan->to, P0);
  EXPECT_EQ(plan->how, MoveHow::Push);
  EXPECT_EQ(balancer.still_holds(*plan, loads[3], loads[0]), PlanOutcome::Done);
  loads[2] = loads[3];
  EXPECT_EQ(period(P1)->from, P2) << "the lowest id of equals";
}

/// 500 on pCPU 3, 100 on each of the others: half of the difference is 200, for the lowest id of the lightest.
TEST_F(EpochScene, WhereNobodyIdlesHalfOfTheDifferenceGoesToTheLightest) {
  loads[0] = loads[1] = loads[2] = busy(0), loads[3] = busy(4);
  const auto plan = period(P0);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->from, P3);
  EXPECT_EQ(plan->to, P0);
  EXPECT_EQ(plan->weight_limit, 200u);
  tell(P0, *plan, PlanOutcome::StaleTooHeavy, 0);
  EXPECT_EQ(period(P0)->weight_limit, 399u) << "one that still helps";
}

TEST_F(EpochScene, GoesOnWithTheNextPairUntilTheEpochsAreUsedUp) {
  loads[0] = loads[1] = busy(0), loads[2] = busy(4), loads[3] = busy(4);
  const Time now = time_at(100'000'000);
  const auto first = period(P0);
  ASSERT_TRUE(first);
  tell(P0, *first, PlanOutcome::Done, 2);
  EXPECT_EQ(balancer.next_due(P0, now), now + microseconds(10));
  loads[0] = busy(2), loads[2] = busy(2);
  const auto second = period(P0);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->from, P3);
  EXPECT_EQ(second->to, P1);
  tell(P0, *second, PlanOutcome::Done, 2);
  EXPECT_EQ(balancer.next_due(P0, now), now + milliseconds(100)) << "two are all of this epoch";
}

TEST_F(EpochScene, NothingIsDoneBetweenEqualsAndADryPcpuPulls) {
  for (std::size_t p = 0; p < 4; ++p) loads[p] = busy(2);
  EXPECT_FALSE(period(P0));
  loads[0] = idle();
  const auto pull = balancer.plan(P0, Trigger::NewIdle, loads, time_at(7)).plan;
  ASSERT_TRUE(pull);
  EXPECT_EQ(pull->how, MoveHow::Pull);
  EXPECT_EQ(pull->from, P1);
}

/// 4096 pCPUs, all with some to give: loads of one word are read, in the next epoch those of the next.
TEST(Epoch, LooksAtABoundedNumberOfGivers) {
  constexpr std::size_t kPcpus = 4096;
  kit::FakeLoads loads(kPcpus);
  for (std::size_t p = 0; p < kPcpus; ++p) loads[p] = busy(1);
  loads[70].weight = 1000;
  EpochBalancer balancer(kit::even_host({.pcpus = kPcpus}), {.epoch = milliseconds(100)});
  const auto in_epoch = [&](std::int64_t epoch) {
    return balancer.plan(P0, Trigger::Periodic, loads, time_at(epoch * 100'000'000)).plan;
  };
  EXPECT_FALSE(in_epoch(64)) << "the first word: all alike";
  ASSERT_TRUE(in_epoch(65));
  EXPECT_EQ(in_epoch(65)->from, PcpuId{70});
}

}  // namespace
}  // namespace roost
