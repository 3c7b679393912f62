#include "sched/balance/load_balancer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sched/balance/plan_pull.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using kit::busy;
using kit::idle;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr PcpuId kSelf{0};
const Duration kLlcCost = MigrationCost{}.of(Distance::Llc);
const Duration kRemoteCost = MigrationCost{}.of(Distance::Remote);

/// 0 1 2 share an LLC; 3 4 are another node.
Topology two_nodes() { return kit::even_host({.pcpus = 5, .llc = 3, .node = 3}); }

class BalanceScene : public testing::Test {
 protected:
  std::optional<Plan> run_dry() { return balancer.plan(kSelf, Trigger::NewIdle, loads, time_at(7)).plan; }
  std::optional<Plan> period() { return balancer.plan(kSelf, Trigger::Periodic, loads, time_at(7)).plan; }
  PlanOutcome look_again(const Plan& plan) {
    return balancer.still_holds(plan, loads[index(plan.from)], loads[index(plan.to)]);
  }

  kit::FakeLoads loads{5};
  LoadBalancer balancer{two_nodes(), {}};
};

// ---- pull -------------------------------------------------------------------------------------------------------

TEST_F(BalanceScene, NothingIsPulledFromIdlePcpusOrThoseThatOnlyRun) {
  EXPECT_FALSE(run_dry());
  loads[1] = loads[3] = busy(0, milliseconds(100));
  EXPECT_FALSE(run_dry());
}

TEST_F(BalanceScene, PullsFromTheLongestBacklogOfTheNearestRing) {
  loads[1] = busy(1);
  loads[2] = busy(2);
  loads[4] = busy(9);
  const auto plan = run_dry();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->from, PcpuId{2});
  EXPECT_EQ(plan->to, kSelf);
  EXPECT_EQ(plan->how, MoveHow::Pull);
  EXPECT_EQ(plan->how_many, 1u);
  EXPECT_EQ(plan->cost, kLlcCost);
  EXPECT_EQ(plan->seen_at, time_at(7));
  EXPECT_EQ(look_again(*plan), PlanOutcome::Done);
  loads[1] = loads[2];
  EXPECT_EQ(run_dry()->from, PcpuId{1}) << "equals go by the lower id";
}

TEST_F(BalanceScene, TheCostRuleIsExactAtEquality) {
  for (const auto& [source, cost] : {std::pair{1, kLlcCost}, std::pair{3, kRemoteCost}}) {
    loads = kit::FakeLoads(5);
    loads[source] = busy(1);
    loads[source].backlog = cost;
    EXPECT_FALSE(run_dry()) << "a gain of exactly the cost is none";
    loads[source].backlog = cost + nanoseconds(1);
    ASSERT_TRUE(run_dry());
    const Plan plan = *run_dry();
    loads[index(kSelf)].backlog = nanoseconds(1);
    EXPECT_EQ(look_again(plan), PlanOutcome::StaleNotWorthwhile);
  }
}

TEST_F(BalanceScene, AFarSourceIsTakenWhenTheNearOnesAreNotWorthIt) {
  loads[1] = busy(1, microseconds(10));
  loads[3] = busy(1, milliseconds(1));
  EXPECT_EQ(run_dry()->from, PcpuId{3});
}

TEST_F(BalanceScene, WhoWaitsWhereNothingRunsIsAboutToRunThere) {
  loads[1] = {.waiting = 1, .weight = 100, .backlog = milliseconds(5)};
  EXPECT_FALSE(run_dry());
  loads[1].waiting = 2;
  const auto plan = run_dry();
  ASSERT_TRUE(plan);
  loads[1].waiting = 1;
  EXPECT_EQ(look_again(*plan), PlanOutcome::StaleNothingWaits);
}

TEST_F(BalanceScene, NothingIsPulledWhenSomethingCameMeanwhileOrFromOffline) {
  loads[1] = busy(3);
  loads[0].waiting = 1;
  EXPECT_FALSE(run_dry());
  loads[0] = idle();
  loads.take_offline(1);
  EXPECT_FALSE(run_dry());
}

