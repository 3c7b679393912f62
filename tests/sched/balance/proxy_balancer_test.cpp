#include "sched/balance/proxy_balancer.hpp"

#include <gtest/gtest.h>

#include "tests/kit/fake_loads.hpp"

namespace roost {
namespace {

using kit::busy;
using namespace std::chrono_literals;

constexpr PcpuId P0{0}, P1{1}, P2{2}, P3{3};
constexpr Time at(Duration d) { return Time{} + d; }

/// Four pCPUs of one LLC, whose domain is looked at each 4 s, and a tick of 4 ms: those are spread over 4 s and 4 ms.
struct ProxyScene : testing::Test {
  kit::FakeLoads loads{4};
  ProxyBalancer balancer{Topology::flat(4), {.per_pcpu = 1s, .memory = {}, .active = DomainRules::kNeverActive}, 4ms};
  PcpuId helper(Duration when, Trigger trigger = Trigger::Periodic) {
    return balancer.plan(P0, trigger, loads, at(when)).helper;
  }
};

TEST_F(ProxyScene, TicksAreSpreadAndThoseThatHavePassedAreNotMadeUpFor) {
  loads[0] = busy(0);
  EXPECT_EQ(balancer.next_due(P0, at(0ms)), at(1ms));
  EXPECT_EQ(balancer.next_due(P1, at(0ms)), at(2ms));
  EXPECT_EQ(balancer.next_due(P3, at(0ms)), at(4ms));
  helper(100ms);  // it has idled
  EXPECT_EQ(balancer.next_due(P0, at(100ms)), at(104ms));
}

TEST(ProxyBalancer, LooksAtADomainThatIsDueBeforeTheTick) {
  ProxyBalancer balancer(Topology::flat(4), {.per_pcpu = 10us, .memory = {}}, 1s);
  EXPECT_EQ(balancer.next_due(P0, at(0ms)), at(10us));
}

TEST_F(ProxyScene, TheLowestIdleOneHelpsWhereSomebodyWaitsAtATick) {
  balancer.next_due(P0, at(0ms));
  loads[0] = loads[1] = busy(1);
  EXPECT_EQ(helper(1ms - 1ns), kNoPcpu) << "before the tick";
  EXPECT_EQ(helper(1ms), P2);
  EXPECT_EQ(helper(2ms), kNoPcpu) << "before the next";
  EXPECT_EQ(helper(10ms, Trigger::NewIdle), kNoPcpu);
  loads[0] = busy(0);
  EXPECT_EQ(helper(10ms), kNoPcpu) << "nobody waits";
}

/// R_0 - R_2 = 2 us is worth no 25 us to pCPU 2, but all that to whoever balances for it.
TEST_F(ProxyScene, WhoIsBalancedForIsPulledForWhateverItCosts) {
  loads[0] = busy(1, 1us);
  EXPECT_FALSE(balancer.plan(P2, Trigger::NewIdle, loads, at(1ms)).plan);
  const std::optional<Plan> plan = balancer.plan_for(P2, loads, at(1ms)).plan;
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->from, P0);
  EXPECT_EQ(plan->to, P2);
  EXPECT_EQ(plan->how, MoveHow::Pull);
  EXPECT_EQ(plan->how_many, 1u);
  EXPECT_EQ(plan->seen_at, at(1ms));
  EXPECT_EQ(balancer.still_holds(*plan, loads[0], loads[2]), PlanOutcome::Done);
}

TEST_F(ProxyScene, NobodyGives) {
  loads[0] = busy(3);
  EXPECT_FALSE(balancer.plan(P0, Trigger::Periodic, loads, at(10s)).plan);
  DomainBalancer domains(Topology::flat(4), {});
  EXPECT_TRUE(domains.plan(P0, Trigger::Periodic, loads, at(10s)).plan);
}

TEST_F(ProxyScene, PromisesWorkTwoTicksAfterItsDomains) {
  const DomainBalancer domains(Topology::flat(4), {.per_pcpu = 1s, .memory = {}, .active = DomainRules::kNeverActive});
  EXPECT_EQ(balancer.window(), domains.window() + 8ms);
  const ProxyBalancer faulty(Topology::flat(4), {.memory = {}, .groups = {.compare = GroupRules::Compare::Mean}}, 4ms);
  EXPECT_EQ(faulty.window(), Duration::max());
}

}  // namespace
}  // namespace roost
