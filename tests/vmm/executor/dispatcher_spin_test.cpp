// Who spins comes out: whether it goes on, gives way, and to whom.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/kit/dispatcher_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr PcpuId P0{0}, P1{1}, P2{2};
constexpr VcpuId A{0}, B{1}, C{2}, D{3}, kHog{4};

PcpuSet only(std::uint32_t pcpu) { return PcpuSet::of(std::vector{pcpu}); }

/// A to D are siblings, in turns of 10 ms; the hog is of another VM.
struct Spinners : kit::DispatcherScene {
  Spinners(std::size_t pcpus, const std::vector<PcpuSet>& allowed, std::string_view pause,
           Granularity shared_by = Granularity::Pcpu)
      : DispatcherScene(Topology::flat(pcpus), siblings(allowed),
                        "round_robin,slice=10ms,balance=none,place=last_pcpu,pause=" + std::string(pause), shared_by) {}
  static std::vector<VcpuTraits> siblings(const std::vector<PcpuSet>& allowed) {
    std::vector<VcpuTraits> traits;
    for (const PcpuSet& of : allowed)
      traits.push_back({.vm = VmId{id_at<VcpuId>(traits.size()) == kHog ? 1U : 0U}, .allowed = of});
    return traits;
  }
  /// Whoever runs on `p` has spun for a while; returns who runs then.
  VcpuId spins(PcpuId p) {
    world.advance(3us);
    return returned(p, ExitWhy::Paused).vcpu;
  }
};

TEST(Spinners, GoOnOrGiveWayAsTheRuleHasIt) {
  Spinners stays(1, {only(0), only(0)}, "stay"), yields(1, {only(0), only(0)}, "yield");
  stays.next(P0), yields.next(P0);
  EXPECT_EQ(stays.spins(P0), A);
  EXPECT_EQ(yields.spins(P0), B);
  EXPECT_EQ(yields.spins(P0), A);
  const PcpuReport report = yields.report().pcpus[P0];
  EXPECT_EQ(report.pauses, 2u);
  EXPECT_EQ(report.directed, 0u);
}

// A chooses B, the next in turn; B chooses C. Both have given way themselves, so C finds nobody: it spins on. When it
// looks for the second time A may be chosen.
TEST(Spinners, WhoGaveWayItselfIsPassedOverOnce) {
  Spinners scene(1, {only(0), only(0), only(0)}, "directed");
  ASSERT_EQ(scene.next(P0).vcpu, A);
  EXPECT_EQ(scene.spins(P0), B);
  EXPECT_EQ(scene.spins(P0), C);
  EXPECT_EQ(scene.spins(P0), C) << "nobody";
  EXPECT_EQ(scene.spins(P0), A);
  EXPECT_EQ(scene.report().pcpus[P0].directed, 3u);
}

// B and D wait beside the hog on pCPU 1. A, on 0, chooses B; before pCPU 1 has come C, on 2, would choose D.
TEST(Spinners, APcpuIsLentToOneAtATime) {
  Spinners scene(3, {only(0), only(1), only(2), only(1), only(1)}, "directed");
  scene.next(P0), scene.next(P2);
  VcpuId there = scene.next(P1).vcpu;
  while (there != kHog) there = scene.returned(P1, ExitWhy::Yielded).vcpu;
  EXPECT_EQ(scene.spins(P0), A) << "nobody else waits there";
  EXPECT_EQ(scene.spins(P2), C);
  EXPECT_EQ(scene.returned(P1, ExitWhy::Kicked).vcpu, B);
  const RunReport report = scene.report();
  EXPECT_EQ(report.pcpus[P0].directed, 1u);
  EXPECT_EQ(report.pcpus[P2].directed, 0u);
}

// For `lend` the chosen one runs, and then gives way as one that yields.
TEST(Spinners, WhoIsLentAPcpuGivesItBack) {
  Spinners scene(2, {only(0), only(1), only(0), only(0), only(1)}, "directed,lend=100us");
  scene.next(P0);
  VcpuId there = scene.next(P1).vcpu;
  while (there != kHog) there = scene.returned(P1, ExitWhy::Yielded).vcpu;
  scene.outside().set_allowed(C, only(1));
  scene.outside().set_allowed(D, only(1));
  scene.returned(P0, ExitWhy::Kicked);
  scene.spins(P0);
  const Dispatcher::Next lent = scene.returned(P1, ExitWhy::Kicked);
  EXPECT_EQ(lent.vcpu, B);
  EXPECT_EQ(lent.until, scene.world.now() + 100us);
  scene.world.advance(100us);
  scene.world.events.clear();
  EXPECT_NE(scene.returned(P1, ExitWhy::BudgetSpent).vcpu, B);
  const auto left = std::ranges::find(scene.world.events, EventKind::Switch, &Event::kind);
  ASSERT_NE(left, scene.world.events.end());
  EXPECT_EQ(static_cast<SwitchOut>(left->detail), SwitchOut::Yielded);
}

TEST(Spinners, NobodyIsLentAPcpuThatIdles) {
  Spinners scene(2, {only(0), only(1)}, "directed");
  scene.next(P0);  // pCPU 1 has not come yet
  EXPECT_EQ(scene.spins(P0), A);
  EXPECT_EQ(scene.report().pcpus[P0].directed, 0u);
}

// One runqueue for both; B may run on pCPU 1 alone, where the hog runs.
TEST(Spinners, NobodyGivesWayToOneThatMayNotRunThere) {
  Spinners scene(2, {only(0), only(1), only(0), only(0), only(1)}, "directed", Granularity::Machine);
  for (const VcpuId gone : {C, D}) {
    for (VcpuId runs = scene.next(P0).vcpu; runs != gone;) runs = scene.returned(P0, ExitWhy::Yielded).vcpu;
    scene.returned(P0, ExitWhy::Stopped);
  }
  VcpuId there = scene.next(P1).vcpu;
  while (there != kHog) there = scene.returned(P1, ExitWhy::Yielded).vcpu;
  ASSERT_EQ(scene.dispatcher->pcpus()[P0].current, A);
  EXPECT_EQ(scene.spins(P0), A);
  EXPECT_EQ(scene.report().pcpus[P0].directed, 0u);
}

}  // namespace
}  // namespace roost
