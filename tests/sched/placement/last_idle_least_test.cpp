#include "sched/placement/last_idle_least.hpp"

#include <gtest/gtest.h>

#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using kit::busy;
using kit::idle;

/// Two nodes of two LLCs of two pCPUs: 0 1 | 2 3 || 4 5 | 6 7.
Topology two_nodes() { return kit::even_host({.pcpus = 8, .llc = 2, .node = 4}); }

class PlacementScene : public testing::Test {
 protected:
  PlacementScene() {
    for (std::size_t p = 0; p < 8; ++p) loads[p] = busy(0);
  }
  Placement wake(std::uint32_t last, Weight weight = kDefaultWeight) {
    return LastIdleLeast(two_nodes())
        .choose({.vcpu = VcpuId{0}, .weight = weight, .last = PcpuId{last}, .allowed = &allowed}, loads);
  }
  Placement fork(PcpuId waker = kNoPcpu) {
    return LastIdleLeast(two_nodes())
        .choose({.vcpu = VcpuId{0}, .kind = PlacementKind::Fork, .waker = waker, .allowed = &allowed}, loads);
  }

  kit::FakeLoads loads{8};
  PcpuSet allowed = PcpuSet::first(8);
};

TEST_F(PlacementScene, TheLastPcpuIfItIsIdle) {
  loads[5] = loads[4] = loads[0] = idle();
  const Placement placed = wake(5);
  EXPECT_EQ(placed.pcpu, PcpuId{5});
  EXPECT_EQ(placed.why, PlacementWhy::Last);
}

TEST_F(PlacementScene, ElseTheNearestIdleOne) {
  loads[0] = loads[1] = loads[7] = idle();
  const Placement placed = wake(5);
  EXPECT_EQ(placed.pcpu, PcpuId{7}) << "the other LLC of its node is nearer than the other node";
  EXPECT_EQ(placed.why, PlacementWhy::Idle);
  loads[4] = idle();
  EXPECT_EQ(wake(5).pcpu, PcpuId{4});
}

TEST_F(PlacementScene, ElseTheLightestNearestFirst) {
  EXPECT_EQ(wake(5).pcpu, PcpuId{5}) << "all are equal: it stays";
  loads[5] = busy(1);
  EXPECT_EQ(wake(5).pcpu, PcpuId{4});
  EXPECT_EQ(wake(5).why, PlacementWhy::LeastLoaded);
  loads[2].weight = 99;
  EXPECT_EQ(wake(5).pcpu, PcpuId{2}) << "lighter beats nearer";
}

TEST_F(PlacementScene, WeightCountsPerCapacity) {
  loads[5].capacity = 512;  // 100 + 100 on half a pCPU weigh as 400
  loads[4].weight = 300;    // 300 + 100
  loads[0].weight = loads[1].weight = loads[2].weight = loads[3].weight = 1000;
  loads[6].weight = loads[7].weight = 1000;
  EXPECT_EQ(wake(5).pcpu, PcpuId{5}) << "equal: the nearest";
  loads[4].weight = 299;
  EXPECT_EQ(wake(5).pcpu, PcpuId{4});
}

TEST_F(PlacementScene, OnlyWhereItMayRun) {
  allowed = PcpuSet{};
  allowed.insert(PcpuId{6});
  loads[6] = busy(9);
  loads[0] = idle();
  EXPECT_EQ(wake(0).pcpu, PcpuId{6});
  EXPECT_EQ(wake(0).why, PlacementWhy::Only);
  loads[6] = idle();
  EXPECT_EQ(wake(0).why, PlacementWhy::Idle);
}

TEST_F(PlacementScene, NeverOffline) {
  loads[3] = idle();
  loads.take_offline(3);
  EXPECT_NE(wake(3).pcpu, PcpuId{3});
  for (std::size_t p = 0; p < 8; ++p) loads.take_offline(p);
  EXPECT_THROW(wake(3), CheckFailure);
}

TEST_F(PlacementScene, AForkLooksAroundItsWaker) {
  loads[1] = loads[6] = idle();
  EXPECT_EQ(fork().pcpu, PcpuId{1});
  EXPECT_EQ(fork(PcpuId{7}).pcpu, PcpuId{6});
}