TEST(LoadBalancer, PullsFromTheNextOnesOfALargeRing) {
  kit::FakeLoads loads(256);
  for (std::size_t p = 1; p < 256; ++p) loads[p] = busy(1);
  loads[kMostSources] = busy(2);
  loads[kMostSources + 1] = busy(9);
  LoadBalancer balancer(Topology::flat(256), {});
  EXPECT_EQ(balancer.plan(kSelf, Trigger::NewIdle, loads, time_at(7)).plan->from, PcpuId{kMostSources});
  for (std::size_t p = 1; p <= kMostSources; ++p) loads[p] = busy(0);
  EXPECT_EQ(balancer.plan(kSelf, Trigger::NewIdle, loads, time_at(7)).plan->from, PcpuId{kMostSources + 1})
      << "who has nothing to give does not count";
}

// ---- push -------------------------------------------------------------------------------------------------------

TEST_F(BalanceScene, PushesHalfOfTheDifferenceToTheLightest) {
  loads[0] = busy(7);  // weight 800
  loads[1] = busy(3);
  loads[2] = busy(1);  // weight 200
  loads[3] = loads[4] = busy(5);
  const auto plan = period();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->from, kSelf);
  EXPECT_EQ(plan->to, PcpuId{2});
  EXPECT_EQ(plan->how, MoveHow::Push);
  EXPECT_EQ(plan->weight_limit, 300u);
  EXPECT_EQ(plan->how_many, 7u);
  EXPECT_EQ(look_again(*plan), PlanOutcome::Done);
  loads[2].weight = 600;  // now 300 would only turn them round
  EXPECT_EQ(look_again(*plan), PlanOutcome::StaleNotWorthwhile);
}

TEST(LoadBalancer, PushesToTheNearestIdleOrTheLightestOfTheNextOnes) {
  kit::FakeLoads loads(256);
  for (std::size_t p = 0; p < 256; ++p) loads[p] = busy(9);
  loads[kMostReceivers] = loads[7] = busy(3);
  loads[kMostReceivers + 1] = busy(1);
  LoadBalancer balancer(Topology::flat(256), {});
  EXPECT_EQ(balancer.plan(kSelf, Trigger::Periodic, loads, time_at(7)).plan->to, PcpuId{7})
      << "equals go by the lower id";
  loads[200] = loads[250] = idle();
  EXPECT_EQ(balancer.plan(kSelf, Trigger::Periodic, loads, time_at(7)).plan->to, PcpuId{200});
}

TEST_F(BalanceScene, NothingIsPushedBetweenEqualsOrWhereNobodyWaits) {
  for (std::size_t p = 0; p < 5; ++p) loads[p] = busy(2);
  EXPECT_FALSE(period());
  EXPECT_FALSE(period());
  for (std::size_t p = 1; p < 5; ++p) loads[p] = idle();
  loads[0] = busy(0);
  EXPECT_FALSE(period());
  EXPECT_FALSE(period());
}

/// Of 200 here none of 100 may go to a pCPU of half the speed, which it would load as much; the remote one takes it.
TEST_F(BalanceScene, AnIdlePcpuAsFastIsPushedToBeforeANearerSlowOne) {
  loads[0] = busy(1);
  loads[1].capacity = 512;
  for (const std::size_t p : {2, 3}) loads[p] = busy(0);
  ASSERT_TRUE(period());
  EXPECT_EQ(period()->to, PcpuId{4});
  EXPECT_EQ(period()->weight_limit, 100u);
  loads[4] = busy(0);
  EXPECT_EQ(period()->to, PcpuId{1}) << "and where all idle ones are slow, the nearest";
}

TEST_F(BalanceScene, ADifferenceNotWorthItsCostIsPushedOnceItHasLasted) {
  for (std::size_t p = 0; p < 5; ++p) loads[p] = busy(4);
  loads[1].weight = 100;
  EXPECT_FALSE(period()) << "the backlogs are equal";
  const auto plan = period();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->cost, kNoCostRule);
  EXPECT_EQ(look_again(*plan), PlanOutcome::Done);

  balancer.outcome(kSelf, *plan, PlanOutcome::Done, 1, time_at(8));
  EXPECT_FALSE(period()) << "after a move it has to last again";
  loads[1].weight = 500;
  EXPECT_FALSE(period());
  loads[1].weight = 100;
  EXPECT_FALSE(period()) << "and a time without it starts anew";
}

