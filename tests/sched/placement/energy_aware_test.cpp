// energy_aware: the worked example of Linux's sched-energy.rst, and its neighbours.

#include "sched/placement/energy_aware.hpp"

#include <gtest/gtest.h>

#include "tests/kit/fake_loads.hpp"
#include "tests/sched/placement/placement_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

/// Two little pCPUs of capacity 512 and two big ones, an LLC each pair.
Topology big_little() {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t p = 0; p < 4; ++p)
    places.push_back({.llc = p / 2, .core = p, .capacity = p < 2 ? 512U : 1024U, .host_cpu = p});
  return Topology(std::move(places), {});
}

/// Each u p / c: of the little ones 200 and 300 at 341 (150): 88 + 131; of the big ones 600 and 500 at 768 (800): 625 +
/// 520. Rounded down there for each pCPU, here for the sum, and in 1/1024.
TEST(EnergyModel, CostsWhatTheExampleSays) {
  const EnergyModel model(big_little());
  ASSERT_EQ(model.domains().size(), 2u);
  const auto energy = [&](std::size_t domain, std::uint64_t busiest, std::uint64_t sum) {
    return EnergyModel::energy(model.domains()[domain], busiest, sum) / 1024;
  };
  EXPECT_EQ(energy(0, 300, 500), 219u);
  EXPECT_EQ(energy(0, 400, 500), 292u) << "the same work at 512 (300): 234 + 58";
  EXPECT_EQ(energy(1, 600, 1100), 1145u);
  EXPECT_EQ(energy(1, 700, 1300), 1354u) << "625 + 729";
  EXPECT_EQ(energy(0, 341, 341), 150u) << "a state's whole capacity is in it";
  EXPECT_EQ(energy(0, 342, 342), 200u);
  EXPECT_EQ(energy(1, 2000, 1024), 1700u) << "more than all: the highest state";
}

TEST(EnergyModel, AnotherCapacityHasTheNearerClassInProportion) {
  EnergyModel::PerformanceDomain half{.pcpus = {}, .capacity = 256};
  // 171 of 256 is 342 of 512: the state of 512, of which 171 are 171 * 300 / 512 = 100.2
  EXPECT_EQ(EnergyModel::energy(half, 171, 171) / 1024, 100u);
  EXPECT_EQ(EnergyModel::energy(half, 170, 170) / 1024, 74u) << "340 of 512 at 341: 170 * 150 / 341 = 74.8";
}

class EnergyAwareScene : public testing::Test {
 protected:
  /// A vCPU of utilisation 200 on pCPU 0, which it left just now: 512 (1 - 2^(-22.867 / 32)) = 200.
  EnergyAwareScene() {
    for (std::size_t p = 0; p < 4; ++p) loads[p] = {.capacity = p < 2 ? 512U : 1024U};
    choose(kNoPcpu);
    now += 22867us;
    around.has_run += 22867us;
    use({400, 100, 600, 500});
  }
  Placement choose(PcpuId last) {
    return placer->choose({.vcpu = VcpuId{0}, .last = last, .allowed = &allowed, .now = now, .around = &around},
                          loads);
  }
  PcpuId wake() { return choose(PcpuId{0}).pcpu; }
  void use(std::initializer_list<std::uint16_t> used) {
    std::size_t p = 0;
    for (const std::uint16_t of : used) loads[p].stamp = now, loads[p++].utilisation = of;
  }

  std::unique_ptr<Placer> placer = test::make("energy_aware", big_little());
  kit::FakeLoads loads{4};
  PcpuSet allowed = PcpuSet::first(4);
  test::Around around;
  Time now = time_at(1'000'000);
};

/// On pCPU 1 it adds 219.9 - 300 * 150 / 341 = 88; on its last, which it would bring to 512, 161; on pCPU 3, roomier
/// of the big ones, 208.
TEST_F(EnergyAwareScene, TheExampleGoesToTheOtherLittleOne) {
  EXPECT_EQ(wake(), PcpuId{1});
  EXPECT_EQ(wake(), PcpuId{1}) << "asked again";
}

/// pCPU 1 uses 300: with 200 more it would be beyond 80 percent of 512. The last: 700 at 512 less 500 at 341 are 190; a
/// big one that idles takes 200 at 512 (400): 156.
TEST_F(EnergyAwareScene, ASmallOneMayCostLessOnABigOneThanARaisedStateOfTheLittleOnes) {
  use({400, 300, 600, 500});
  EXPECT_EQ(wake(), PcpuId{0});
  use({400, 300, 0, 0});
  EXPECT_EQ(wake(), PcpuId{2});
  allowed = test::set_of({0, 1, 3});
  EXPECT_EQ(wake(), PcpuId{3});
}

TEST_F(EnergyAwareScene, WhereSomebodyIsOverUtilisedItGoesWhereItIsIdle) {
  loads[0] = loads[1] = loads[3] = kit::busy(0);
  for (const std::size_t p : {0U, 1U}) loads[p].capacity = 512;
  use({400, 100, 600, 818});  // 819.2 are 80 percent
  EXPECT_EQ(wake(), PcpuId{1});
  use({400, 100, 600, 820});
  EXPECT_EQ(wake(), PcpuId{2}) << "the only one that idles";
}

/// Beyond 80 percent nobody asks for energy: the vCPU stays where it idles. 32 ms later half of it is left, or, where
/// somebody has run since, half of what was lacking to 1024 is there.
TEST_F(EnergyAwareScene, WhatIsPublishedDecaysUntilItIsRead) {
  use({400, 100, 900, 500});
  EXPECT_EQ(choose(PcpuId{0}).why, PlacementWhy::Last);
  now += 32ms;
  EXPECT_EQ(choose(PcpuId{0}).why, PlacementWhy::Rule) << "450 by now";
  loads[2].running = 1;
  EXPECT_EQ(choose(PcpuId{0}).why, PlacementWhy::Last) << "962";
}

TEST_F(EnergyAwareScene, ANewOneGoesWhereItIsIdle) {
  loads[0] = loads[1] = loads[2] = kit::busy(0);
  EXPECT_EQ(choose(kNoPcpu).pcpu, PcpuId{3});
}

}  // namespace
}  // namespace roost
