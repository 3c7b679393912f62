// Who is no victim: whose caches are warm, and who is urgent and about to run; the one that it displaces goes instead.

#include <gtest/gtest.h>

#include "tests/kit/dispatcher_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr PcpuId P0{0}, P1{1};

/// Each has run on the first of two pCPUs, and may run on both; the other looks when it runs dry, whatever the cost.
struct Victims : kit::DispatcherScene {
  Victims(std::string_view discipline, const std::vector<std::uint32_t>& weights)
      : DispatcherScene(Topology::flat(2), on_the_first(weights),
                        std::string(discipline) + ",place=last_pcpu,balance=pull,lock=0us,tlb=0us,cache_llc=0us",
                        Granularity::Pcpu) {
    next(P0);
    for (std::size_t v = 0; v < weights.size(); ++v) turn();
    for (std::size_t v = 0; v < weights.size(); ++v) outside().set_allowed(id_at<VcpuId>(v), PcpuSet::first(2));
    returned(P0, ExitWhy::Kicked);
  }
  static std::vector<VcpuTraits> on_the_first(const std::vector<std::uint32_t>& weights) {
    std::vector<VcpuTraits> traits;
    for (const std::uint32_t weight : weights)
      traits.push_back({.weight = Weight{weight}, .allowed = PcpuSet::first(1)});
    return traits;
  }
  VcpuId current() const { return dispatcher->pcpus()[P0].current; }
  /// Whoever runs does so for 1 ms more, and then the next; returns who ran.
  VcpuId turn() {
    const VcpuId ran = current();
    world.advance(1ms);
    returned(P0, ExitWhy::Yielded);
    return ran;
  }
  std::uint64_t plans(PcpuId by, PlanOutcome outcome) {
    return report().pcpus[by].balance[static_cast<std::size_t>(Distance::Llc)].plans[static_cast<std::size_t>(outcome)];
  }
};

TEST(Victims, WhoRanAMomentAgoStaysUntilTwoAttemptsHaveFailed) {
  for (const bool spared : {false, true}) {
    SCOPED_TRACE(spared);
    Victims scene(spared ? "round_robin,slice=10ms,hot=5ms" : "round_robin,slice=10ms,hot=500us", {100, 100, 100});
    const VcpuId first = scene.turn();  // stops 1 ms ago
    scene.turn();                       // stops now
    EXPECT_EQ(scene.next(P1).vcpu, spared ? kNoVcpu : first);
    EXPECT_EQ(scene.plans(P1, PlanOutcome::StaleHot), spared ? 1U : 0U);
    if (!spared) continue;
    EXPECT_EQ(scene.next(P1).vcpu, kNoVcpu) << "a second attempt";
    EXPECT_NE(scene.next(P1).vcpu, kNoVcpu) << "after two that failed heat counts no more";
    EXPECT_EQ(scene.plans(P1, PlanOutcome::StaleHot), 2U);
  }
}

/// Nice -5 has a better priority than nice 0: woken, it preempts at once (priority_arrays). Before who is displaced has
/// left, the other pCPU runs dry: it gets the one that is displaced, at its exit, and the urgent one runs here.
TEST(Victims, AfterAWakeupPreemptionTheDisplacedOneMovesAndNotTheUrgentOne) {
  constexpr VcpuId kUsual{0}, kUrgent{1};
  Victims scene("priority_arrays", {100, 305});
  if (scene.current() != kUrgent) scene.turn();
  ASSERT_EQ(scene.current(), kUrgent);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted).vcpu, kUsual);
  scene.world.advance(1ms);
  scene.world.kicks.clear();
  scene.outside().wake(kUrgent);
  ASSERT_EQ(scene.world.kicks, std::vector{P0}) << "it preempts";
  EXPECT_EQ(scene.next(P1).vcpu, kNoVcpu) << "nobody has come yet";
  scene.dispatcher->check_invariants();
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, kUrgent);
  EXPECT_EQ(scene.next(P1).vcpu, kUsual);
  const RunReport run = scene.report();
  EXPECT_EQ(scene.plans(P0, PlanOutcome::Done), 1U) << "told by who was asked";
  EXPECT_EQ(run.vcpus[kUsual].migrations[static_cast<std::size_t>(Distance::Llc)]
                [static_cast<std::size_t>(MigrateWhy::Pull)], 1U);
  EXPECT_EQ(run.vcpus[kUrgent].migrations[static_cast<std::size_t>(Distance::Llc)]
                [static_cast<std::size_t>(MigrateWhy::Pull)], 0U);
}

/// The displaced one may not go there: the urgent one still stays, for it is about to run, and the plan says why not.
TEST(Victims, WhereTheDisplacedOneMayNotGoTheUrgentOneStaysAllTheSame) {
  constexpr VcpuId kUsual{0}, kUrgent{1};
  Victims scene("priority_arrays", {100, 305});
  if (scene.current() != kUrgent) scene.turn();
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted).vcpu, kUsual);
  scene.outside().set_allowed(kUsual, PcpuSet::first(1));
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, kUsual);
  scene.world.advance(1ms);
  scene.outside().wake(kUrgent);
  EXPECT_EQ(scene.next(P1).vcpu, kNoVcpu);
  EXPECT_EQ(scene.plans(P1, PlanOutcome::StaleUrgent), 1U);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, kUrgent);
  EXPECT_EQ(scene.next(P1).vcpu, kNoVcpu) << "who is displaced now waits, and may not run there";
}

/// Two of the first pCPU's five may go. Whoever ran longest is asked about first, and goes; those who ran less ran
/// later, and stay for their caches: the plan was carried out, in part.
TEST(Victims, APlanThatMovedSomebodyIsNotStaleForThoseItSpares) {
  constexpr VcpuId kLongest{0};
  std::vector<PcpuSet> allowed(5, PcpuSet::first(1));
  allowed.push_back(PcpuSet::of(std::vector{1U}));
  kit::DispatcherScene scene(Topology::flat(2), allowed,
                             "stride,quantum=100ms,place=last_pcpu,balance=push,period=40ms,hot=13ms,lock=0us,"
                             "tlb=0us,cache_llc=0us");
  scene.next(P1);
  scene.next(P0);
  for (const Duration turn : {5ms, 4ms, 1ms, 1ms}) {
    scene.world.advance(turn);
    scene.returned(P0, ExitWhy::Yielded);
  }
  for (std::uint32_t v = 0; v < 5; ++v) scene.outside().set_allowed(VcpuId{v}, PcpuSet::first(2));
  scene.returned(P0, ExitWhy::Kicked);
  scene.world.advance(9ms);  // half a period since the start; 15 ms since the one who ran longest, 11 since the next
  scene.returned(P0, ExitWhy::Kicked);
  const RunReport run = scene.report();
  const auto& plans = run.pcpus[P0].balance[static_cast<std::size_t>(Distance::Llc)].plans;
  EXPECT_EQ(run.pcpus[P0].pushes, 1U);
  EXPECT_EQ(scene.dispatcher->vcpus()[kLongest].where.load(), P1);
  EXPECT_EQ(plans[static_cast<std::size_t>(PlanOutcome::Done)], 1U);
  EXPECT_EQ(plans[static_cast<std::size_t>(PlanOutcome::StaleHot)], 0U);
}

}  // namespace
}  // namespace roost
