// A vCPU that runs is asked to go elsewhere: it goes at its next exit, or not at all, and each plan is counted once.

#include <gtest/gtest.h>

#include <deque>
#include <utility>

#include "sched/balance/better_place.hpp"
#include "tests/kit/dispatcher_scene.hpp"
#include "tests/kit/llc_host.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr PcpuId P0{0}, P1{1}, P2{2};
constexpr VcpuId A{0}, B{1};

/// Whoever runs dry next is given the next plan of a list.
class Listed final : public Balancer {
 public:
  explicit Listed(std::deque<Plan> plans) : plans_(std::move(plans)) {}
  Time next_due(PcpuId, Time) override { return kNever; }
  Advice plan(PcpuId self, Trigger trigger, const LoadView&, Time) override {
    Advice advice;
    if (trigger != Trigger::NewIdle || self != P2 || plans_.empty()) return advice;
    advice.plan = plans_.front();
    plans_.pop_front();
    return advice;
  }
  PlanOutcome still_holds(const Plan& plan, const LoadSnapshot& from, const LoadSnapshot& to) const override {
    return look_again(plan, from, to);
  }
  Duration window() const override { return Duration::max(); }
  bool moves_running() const override { return true; }
  void outcome(PcpuId, const Plan&, PlanOutcome, std::uint32_t, Time) override {}

 private:
  std::deque<Plan> plans_;
};

/// pCPU 2 makes the plans; A runs on 0 and B has run on 1, and sleeps.
struct Asked : kit::DispatcherScene {
  explicit Asked(std::vector<PcpuSet> allowed = std::vector<PcpuSet>(2, PcpuSet::first(3)),
                 std::deque<Plan> plans = {plan_active(P0, P1)})
      : DispatcherScene(Topology::flat(3), allowed, "round_robin") {
    EXPECT_EQ(next(P0).vcpu, A);
    EXPECT_EQ(next(P1).vcpu, B);
    Policy later = policy("round_robin,balance=none", allowed.size());
    later.balancer = std::make_unique<Listed>(std::move(plans));
    outside().set_policy(std::move(later));
    returned(P0, ExitWhy::Kicked);
    EXPECT_EQ(returned(P1, ExitWhy::Halted).vcpu, kNoVcpu);
    world.kicks.clear();
    world.advance(1us);
  }
  /// pCPU 2 looks, and makes the next plan.
  std::vector<PcpuId> look() {
    EXPECT_EQ(next(P2).vcpu, kNoVcpu);
    dispatcher->check_invariants();
    return std::exchange(world.kicks, {});
  }
  std::uint64_t active(const RunReport& run) const {
    std::uint64_t sum = 0;
    for (const VcpuReport& vcpu : run.vcpus)
      for (const auto& causes : vcpu.migrations) sum += causes[static_cast<std::size_t>(MigrateWhy::Active)];
    return sum;
  }
  static std::uint64_t plans(const RunReport& run, PcpuId by, PlanOutcome outcome) {
    return run.pcpus[by].balance[static_cast<std::size_t>(Distance::Llc)].plans[static_cast<std::size_t>(outcome)];
  }
};

TEST(DispatcherActive, WhoIsAskedGoesAtItsNextExit) {
  Asked scene;
  EXPECT_EQ(scene.look(), std::vector{P0});
  EXPECT_EQ(scene.dispatcher->pcpus()[P0].current, A) << "until then it runs on";
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, kNoVcpu);
  scene.dispatcher->check_invariants();
  EXPECT_EQ(scene.world.kicks, std::vector{P1});
  EXPECT_EQ(scene.next(P1).vcpu, A);
  const RunReport run = scene.report();
  EXPECT_EQ(scene.active(run), 1u);
  EXPECT_EQ(run.pcpus[P0].sent, 1u);
  EXPECT_EQ(Asked::plans(run, P0, PlanOutcome::Done), 1u) << "told by the one that was asked";
  EXPECT_EQ(Asked::plans(run, P2, PlanOutcome::Done), 0u);
  EXPECT_EQ(run.pcpus[P0].balance[static_cast<std::size_t>(Distance::Llc)].moved, 1u);
  const auto tells = [](const Event& event) {
    return event.kind == EventKind::Migrate && event.detail == static_cast<std::uint8_t>(MigrateWhy::Active) &&
           event.vcpu == A && event.pcpu == P0 && event.other == P1;
  };
  EXPECT_EQ(std::count_if(scene.world.events.begin(), scene.world.events.end(), tells), 1);
}

TEST(DispatcherActive, APollerIsHandedTheOneThatWasAsked) {
  Asked scene;
  scene.look();
  scene.world.await_vcpu(P1);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Yielded).vcpu, kNoVcpu);
  ASSERT_EQ(scene.world.handed.size(), 1u);
  EXPECT_EQ(scene.world.handed[0].vcpu, A);
  scene.world.act_as(P1);
  EXPECT_EQ(scene.dispatcher->take(P1, A, scene.world.handed[0].slice, scene.world.now()).vcpu, A);
  EXPECT_EQ(scene.returned(P1, ExitWhy::Kicked).vcpu, A);
  EXPECT_EQ(scene.active(scene.report()), 1u);
}

