#include "sched/balance/domain_balancer.hpp"

#include <gtest/gtest.h>

#include "sched/balance/domain_load.hpp"
#include "sched/policy/catalog.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"
#include "tests/kit/toy_host.hpp"

namespace roost {
namespace {

using kit::busy;
using kit::idle;
using std::chrono::milliseconds;

/// LLCs of two pCPUs, two of them in a package, one package to a node, two nodes: 0 1 | 2 3 || 4 5 | 6 7.
Topology eight() { return kit::even_host({.pcpus = 8, .llc = 2, .node = 4}); }

LoadSnapshot hogs(std::uint32_t waiting) { return busy(waiting, milliseconds(10)); }

class DomainScene : public testing::Test {
 protected:
  DomainScene() {
    for (std::size_t p = 0; p < 8; ++p) loads[p] = hogs(0);
  }
  std::optional<Plan> at(std::int64_t ms, std::uint32_t self = 0) {
    return balancer.plan(PcpuId{self}, Trigger::Periodic, loads, time_at(ms * 1'000'000)).plan;
  }

  kit::FakeLoads loads{8};
  DomainBalancer balancer{eight(), {}};
};

TEST(DomainTunables, IntervalsGrowWithTheSpan) {
  const Domains domains(eight());
  const auto chain = domains.around(PcpuId{0});
  ASSERT_EQ(chain.size(), 3u);
  const DomainTunables llc = tunables_of(domains[chain[0]], {}), package = tunables_of(domains[chain[1]], {}),
                       remote = tunables_of(domains[chain[2]], {});
  EXPECT_EQ(llc.interval, milliseconds(2));
  EXPECT_EQ(package.interval, milliseconds(4));
  EXPECT_EQ(remote.interval, milliseconds(8));
  EXPECT_EQ(remote.slowest, milliseconds(64));
  EXPECT_EQ(llc.threshold, 117u);
  EXPECT_EQ(remote.threshold, 125u);
  EXPECT_LT(llc.cost, remote.cost);
}

TEST(DomainLoad, AMeanHidesOneHotPcpu) {
  // 23 LLCs of one idle pCPU and one hot one: the mean of the ring says 0.4, the greatest says 10.
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t p = 0; p < 25; ++p) places.push_back({.llc = p, .core = p});
  const Topology topology(std::move(places), {});
  kit::FakeLoads loads(25);
  loads[17] = hogs(9);
  const DomainLoad sum = load_of(topology.around(PcpuId{0})[0], PcpuId{0}, loads);
  EXPECT_EQ(sum.read, 24u);
  EXPECT_EQ(sum.mean, 10 * 1024 / 24u);
  EXPECT_EQ(sum.greatest, 10 * 1024u);
  EXPECT_EQ(sum.busiest, PcpuId{17});
}

TEST(DomainLoad, ReadsABoundedNumberAndAmongThemThoseWithSomethingToGive) {
  kit::FakeLoads loads(1000);
  loads[999] = hogs(3);
  const Topology topology = Topology::flat(1000);
  const DomainLoad sum = load_of(topology.around(PcpuId{0})[0], PcpuId{0}, loads);
  EXPECT_EQ(sum.read, kMostRead);
  EXPECT_EQ(sum.busiest, PcpuId{999});
}

TEST_F(DomainScene, PullsWhatTakesBothToTheMeanWhenTheSmallestDomainIsDue) {
  // 1 has 5 hogs, this one 1: half of the difference is 2, both are then at 3, the mean.
  loads[1] = hogs(4);
  const auto plan = at(2);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->from, PcpuId{1});
  EXPECT_EQ(plan->to, PcpuId{0});
  EXPECT_EQ(plan->how, MoveHow::Pull);
  EXPECT_EQ(plan->weight_limit, 200u);
  EXPECT_EQ(balancer.still_holds(*plan, loads[1], loads[0]), PlanOutcome::Done);
}

TEST_F(DomainScene, WithinTheThresholdNothingMoves) {
  loads[0] = hogs(9);
  loads[1] = hogs(10);  // 11 to 10: 110 percent, below 117
  EXPECT_FALSE(at(100));
}