TEST_F(BalanceScene, WhereNobodyIsLightEnoughForHalfOneThatStillHelpsWillDo) {
  loads[0] = busy(1);
  loads[0].weight = 800;
  for (std::size_t p = 1; p < 5; ++p) loads[p] = busy(0, microseconds(1));
  loads[1].weight = 0;
  const auto half = period();
  ASSERT_TRUE(half);
  EXPECT_EQ(half->weight_limit, 400u);
  balancer.outcome(kSelf, *half, PlanOutcome::StaleAffinity, 0, time_at(8));
  const auto one = period();
  ASSERT_TRUE(one);
  EXPECT_EQ(one->weight_limit, 799u) << "800 would only turn them round";
  EXPECT_EQ(one->how_many, 1u);
}

TEST_F(BalanceScene, CapacityCounts) {
  EXPECT_EQ(movable_weight({.weight = 300, .capacity = 1024}, {.weight = 300, .capacity = 1024}), 0u);
  EXPECT_EQ(movable_weight({.weight = 300, .capacity = 1024}, {.weight = 200, .capacity = 1024}), 99u);
  // 300 on half a pCPU weigh as 600: after m went over, 100 + m on the whole one must weigh less.
  EXPECT_EQ(movable_weight({.weight = 300, .capacity = 512}, {.weight = 100, .capacity = 1024}), 499u);
  EXPECT_EQ(movable_weight({.weight = 100, .capacity = 1024}, {.weight = 300, .capacity = 512}), 0u);
}

TEST_F(BalanceScene, ThePeriodGrowsWhileThereIsNothingToDo) {
  const Duration period_once = BalancerChoice::kPeriod;
  Time now = time_at(0);
  for (const std::int64_t periods : {2, 4, 8, 8}) {
    EXPECT_FALSE(balancer.plan(kSelf, Trigger::Periodic, loads, now).plan);
    EXPECT_EQ(balancer.next_due(kSelf, now), now + period_once * periods);
  }
  loads[0] = busy(7);
  EXPECT_TRUE(balancer.plan(kSelf, Trigger::Periodic, loads, now).plan);
  EXPECT_EQ(balancer.next_due(kSelf, now), now + period_once);
}

TEST(LoadBalancer, EachKindAnswersOnlyItsTriggers) {
  kit::FakeLoads loads(5);
  loads[1] = busy(5);
  kit::FakeLoads full(5);
  full[0] = busy(5);
  for (const bool pull : {false, true})
    for (const bool push : {false, true}) {
      LoadBalancer balancer(two_nodes(), {.pull = pull, .push = push});
      EXPECT_EQ(balancer.plan(kSelf, Trigger::NewIdle, loads, time_at(0)).plan.has_value(), pull);
      EXPECT_EQ(balancer.plan(kSelf, Trigger::Periodic, full, time_at(0)).plan.has_value(), push);
      EXPECT_EQ(balancer.next_due(kSelf, time_at(0)) == kNever, !push);
    }
}

// ---- how far it looked ------------------------------------------------------------------------------------------

std::vector<Distance> all_of(const DistanceSet& set) {
  std::vector<Distance> out;
  set.for_each([&](Distance distance) { out.push_back(distance); });
  return out;
}

TEST_F(BalanceScene, SaysHowFarItLookedForAPlan) {
  using Distances = std::vector<Distance>;
  const auto looked = [&](Trigger trigger) {
    return all_of(balancer.plan(kSelf, trigger, loads, time_at(7)).looked_at);
  };
  EXPECT_EQ(looked(Trigger::NewIdle), (Distances{Distance::Llc, Distance::Remote})) << "and found nothing";
  EXPECT_EQ(looked(Trigger::Periodic), Distances{}) << "it has nothing to give, so it looked at itself alone";
  loads[1] = busy(9);
  EXPECT_EQ(looked(Trigger::NewIdle), Distances{Distance::Llc}) << "a plan ends the search";
  loads[0] = busy(9);
  EXPECT_EQ(looked(Trigger::NewIdle), Distances{}) << "something came meanwhile";
  EXPECT_EQ(looked(Trigger::Periodic), Distances{Distance::Llc}) << "an idle one is near";
  for (std::size_t p = 1; p < 5; ++p) loads[p] = busy(1);
  EXPECT_EQ(looked(Trigger::Periodic), (Distances{Distance::Llc, Distance::Remote})) << "nobody idles";
  loads[4] = idle();
  EXPECT_EQ(looked(Trigger::Periodic), (Distances{Distance::Llc, Distance::Remote})) << "one that is far does";
}

