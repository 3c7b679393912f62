// balance=proxy: a busy pCPU has one idle pCPU balance for all that idle.

#include <gtest/gtest.h>

#include <utility>

#include "tests/kit/dispatcher_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using Kicks = std::vector<PcpuId>;

constexpr PcpuId p0{0}, p1{1}, p2{2}, p3{3};

/// vCPUs begin on pCPU 0 alone, and may soon run everywhere; the other pCPUs have gone idle before they could.
struct Crowded : kit::DispatcherScene {
  explicit Crowded(std::size_t pcpus, std::size_t vcpus)
      : DispatcherScene(Topology::flat(pcpus), std::vector<PcpuSet>(vcpus, PcpuSet::first(1)),
                        "round_robin,slice=10ms,place=pack,most=1024,balance=proxy,active=100,idle=halt") {
    for (std::size_t p = 0; p < pcpus; ++p) next(id_at<PcpuId>(p));
    for (std::size_t v = 0; v < vcpus; ++v) outside().set_allowed(id_at<VcpuId>(v), PcpuSet::first(pcpus));
    returned(p0, ExitWhy::Kicked);
    world.kicks.clear();
  }
  Kicks kicks() { return std::exchange(world.kicks, {}); }
  /// pCPU 0 goes on to its next look at its balancer.
  void tick() {
    world.advance(4ms);
    returned(p0, ExitWhy::BudgetSpent);
  }
  VcpuId runs(PcpuId p) { return next(p).vcpu; }
};

// By the rules: nr_running is 4 on pCPU 0 and pCPUs 1, 2 and 3 idle. At the tick the first of these is kicked. It pulls
// for 2, then for 3, one each, and last for itself: pCPU 0 keeps one. Those that were pulled for are kicked.
TEST(ProxyBalance, TheFirstIdlePcpuBalancesForTheOthersAndThenForItself) {
  Crowded scene(4, 4);
  EXPECT_EQ(scene.kicks(), Kicks{});
  scene.tick();
  EXPECT_EQ(scene.kicks(), Kicks{p1});
  const VcpuId own = scene.runs(p1);
  EXPECT_NE(own, kNoVcpu) << "the last that waited is its own";
  EXPECT_EQ(scene.kicks(), (Kicks{p2, p3}));
  EXPECT_NE(scene.runs(p2), kNoVcpu);
  EXPECT_NE(scene.runs(p3), kNoVcpu);
  scene.tick();
  EXPECT_EQ(scene.kicks(), Kicks{}) << "nobody waits any more";
  const RunReport report = scene.report();
  EXPECT_EQ(report.pcpus[p0].helpers, 1u);
  EXPECT_EQ(report.pcpus[p1].helped, 2u);
  EXPECT_EQ(report.pcpus[p1].pulls, 3u);
}

TEST(ProxyBalance, OneBalancesAtATime) {
  Crowded scene(4, 3);
  scene.tick();
  EXPECT_EQ(scene.kicks(), Kicks{p1});
  scene.tick();
  EXPECT_EQ(scene.kicks(), Kicks{}) << "the first has not come yet";
  scene.runs(p1);
  EXPECT_EQ(scene.kicks(), (Kicks{p2, p3})) << "two waited";
  EXPECT_EQ(scene.report().pcpus[p0].helpers, 1u);
}

TEST(ProxyBalance, WhoHasWorkByThenHelpsNobodyAndAnotherMay) {
  Crowded scene(3, 4);
  scene.tick();
  EXPECT_EQ(scene.kicks(), Kicks{p1});
  // Before it comes, pCPU 1 is given a vCPU of its own: 3 may run only there now.
  PcpuSet only_1;
  only_1.insert(p1);
  scene.outside().set_allowed(VcpuId{3}, only_1);
  scene.returned(p0, ExitWhy::Kicked);
  scene.kicks();
  EXPECT_EQ(scene.runs(p1), VcpuId{3});
  EXPECT_EQ(scene.kicks(), Kicks{}) << "it helps nobody";
  scene.tick();
  EXPECT_EQ(scene.kicks(), Kicks{p2}) << "the next one may";
}

TEST(ProxyBalance, NobodyIsWokenWhereNothingWaits) {
  Crowded scene(2, 1);
  scene.tick();
  EXPECT_EQ(scene.kicks(), Kicks{});
  EXPECT_EQ(scene.report().pcpus[p0].helpers, 0u);
}

// vCPU 1 waits, and may run on pCPUs 0 and 1 only: it goes to nobody who is balanced for, but to the helper.
TEST(ProxyBalance, WhoMayNotRunThereIsLeftForWhomItMay) {
  Crowded scene(3, 2);
  scene.outside().set_allowed(VcpuId{1}, PcpuSet::first(2));
  scene.returned(p0, ExitWhy::Kicked);
  scene.kicks();
  scene.tick();
  EXPECT_EQ(scene.kicks(), Kicks{p1});
  EXPECT_EQ(scene.runs(p1), VcpuId{1});
}

}  // namespace
}  // namespace roost
