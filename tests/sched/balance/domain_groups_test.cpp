// Between which parts of a domain anything moves, where parts are compared; and what whoever missed a pCPU looks at.

#include "sched/balance/domain_groups.hpp"

#include <gtest/gtest.h>

#include "sched/balance/domain_balancer.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"

namespace roost {
namespace {

using kit::busy;
using namespace std::chrono_literals;
using Compare = GroupRules::Compare;

constexpr PcpuId P0{0}, P1{1}, P2{2};

/// 0 1 | 2 3: pCPU 1 runs one of weight 10000, pCPU 0 nobody, 2 and 3 have three of weight 100 each.
struct Parts : testing::Test {
  Parts() {
    loads[1] = {.running = 1, .weight = 10000, .backlog = 1ms};
    loads[2] = loads[3] = busy(2, 10ms);
  }
  Topology host = kit::even_host({.pcpus = 4, .llc = 2, .node = 4});
  kit::FakeLoads loads{4};
  bool pulls(GroupRules groups) {
    DomainBalancer balancer(host, {.memory = {}, .groups = groups});
    return balancer.plan(P0, Trigger::NewIdle, loads, time_at(0)).plan.has_value();
  }
};

TEST_F(Parts, AMeanHidesAnIdlePcpuAndTheLeastDoesNot) {
  EXPECT_TRUE(pulls({.compare = Compare::None}));
  EXPECT_FALSE(pulls({.compare = Compare::Mean})) << "5000 and 300";
  EXPECT_TRUE(pulls({.compare = Compare::Least})) << "0 and 300";
}

TEST_F(Parts, NothingMovesBetweenEqualsAndWithinAPartEverythingMay) {
  loads[0] = loads[1] = loads[2] = loads[3] = busy(2);
  for (const Compare compare : {Compare::Mean, Compare::Least}) {
    const DomainGroups groups(host, {.compare = compare});
    EXPECT_FALSE(groups.may_cross(P2, P0, loads));
    EXPECT_TRUE(groups.may_cross(P1, P0, loads));
    loads[3] = busy(3);
    EXPECT_EQ(groups.may_cross(P2, P0, loads), compare == Compare::Mean) << "3.5 to 3, and 3 to 3";
    loads[3] = busy(2);
  }
}

/// Two parts of 100: of the second the last 36 have ten times the load of the others, which nobody reads.
TEST(Part, IsReadUpToTheMost) {
  const Topology host = kit::even_host({.pcpus = 200, .llc = 100, .node = 200});
  kit::FakeLoads loads(200);
  for (std::size_t p = 0; p < 200; ++p) loads[p] = busy(p < 164 ? 0 : 9);
  const DomainGroups groups(host, {.compare = Compare::Mean});
  EXPECT_FALSE(groups.may_cross(PcpuId{100}, P0, loads));
  loads[163] = busy(9);
  EXPECT_TRUE(groups.may_cross(PcpuId{100}, P0, loads));
}

/// Two nodes of two: whoever has seen pCPU 3 offline takes nothing from there any more, run dry or busy.
TEST(Hotplug, WhoForgetsNeverLooksAtOtherNodesAgain) {
  const Topology host = kit::even_host({.pcpus = 4, .llc = 2, .node = 2});
  for (const bool forgets : {false, true}) {
    SCOPED_TRACE(forgets);
    kit::FakeLoads before(4), after(4);
    before.take_offline(3);
    after[2] = after[3] = busy(9, 10ms);
    after[1] = busy(0, 10ms);
    DomainBalancer balancer(host, {.memory = {}, .groups = {.hotplug = forgets ? GroupRules::Hotplug::Forget
                                                                                 : GroupRules::Hotplug::Keep}});
    balancer.plan(P0, Trigger::NewIdle, before, time_at(0));
    EXPECT_NE(balancer.plan(P0, Trigger::NewIdle, after, time_at(0)).plan.has_value(), forgets);
    after[0] = busy(0, 10ms);
    const Advice advice = balancer.plan(P0, Trigger::Periodic, after, time_at(1'000'000'000));
    EXPECT_NE(advice.plan.has_value(), forgets);
    bool looked_far = false;
    advice.looked_at.for_each([&](Distance far) { looked_far = looked_far || far == Distance::Remote; });
    EXPECT_NE(looked_far, forgets);
  }
}

}  // namespace
}  // namespace roost
