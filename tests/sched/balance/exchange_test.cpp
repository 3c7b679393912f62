#include "sched/balance/exchange.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "sched/balance/load_balancer.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"

namespace roost {
namespace {

using kit::busy;

using Pair = std::pair<VcpuId, VcpuId>;

Pair chosen(const std::vector<Offer>& going, const std::vector<Offer>& coming, std::uint64_t limit) {
  const Exchange pair = best_exchange(going, coming, limit);
  return {pair.goes, pair.comes};
}

constexpr Pair kNoPair{kNoVcpu, kNoVcpu};
constexpr VcpuId A{0}, B{1}, C{2}, D{3};

/// Differences: A - C 250, A - D 100, B - C 150, B - D 0. Half of 299 is nearest to B - C.
TEST(Exchange, TakesThePairThatEvensTheLoadsBest) {
  const std::vector<Offer> going{{A, 300}, {B, 200}}, coming{{C, 50}, {D, 200}};
  EXPECT_EQ(chosen(going, coming, 299), (Pair{B, C}));
  EXPECT_EQ(chosen(going, coming, 149), (Pair{A, D})) << "150 would be too much";
  EXPECT_EQ(chosen(going, coming, 99), kNoPair) << "all would";
}

TEST(Exchange, OfEqualsTakesWhoIsOfferedFirst) {
  EXPECT_EQ(chosen({{B, 200}, {A, 200}}, {{D, 100}, {C, 100}}, 299), (Pair{B, D}));
  // 150 less than half of 400 or 50 more... 100 and 300 are equally far from 200.
  EXPECT_EQ(chosen({{A, 300}, {B, 100}}, {{C, 0}}, 400), (Pair{A, C}));
}

TEST(Exchange, NobodyGoesForAnEqualOrAHeavierOne) {
  EXPECT_EQ(chosen({{A, 100}}, {{C, 100}}, 1000), kNoPair);
  EXPECT_EQ(chosen({{A, 100}}, {{C, 200}}, 1000), kNoPair);
  EXPECT_EQ(chosen({}, {{C, 1}}, 1000), kNoPair);
  EXPECT_EQ(chosen({{A, 100}}, {}, 1000), kNoPair);
}

/// 600 here, 300 there: 149 would make them equal, 299 is the most that helps, and all that wait are too heavy for it.
TEST(Exchange, IsPlannedOnceWhateverWaitsHasBeenTooHeavyTwice) {
  kit::FakeLoads loads(2);
  loads[0] = busy(1), loads[1] = busy(1);
  loads[0].weight = 600, loads[1].weight = 300;
  LoadBalancer balancer(kit::even_host({.pcpus = 2}), {.swap = true});
  const auto look = [&] { return balancer.plan(PcpuId{0}, Trigger::Periodic, loads, time_at(0)).plan; };
  const auto tell = [&](const Plan& plan, PlanOutcome outcome, std::uint32_t moved) {
    balancer.outcome(PcpuId{0}, plan, outcome, moved, time_at(0));
  };
  look();  // not worth its cost until it has lasted
  for (const std::uint64_t limit : {150, 299}) {
    const auto push = look();
    ASSERT_TRUE(push);
    EXPECT_EQ(push->how, MoveHow::Push);
    EXPECT_EQ(push->weight_limit, limit);
    tell(*push, PlanOutcome::StaleTooHeavy, 0);
  }
  const auto swap = look();
  ASSERT_TRUE(swap);
  EXPECT_EQ(swap->how, MoveHow::Swap);
  EXPECT_EQ(swap->weight_limit, 299u);
  EXPECT_EQ(balancer.still_holds(*swap, loads[0], loads[1]), PlanOutcome::Done);
  kit::FakeLoads later = loads;
  later[1].waiting = 0;
  EXPECT_EQ(balancer.still_holds(*swap, later[0], later[1]), PlanOutcome::StaleNothingWaits);
  tell(*swap, PlanOutcome::StaleTooHeavy, 0);
  EXPECT_EQ(look()->how, MoveHow::Push) << "and then by itself again";
}

}  // namespace
}  // namespace roost