TEST_F(PlacementScene, ForksSpreadEvenlyByWeight) {
  for (std::size_t p = 0; p < 8; ++p) loads[p] = idle();
  LastIdleLeast placer(two_nodes());
  for (const std::uint32_t weight : {400, 400, 300, 300, 200, 200, 100, 100, 400, 400, 300, 300, 200, 200, 100, 100}) {
    const Placement placed = placer.choose(
        {.vcpu = VcpuId{0}, .kind = PlacementKind::Fork, .weight = Weight{weight}, .allowed = &allowed}, loads);
    LoadSnapshot& load = loads[index(placed.pcpu)];
    ++(load.running == 0 ? load.running : load.waiting);
    load.weight += weight;
  }
  for (std::size_t p = 0; p < 8; ++p) EXPECT_EQ(loads[p].weight, 500u) << "pCPU " << p;
}

TEST(LastIdleLeast, LooksAtTheNearestOfALargeBusyHost) {
  constexpr std::uint32_t kPcpus = 256;
  kit::FakeLoads loads(kPcpus);
  for (std::size_t p = 0; p < kPcpus; ++p) loads[p] = busy(3);
  const PcpuSet allowed = PcpuSet::first(kPcpus);
  LastIdleLeast placer(Topology::flat(kPcpus));
  const auto wake = [&] {
    return placer.choose({.vcpu = VcpuId{0}, .last = PcpuId{100}, .allowed = &allowed}, loads).pcpu;
  };
  const std::uint32_t last_seen = 100 + LastIdleLeast::kMostSeen - 1;
  loads[last_seen + 1] = loads[99] = busy(0);
  EXPECT_EQ(wake(), PcpuId{100}) << "they are lighter, but not among the nearest";
  loads[last_seen] = busy(1);
  EXPECT_EQ(wake(), PcpuId{last_seen});
  loads[5] = idle();
  EXPECT_EQ(wake(), PcpuId{5}) << "an idle one is found wherever it is";
}

TEST(LastIdleLeast, NewVcpusSpreadOverALargeHost) {
  constexpr std::uint32_t kPcpus = 256;
  kit::FakeLoads loads(kPcpus);
  const PcpuSet allowed = PcpuSet::first(kPcpus);
  LastIdleLeast placer(Topology::flat(kPcpus));
  for (std::uint32_t v = 0; v < 4 * kPcpus; ++v) {
    const PlacementRequest fork{.vcpu = VcpuId{v}, .kind = PlacementKind::Fork, .allowed = &allowed};
    const Placement placed = placer.choose(fork, loads);
    LoadSnapshot& load = loads[index(placed.pcpu)];
    ++(load.running == 0 ? load.running : load.waiting);
    load.weight += 100;
  }
  for (std::size_t p = 0; p < kPcpus; ++p) EXPECT_EQ(loads[p].runnable(), 4u) << "pCPU " << p;
}

TEST_F(PlacementScene, WhateverTheLoadsTheAnswerIsAllowedOnlineAndIdleIfAnyIs) {
  kit::Seeded random(1);
  SCOPED_TRACE(random.told());
  for (int round = 0; round < 20'000; ++round) {
    kit::FakeLoads view(8);
    PcpuSet may;
    bool any = false, any_idle = false;
    for (std::uint32_t p = 0; p < 8; ++p) {
      view[p] = random.below(4) == 0 ? idle() : busy(static_cast<std::uint32_t>(random.below(5)));
      const bool offline = random.below(4) == 0, allows = random.below(2) == 0;
      if (offline) view.take_offline(p);
      if (allows) may.insert(PcpuId{p});
      any |= allows && !offline;
      any_idle |= allows && !offline && view[p].idle();
    }
    if (!any) continue;
    const PcpuId last = random.below(9) == 8 ? kNoPcpu : id_at<PcpuId>(random.below(8));
    const Placement placed =
        LastIdleLeast(two_nodes()).choose({.vcpu = VcpuId{0}, .last = last, .allowed = &may}, view);
    ASSERT_TRUE(may.contains(placed.pcpu) && view.online(placed.pcpu));
    ASSERT_EQ(view[index(placed.pcpu)].idle(), any_idle);
    ASSERT_EQ(placed.why == PlacementWhy::Last, any_idle && placed.pcpu == last);
  }
}

}  // namespace
}  // namespace roost
