// Pools: each orders, places and balances its own pCPUs; a vCPU that goes to another is new there.

#include <gtest/gtest.h>

#include "sched/balance/pool_view.hpp"
#include "tests/kit/dispatcher_scene.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr PcpuId P0{0}, P1{1}, P2{2}, P3{3};
constexpr VcpuId A{0}, B{1}, C{2}, D{3};
constexpr PoolId kRight{1};

PcpuSet set_of(std::initializer_list<PcpuId> pcpus) {
  PcpuSet set;
  for (const PcpuId pcpu : pcpus) set.insert(pcpu);
  return set;
}
const PcpuSet kLeftPcpus = set_of({P0, P1}), kRightPcpus = set_of({P2, P3});

/// Four pCPUs of one LLC: 0 and 1 under the run's policy, 2 and 3 a pool of their own.
struct PoolScene : kit::DispatcherScene {
  PoolScene(const std::vector<PcpuSet>& allowed, std::string_view left, std::string_view right)
      : DispatcherScene(Topology::flat(4), allowed, left, {{.pcpus = kRightPcpus, .spec = std::string(right)}}) {}
  const Discipline& discipline_at(PcpuId pcpu) const {
    return dispatcher->runqueues()[dispatcher->runqueue_map().of(pcpu)].discipline();
  }
};

TEST(Pools, EachHasItsDiscipline) {
  PoolScene scene({set_of({P0}), set_of({P0}), set_of({P2}), set_of({P2})}, "round_robin,slice=1ms", "fifo");
  EXPECT_EQ(scene.discipline_at(P0).name(), "round_robin");
  EXPECT_EQ(scene.discipline_at(P2).name(), "fifo");
  EXPECT_EQ(scene.next(P0).vcpu, A);
  EXPECT_EQ(scene.next(P2).vcpu, C);
  scene.world.advance(1ms);
  EXPECT_EQ(scene.returned(P0, ExitWhy::BudgetSpent).vcpu, B) << "in turns";
  EXPECT_EQ(scene.returned(P2, ExitWhy::BudgetSpent).vcpu, C) << "until it blocks";
  scene.dispatcher->check_invariants();
}

TEST(Pools, NobodyIsPulledOrPushedAcross) {
  const std::string eager = "round_robin,place=last_pcpu,lock=0us,tlb=0us,cache_llc=0us";
  PoolScene scene(std::vector<PcpuSet>(4, kLeftPcpus), eager, eager);
  ASSERT_NE(scene.next(P0).vcpu, kNoVcpu);
  scene.world.advance(1us);
  EXPECT_EQ(scene.next(P2).vcpu, kNoVcpu) << "of the other pool";
  const PcpuReport idle = scene.report().pcpus[P2];
  for (const std::uint64_t plans : idle.balance[static_cast<std::size_t>(Distance::Llc)].plans)
    EXPECT_EQ(plans, 0u) << "it has not even proposed it";
  EXPECT_NE(scene.next(P1).vcpu, kNoVcpu);
}

/// Three begin on pCPU 0 and may soon use 1 too. Whoever balances for all that idle does so for those of its pool.
TEST(Pools, AProxyBalancesForItsOwn) {
  const std::string proxy = "round_robin,slice=10ms,place=pack,most=1024,balance=proxy,active=100,idle=halt";
  PoolScene scene(std::vector<PcpuSet>(3, set_of({P0})), proxy, proxy);
  for (const PcpuId p : {P0, P1, P2, P3}) scene.next(p);
  for (const VcpuId vcpu : {A, B, C}) scene.outside().set_allowed(vcpu, kLeftPcpus);
  scene.returned(P0, ExitWhy::Kicked);
  const auto refused = [&] {
    const DomainCounts& near = scene.dispatcher->pcpus()[P1].balances[static_cast<std::size_t>(Distance::Llc) - 1];
    return near.plans[static_cast<std::size_t>(PlanOutcome::StaleAffinity)];
  };
  const std::uint32_t before = refused();
  scene.world.advance(4ms);
  scene.returned(P0, ExitWhy::BudgetSpent);
  EXPECT_NE(scene.next(P1).vcpu, kNoVcpu);
  EXPECT_EQ(refused(), before) << "nobody is offered across the border";
  const RunReport report = scene.report();
  EXPECT_EQ(report.pcpus[P0].helpers, 1u);
  EXPECT_EQ(report.pcpus[P1].pulls, 1u);
}