// ---- no oscillation ---------------------------------------------------------------------------------------------

/// Hogs of fixed weights on pCPUs; the first of each pCPU runs. Plans are carried out as a dispatcher would.
class Hogs {
 public:
  Hogs(std::size_t pcpus, kit::Seeded& random) : random_(random), loads_(pcpus), weights_(pcpus) {
    for (std::uint64_t i = random.below(30); i > 0; --i)
      weights_[random.below(pcpus)].push_back(static_cast<std::uint64_t>(random.between(1, 1000)));
    for (std::size_t p = 0; p < pcpus; ++p) loads_[p].capacity = random.below(3) == 0 ? 512 : 1024;
  }

  const LoadView& view() {
    for (std::size_t p = 0; p < weights_.size(); ++p) {
      LoadSnapshot& load = loads_[p];
      load.running = weights_[p].empty() ? 0 : 1;
      load.waiting = static_cast<std::uint32_t>(weights_[p].size()) - load.running;
      load.weight = 0;
      for (const std::uint64_t weight : weights_[p]) load.weight += weight;
      load.backlog = load.running * nanoseconds(random_.between(1, 6'000'000)) + milliseconds(1) * load.waiting;
    }
    return loads_;
  }

  /// Loads per capacity, heaviest first: what must fall with every move.
  std::vector<std::uint64_t> sorted() {
    view();
    std::vector<std::uint64_t> out;
    for (std::size_t p = 0; p < weights_.size(); ++p) out.push_back(loads_[p].weight * 1024 / loads_[p].capacity);
    std::sort(out.rbegin(), out.rend());
    return out;
  }

  /// One period of `pcpu`; how many were moved.
  std::uint32_t period(LoadBalancer& balancer, PcpuId pcpu, Time now) {
    auto& mine = weights_[index(pcpu)];
    if (mine.size() > 1)  // whoever runs now
      std::swap(mine[0], mine[1 + random_.below(mine.size() - 1)]);
    const auto plan = balancer.plan(pcpu, Trigger::Periodic, view(), now).plan;
    if (!plan) return 0;
    PlanOutcome outcome = balancer.still_holds(*plan, loads_[index(plan->from)], loads_[index(plan->to)]);
    std::uint32_t moved = 0;
    std::uint64_t weight = 0;
    for (std::size_t i = 1; outcome == PlanOutcome::Done && i < mine.size() && moved < plan->how_many;) {
      if (weight + mine[i] > plan->weight_limit) {
        ++i;
        continue;
      }
      weight += mine[i];
      weights_[index(plan->to)].push_back(mine[i]);
      mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(i));
      ++moved;
    }
    if (outcome == PlanOutcome::Done && moved == 0) outcome = PlanOutcome::StaleAffinity;
    balancer.outcome(pcpu, *plan, outcome, moved, now);
    return moved;
  }

 private:
  kit::Seeded& random_;
  kit::FakeLoads loads_;
  std::vector<std::vector<std::uint64_t>> weights_;
};

TEST(LoadBalancer, AnyStaticSetOfHogsSettles) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    kit::Seeded random(seed);
    SCOPED_TRACE(random.told());
    const std::size_t pcpus = 2 + random.below(5);
    Hogs hogs(pcpus, random);
    LoadBalancer balancer(Topology::flat(pcpus), {});
    int quiet = 0, rounds = 0;
    for (; quiet < 20 && rounds < 2000; ++rounds) {
      std::uint32_t moved = 0;
      for (std::size_t p = 0; p < pcpus; ++p) {
        const auto before = hogs.sorted();
        const std::uint32_t now_moved = hogs.period(balancer, id_at<PcpuId>(p), time_at(rounds));
        if (now_moved > 0) {
          ASSERT_LT(hogs.sorted(), before) << "a move must make the heavier lighter";
        }
        moved += now_moved;
      }
      quiet = moved == 0 ? quiet + 1 : 0;
    }
    ASSERT_LT(rounds, 2000) << "hogs are moved for ever";
  }
}

}  // namespace
}  // namespace roost