TEST_F(DomainScene, ABalancedDomainIsLookedAtHalfAsOften) {
  EXPECT_EQ(balancer.next_due(PcpuId{7}, time_at(0)), time_at(2'000'000)) << "the eighth of eight, spread over 2 ms";
  EXPECT_FALSE(at(2, 7));
  EXPECT_EQ(balancer.next_due(PcpuId{7}, time_at(0)), time_at(4'000'000)) << "the package's";
  EXPECT_FALSE(at(4, 7));
  EXPECT_EQ(balancer.next_due(PcpuId{7}, time_at(0)), time_at(6'000'000)) << "the LLC again, after 4 ms";
  EXPECT_FALSE(at(6, 7));
  loads[6] = hogs(4);
  const auto plan = at(14, 7);
  ASSERT_TRUE(plan);
  balancer.outcome(PcpuId{7}, *plan, PlanOutcome::Done, 2, time_at(14'000'000));
  EXPECT_FALSE(at(14, 7)) << "the larger ones, due as well, are balanced but for what the LLC has";
  loads[6] = hogs(0);
  EXPECT_FALSE(at(16, 7)) << "2 ms later: the interval fell back";
  EXPECT_GT(balancer.next_due(PcpuId{7}, time_at(0)), time_at(16'000'000));
}

TEST_F(DomainScene, WhoIsAboveTheMeanPullsNothing) {
  loads[0] = hogs(3);  // 4 hogs; the others of its node have 1, 1 and 6: the mean is 3
  loads[2] = hogs(5);
  EXPECT_FALSE(at(100));
}

TEST_F(DomainScene, ABusyOneGivesToAnIdleOne) {
  loads[0] = hogs(2);
  loads[6] = idle();
  std::optional<Plan> plan = at(100);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->from, PcpuId{0});
  EXPECT_EQ(plan->to, PcpuId{6});
  EXPECT_EQ(plan->how_many, 1u);
}

TEST_F(DomainScene, APriceIsForgottenAfterFailures) {
  // A difference of 0.1 ms of backlog, less than the price of another node: refused twice, then made.
  loads[0] = hogs(0);
  for (std::size_t p = 4; p < 8; ++p) {
    loads[p] = hogs(3);
    loads[p].backlog = loads[0].backlog + std::chrono::microseconds(100);
  }
  EXPECT_FALSE(at(1000));
  EXPECT_FALSE(at(2000));
  const auto plan = at(3000);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->cost, kNoCostRule);
  balancer.outcome(PcpuId{0}, *plan, PlanOutcome::Done, 1, time_at(3'000'000'000));
  EXPECT_FALSE(at(4000)) << "what worked counts anew";
}

TEST_F(DomainScene, WhoRunsDryAsksTheNearestFirst) {
  loads[0] = idle();
  loads[3] = hogs(1);
  loads[5] = hogs(7);
  const auto plan = balancer.plan(PcpuId{0}, Trigger::NewIdle, loads, time_at(0)).plan;
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->from, PcpuId{3});
}

TEST(DomainBalancer, PromisesNothingWhereThereIsOnePcpu) {
  EXPECT_EQ(DomainBalancer(Topology::flat(1), {}).window(), Duration::max());
}

TEST(DomainBalancer, EvensOutAHostWithoutAnyPush) {
  // 32 vCPUs, four to a pCPU. Those of the first node are hogs; the others end after 20 ms. Each pCPU of the other node
  // then pulls one when it runs dry; that the others follow, until each pCPU has two, is the domains' work.
  const Topology topology = eight();
  std::vector<VcpuTraits> vcpus(32, VcpuTraits{.allowed = PcpuSet::first(8)});
  kit::ToyHost toys(std::move(*make_policy("roost,balance=domains", topology, 32)), topology, vcpus,
                    [](VcpuId vcpu, Time) {
                      const bool hog = index(vcpu) % 8 < 4;
                      return kit::Life{.run = hog ? Duration::max() : milliseconds(5),
                                       .sleep = std::chrono::hours(1)};
                    });
  toys.run_until(time_at(1'000'000'000));
  toys.check_invariants();
  for (std::uint32_t p = 0; p < 8; ++p) EXPECT_EQ(toys.weight_of(PcpuId{p}), 200u) << "pCPU " << p;
}

}  // namespace
}  // namespace roost