TEST(Pools, WhoGoesToAnotherIsNewThere) {
  PoolScene scene(std::vector<PcpuSet>(4, set_of({P0})), "weighted_fair", "stride");
  ASSERT_EQ(scene.next(P0).vcpu, A);
  scene.world.advance(1ms);
  scene.outside().set_allowed(A, kRightPcpus);  // it runs
  scene.outside().set_allowed(B, kRightPcpus);  // it waits
  const VcpuId left = scene.returned(P0, ExitWhy::Kicked).vcpu;
  EXPECT_TRUE(left == C || left == D);
  EXPECT_EQ(scene.next(P2).vcpu, A);
  EXPECT_EQ(scene.next(P3).vcpu, B);
  EXPECT_EQ(scene.dispatcher->place_of(A).discipline, 1u) << "the pool's is the second policy of the run";
  scene.dispatcher->check_invariants();
  EXPECT_EQ(scene.returned(P2, ExitWhy::Halted).vcpu, kNoVcpu);
  scene.outside().set_allowed(A, set_of({P0}));  // it sleeps: whoever wakes it takes it back
  scene.outside().wake(A);
  scene.dispatcher->check_invariants();
  EXPECT_EQ(scene.dispatcher->place_of(A).discipline, 0u);
}

TEST(Pools, APolicyThatComesIsOfItsPoolAlone) {
  PoolScene scene({set_of({P0}), set_of({P0}), set_of({P2}), set_of({P2})}, "round_robin,slice=1ms", "fifo");
  EXPECT_EQ(scene.next(P0).vcpu, A);
  EXPECT_EQ(scene.next(P2).vcpu, C);
  scene.world.kicks.clear();
  scene.outside().set_policy(scene.policy("lottery", 4, kRight));
  EXPECT_EQ(scene.world.kicks, (std::vector{P2, P3})) << "nobody else is told";
  scene.returned(P2, ExitWhy::Kicked);
  scene.next(P3);
  EXPECT_EQ(scene.discipline_at(P2).name(), "lottery");
  EXPECT_EQ(scene.discipline_at(P3).name(), "lottery");
  EXPECT_EQ(scene.discipline_at(P0).name(), "round_robin");
  EXPECT_EQ(scene.dispatcher->policies().all()[0].policy.name, "round_robin,slice=1ms");
  EXPECT_NE(scene.dispatcher->policies().all()[0].policy.discipline, nullptr) << "it orders the other pool still";
  scene.dispatcher->check_invariants();
  const RunReport run = scene.report();
  ASSERT_EQ(run.policy_changes.size(), 1u);
  EXPECT_EQ(run.policy_changes[0].pool, "pool 1");
  ASSERT_EQ(run.pools.size(), 1u);
  EXPECT_EQ(run.pools[0].policy, "fifo");
}

/// Three vCPUs for the two pCPUs of a pool under `null`: the third stands in line until one goes to the other pool.
TEST(Pools, WhoLeavesAPoolUnderNullFreesItsPcpu) {
  PoolScene scene(std::vector<PcpuSet>(3, kRightPcpus), "round_robin", "round_robin,place=null,balance=none");
  EXPECT_EQ(scene.next(P2).vcpu, A);
  EXPECT_EQ(scene.next(P3).vcpu, B);
  EXPECT_EQ(scene.dispatcher->vcpus()[C].state.load(), VcpuState::InLine);
  scene.outside().set_allowed(A, kLeftPcpus);
  EXPECT_EQ(scene.returned(P2, ExitWhy::Kicked).vcpu, C);
  EXPECT_EQ(scene.next(P0).vcpu, A);
  scene.dispatcher->check_invariants();
}

TEST(Pools, TheLastPcpuOfAPoolStaysWhileSomebodyIsInIt) {
  PoolScene scene({kLeftPcpus, kRightPcpus}, "round_robin", "fifo");
  EXPECT_TRUE(scene.outside().set_online(P2, false).done);
  const ChangeAnswer refused = scene.outside().set_online(P3, false);
  EXPECT_FALSE(refused.done);
  EXPECT_EQ(refused.homeless, B);
  scene.outside().set_allowed(B, kLeftPcpus);
  EXPECT_TRUE(scene.outside().set_online(P3, false).done);
}

