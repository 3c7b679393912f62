#include "sched/balance/better_place.hpp"

#include <gtest/gtest.h>

#include "sched/balance/domain_balancer.hpp"
#include "sched/balance/load_balancer.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"

namespace roost {
namespace {

using kit::busy;
using kit::idle;
using std::chrono::milliseconds;

/// One LLC of `cores` cores with two siblings each: 0 1 | 2 3 | ...
Topology siblings(std::uint32_t cores) { return kit::even_host({.pcpus = 2 * cores, .core = 2}); }

/// One LLC, a pCPU to a core, of these capacities.
Topology speeds(std::initializer_list<std::uint32_t> capacities) {
  IdVector<PcpuId, PcpuPlace> places;
  for (const std::uint32_t capacity : capacities)
    places.push_back({.core = static_cast<std::uint32_t>(places.size()), .capacity = capacity});
  return Topology(std::move(places), {});
}

PcpuId place_in(const Topology& topology, const LoadView& loads, std::uint32_t self) {
  const BetterPlaces places(topology);
  return places.find(PcpuId{self}, topology.around(PcpuId{self}).back(), loads).pcpu;
}

TEST(BetterPlaces, AFasterIdlePcpuIsOneAndTheFastestIsTaken) {
  const Topology topology = speeds({512, 512, 700, 1024, 1024});
  kit::FakeLoads loads(5);
  loads[0] = busy(0);
  EXPECT_EQ(place_in(topology, loads, 0), PcpuId{3});
  loads[3] = loads[4] = busy(0);
  EXPECT_EQ(place_in(topology, loads, 0), PcpuId{2});
  loads[2] = busy(0);
  EXPECT_EQ(place_in(topology, loads, 0), kNoPcpu) << "an equal one is none";
  EXPECT_EQ(place_in(topology, loads, 3), kNoPcpu) << "a slower one is none";
}

TEST(BetterPlaces, FivePercentAreNoise) {
  kit::FakeLoads loads(2);
  loads[0] = busy(0);
  EXPECT_EQ(place_in(speeds({1000, 1052}), loads, 0), kNoPcpu) << "1052 * 1024 < 1000 * 1078";
  EXPECT_EQ(place_in(speeds({1000, 1053}), loads, 0), PcpuId{1});
}

TEST(BetterPlaces, OfACrowdedCoreOneGoesToACoreThatIdlesAsAWhole) {
  const Topology topology = siblings(3);
  kit::FakeLoads loads(6);
  loads[0] = loads[1] = loads[2] = busy(0);
  const BetterPlaces places(topology);
  const auto of = [&](std::uint32_t self) {
    return places.find(PcpuId{self}, topology.around(PcpuId{self})[1], loads);
  };
  EXPECT_EQ(of(1).pcpu, PcpuId{4}) << "3 idles beside a busy sibling";
  EXPECT_FALSE(of(1).goes_last);
  EXPECT_EQ(of(0).pcpu, PcpuId{4});
  EXPECT_TRUE(of(0).goes_last) << "the lowest of its core";
  EXPECT_EQ(of(2).pcpu, kNoPcpu) << "alone on its core";
  loads[5] = busy(0);
  EXPECT_EQ(of(1).pcpu, kNoPcpu);
  loads.take_offline(5);
  EXPECT_EQ(of(1).pcpu, PcpuId{4}) << "who is offline crowds nobody";
}

TEST(Occupied, IsAPcpuThatIdledAFifthOfTheTimeAtMost) {
  Occupied occupied;
  EXPECT_TRUE(occupied.since_last(milliseconds(0), time_at(0)));
  EXPECT_TRUE(occupied.since_last(milliseconds(2), time_at(10'000'000)));
  EXPECT_FALSE(occupied.since_last(milliseconds(5), time_at(20'000'000)));
  EXPECT_TRUE(occupied.since_last(milliseconds(5), time_at(30'000'000)));
}

TEST(Misplaced, InsistsAfterMoreThanSoManyLooksInARow) {
  Misplaced looks;
  const BetterPlaces::Place first{PcpuId{1}, false}, last{PcpuId{1}, true};
  EXPECT_FALSE(looks.insists(first, 2));
  EXPECT_FALSE(looks.insists(first, 2));
  EXPECT_TRUE(looks.insists(first, 2));
  EXPECT_FALSE(looks.any()) << "it begins anew";
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(looks.insists(last, 2)) << "twice as long";
  EXPECT_TRUE(looks.insists(last, 2));
  looks.insists(first, 2), looks.insists(first, 2);
  EXPECT_FALSE(looks.insists({}, 2));
  EXPECT_FALSE(looks.insists(first, 2)) << "one without such a place: they were not in a row";
}

// ---- in the balancers -----------------------------------------------------------------------------------------------

TEST(ActiveBalance, DomainsAskAfterTheDistancesAttemptsAndTwoMore) {
  // In an LLC: more than 1 + 2 looks in a row.
  DomainBalancer balancer(speeds({512, 1024}), {});
  kit::FakeLoads loads(2);
  loads[0] = busy(0);
  for (int ms = 1; ms <= 3; ++ms)
    EXPECT_FALSE(balancer.plan(PcpuId{0}, Trigger::Periodic, loads, time_at(ms * 100'000'000)).plan) << ms;
  const auto plan = balancer.plan(PcpuId{0}, Trigger::Periodic, loads, time_at(400'000'000)).plan;
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->how, MoveHow::Active);
  EXPECT_EQ(plan->from, PcpuId{0});
  EXPECT_EQ(plan->to, PcpuId{1});
  EXPECT_EQ(balancer.still_holds(*plan, loads[0], loads[1]), PlanOutcome::Done);
  EXPECT_EQ(balancer.still_holds(*plan, loads[0], busy(0)), PlanOutcome::StaleNotWorthwhile);
  EXPECT_EQ(balancer.still_holds(*plan, idle(), loads[1]), PlanOutcome::StaleGone);
}

TEST(ActiveBalance, APcpuThatIdledMeanwhileBeginsAnew) {
  LoadBalancer balancer(speeds({512, 1024}), {.active = true, .tries = 2});
  kit::FakeLoads loads(2);
  loads[0] = busy(0);
  const auto look = [&](std::int64_t ms, std::int64_t idled_ms) {
    balancer.has_idled(PcpuId{0}, milliseconds(idled_ms), time_at(ms * 1'000'000));
    return balancer.plan(PcpuId{0}, Trigger::Periodic, loads, time_at(ms * 1'000'000)).plan.has_value();
  };
  EXPECT_FALSE(look(10, 0) || look(20, 0));
  EXPECT_FALSE(look(30, 3)) << "3 of 10 ms: it counts from here";
  EXPECT_FALSE(look(40, 3));
  EXPECT_TRUE(look(50, 3));
}

TEST(ActiveBalance, WhereThoseThatWaitMayNotGoTheOneThatRunsIsAsked) {
  LoadBalancer balancer(Topology::flat(2), {.active = true, .tries = 2});
  kit::FakeLoads loads(2);
  loads[0] = busy(1, milliseconds(10));
  const auto look = [&] { return balancer.plan(PcpuId{0}, Trigger::Periodic, loads, time_at(0)).plan; };
  for (int i = 0; i < 3; ++i) {
    const auto push = look();
    ASSERT_TRUE(push && push->how == MoveHow::Push) << i;
    balancer.outcome(PcpuId{0}, *push, PlanOutcome::StaleAffinity, 0, time_at(0));
  }
  const auto active = look();
  ASSERT_TRUE(active);
  EXPECT_EQ(active->how, MoveHow::Active);
  EXPECT_EQ(active->to, PcpuId{1});
  balancer.outcome(PcpuId{0}, *active, PlanOutcome::StaleAffinity, 0, time_at(0));
  EXPECT_EQ(look()->how, MoveHow::Push) << "who is not asked in vain again and again";
}

TEST(ActiveBalance, IsNotForWhoNeverAsksForIt) {
  LoadBalancer hybrid(speeds({512, 1024}), {});
  DomainBalancer never(speeds({512, 1024}), {.memory = {}, .active = DomainRules::kNeverActive});
  kit::FakeLoads loads(2);
  loads[0] = busy(0);
  EXPECT_FALSE(hybrid.moves_running() || never.moves_running());
  for (int i = 1; i < 200; ++i) {
    EXPECT_FALSE(hybrid.plan(PcpuId{0}, Trigger::Periodic, loads, time_at(i * 1'000'000'000LL)).plan);
    EXPECT_FALSE(never.plan(PcpuId{0}, Trigger::Periodic, loads, time_at(i * 1'000'000'000LL)).plan);
  }
}

}  // namespace
}  // namespace roost