TEST(DispatcherActive, WhoBlocksFirstIsGone) {
  Asked scene;
  scene.look();
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted).vcpu, kNoVcpu);
  scene.dispatcher->check_invariants();
  scene.outside().wake(A);
  EXPECT_EQ(scene.next(P0).vcpu, A);
  const RunReport run = scene.report();
  EXPECT_EQ(Asked::plans(run, P0, PlanOutcome::StaleGone), 1u);
  EXPECT_EQ(scene.active(run), 0u);
}

TEST(DispatcherActive, WhoWouldHaveToWaitThereStays) {
  Asked scene;
  scene.look();
  scene.outside().wake(B);
  EXPECT_EQ(scene.next(P1).vcpu, B);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, A);
  EXPECT_EQ(Asked::plans(scene.report(), P0, PlanOutcome::StaleNotWorthwhile), 1u);
}

TEST(DispatcherActive, WhoseTargetHasGoneOfflineStays) {
  Asked scene;
  scene.look();
  scene.outside().set_online(P1, false);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, A);
  scene.dispatcher->check_invariants();
  EXPECT_EQ(Asked::plans(scene.report(), P0, PlanOutcome::StaleOffline), 1u);
}

TEST(DispatcherActive, WhoMayNotRunThereIsNotAsked) {
  Asked scene({PcpuSet::first(1), PcpuSet::first(3)});
  EXPECT_EQ(scene.look(), std::vector<PcpuId>{});
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, A);
  EXPECT_EQ(Asked::plans(scene.report(), P2, PlanOutcome::StaleAffinity), 1u);
}

TEST(DispatcherActive, AChangeThatComesMeanwhileGoesFirst) {
  Asked scene;
  scene.look();
  scene.outside().set_allowed(A, PcpuSet::first(1));
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, A) << "it may no longer leave";
  scene.dispatcher->check_invariants();
  EXPECT_EQ(Asked::plans(scene.report(), P0, PlanOutcome::StaleGone), 1u);
}

TEST(DispatcherActive, NobodyIsAskedTwiceNorWhereNobodyRuns) {
  Asked scene(std::vector<PcpuSet>(2, PcpuSet::first(3)),
              {plan_active(P0, P1), plan_active(P0, P2), plan_active(P1, P2)});
  scene.look(), scene.look(), scene.look();
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, kNoVcpu);
  EXPECT_EQ(scene.next(P1).vcpu, A);
  const RunReport run = scene.report();
  EXPECT_EQ(Asked::plans(run, P2, PlanOutcome::StaleGone), 2u);
  EXPECT_EQ(Asked::plans(run, P0, PlanOutcome::Done), 1u);
}

TEST(DispatcherActive, ABusyPcpuSendsItsOwnToAFasterOneAtOnce) {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t p = 0; p < 2; ++p) places.push_back({.core = p, .capacity = 512 * (1 + p)});
  kit::DispatcherScene scene(Topology(std::move(places), {}), {PcpuSet::first(2)},
                             "round_robin,balance=active,period=1ms,tries=1");
  ASSERT_EQ(scene.next(P0).vcpu, A);
  EXPECT_EQ(scene.next(P1).vcpu, kNoVcpu);
  scene.world.advance(1ms);
  EXPECT_EQ(scene.returned(P0, ExitWhy::BudgetSpent).vcpu, A) << "the first look";
  scene.world.advance(1ms);
  EXPECT_EQ(scene.returned(P0, ExitWhy::BudgetSpent).vcpu, kNoVcpu) << "the second, more than one";
  EXPECT_EQ(scene.world.kicks, std::vector{P1});
  EXPECT_EQ(scene.next(P1).vcpu, A);
  scene.dispatcher->check_invariants();
}

TEST(DispatcherActive, GoesBetweenRunqueuesThatPcpusShare) {
  // 0 1 | 2 3: a runqueue for each LLC. A and B run on the first, the second idles.
  kit::DispatcherScene scene(kit::llc_host({2, 2}), std::vector<PcpuSet>(2, PcpuSet::first(4)),
                             "round_robin,balance=none", Granularity::Llc);
  for (std::uint32_t p = 0; p < 4; ++p) scene.next(PcpuId{p});
  const VcpuId on_0 = scene.dispatcher->pcpus()[P0].current;
  ASSERT_NE(on_0, kNoVcpu);
  Policy later = scene.policy("round_robin,balance=none", 2);
  later.balancer = std::make_unique<Listed>(std::deque{plan_active(P0, PcpuId{3})});
  scene.outside().set_policy(std::move(later));
  for (const std::uint32_t p : {0u, 1u, 0u, 2u, 3u}) {  // pCPU 1, the last to stop, takes the new discipline over
    const bool runs = scene.dispatcher->pcpus()[PcpuId{p}].current != kNoVcpu;
    runs ? scene.returned(PcpuId{p}, ExitWhy::Kicked) : scene.next(PcpuId{p});
  }
  scene.dispatcher->check_invariants();
  const VcpuId asked = scene.dispatcher->pcpus()[P0].goes;
  ASSERT_NE(asked, kNoVcpu) << "pCPU 2 has looked";
  scene.world.kicks.clear();
  scene.returned(P0, ExitWhy::Kicked);
  EXPECT_EQ(scene.world.kicks, std::vector{PcpuId{3}});
  EXPECT_EQ(scene.next(PcpuId{3}).vcpu, asked);
  scene.dispatcher->check_invariants();
}

}  // namespace
}  // namespace roost