/// A node of four, whose middle two are a pool with a runqueue for each node: 0 and 3 share one, 1 and 2 another.
TEST(Pools, RunqueuesEndAtTheirBorders) {
  const Topology host = kit::even_host({.pcpus = 6, .llc = 4, .node = 4});
  const std::vector<RunqueueMap::Cut> cuts{{set_of({P1, P2}), Granularity::Node}};
  const RunqueueMap by_node(host, Granularity::Node, cuts);
  EXPECT_EQ(by_node.size(), 3u);
  EXPECT_EQ(by_node.of(P0), by_node.of(P3));
  EXPECT_EQ(by_node.of(P1), by_node.of(P2));
  EXPECT_NE(by_node.of(P0), by_node.of(P1));
  const RunqueueMap mixed(host, Granularity::Pcpu, cuts);
  EXPECT_EQ(mixed.size(), 5u);
  EXPECT_TRUE(mixed.shares());
  EXPECT_EQ(mixed.granularity(P0), Granularity::Pcpu);
  EXPECT_EQ(mixed.granularity(P1), Granularity::Node);
  const std::vector<RunqueueMap::Cut> alone{{set_of({P1, P2}), Granularity::Pcpu}};
  EXPECT_FALSE(RunqueueMap(host, Granularity::Pcpu, alone).shares());
}

TEST(Pools, AViewShowsNobodyOfAnother) {
  kit::FakeLoads loads(4);
  loads[0] = loads[2] = kit::busy(3);
  const PoolView view(loads, kLeftPcpus);
  EXPECT_EQ(view.giving(0), 0b0001u);
  EXPECT_EQ(view.idle(0), 0b0010u);
  EXPECT_EQ(view.fronts(0), 0b0011u);
  EXPECT_EQ(view.sharing(P0, 0) & 0b1111u, 0b1101u) << "as if it shared their runqueues";
  EXPECT_FALSE(view.online(P2));
  EXPECT_EQ(view.load(P0).waiting, 3u);
}

/// A balancer of somebody else's, which proposes what it is given when pCPU 0 runs dry.
class Foreign final : public Balancer {
 public:
  explicit Foreign(Plan plan) : plan_(plan) {}
  Time next_due(PcpuId, Time) override { return kNever; }
  Advice plan(PcpuId self, Trigger, const LoadView&, Time) override {
    Advice advice;
    if (self == P0) advice.plan = plan_;
    return advice;
  }
  PlanOutcome still_holds(const Plan&, const LoadSnapshot&, const LoadSnapshot&) const override {
    return PlanOutcome::Done;
  }
  Duration window() const override { return Duration::max(); }
  void outcome(PcpuId, const Plan&, PlanOutcome, std::uint32_t, Time) override {}

 private:
  Plan plan_;
};

TEST(Pools, BogusPlansAreCaughtWithASentence) {
  const auto caught = [](const Plan& plan) -> std::string {
    PoolScene scene({kLeftPcpus, kRightPcpus}, "round_robin", "round_robin");
    Policy policy = scene.policy("round_robin", 2);
    policy.balancer = std::make_unique<Foreign>(plan);
    scene.outside().set_policy(std::move(policy));
    try {
      while (scene.dispatcher->pcpus()[P0].current != kNoVcpu || scene.next(P0).vcpu != kNoVcpu)
        scene.returned(P0, ExitWhy::Halted);
    } catch (const CheckFailure& failure) {
      return failure.what();
    }
    return "nobody minded";
  };
  const std::string of_host = "a plan names pCPUs of two different runqueues of this host and moves at least one vCPU";
  EXPECT_NE(caught({.from = P1, .to = P1}).find(of_host), std::string::npos);
  EXPECT_NE(caught({.from = PcpuId{77}, .to = P0}).find(of_host), std::string::npos);
  EXPECT_NE(caught({.from = P1, .to = P0, .how_many = 0}).find(of_host), std::string::npos);
  const std::string of_pool = "a plan stays in the pool of the pCPU that made it";
  EXPECT_NE(caught({.from = P2, .to = P0}).find(of_pool), std::string::npos);
  EXPECT_EQ(caught({.from = P1, .to = P0}), "nobody minded") << "it is stale, which is no fault";
}

}  // namespace
}  // namespace roost
