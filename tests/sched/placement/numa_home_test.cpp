// numa_home: homes by memory and load, and when a wakeup leaves them. Two nodes of two pCPUs: 0 1 || 2 3.

#include "sched/placement/numa_home.hpp"

#include <gtest/gtest.h>

#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"
#include "tests/sched/placement/placement_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using kit::busy;
using kit::idle;

Topology two_nodes(std::uint32_t distance = 20) {
  return Topology(kit::even_host({.pcpus = 4, .llc = 2, .node = 2}).places(), {10, distance, distance, 10});
}

class NumaHomeScene : public testing::Test {
 protected:
  NumaHomeScene() {
    for (std::size_t p = 0; p < 4; ++p) loads[p] = busy(0);
  }
  PcpuId fork(VcpuId vcpu = VcpuId{0}) {
    around.has_run = 0ms;
    return placer->choose({.vcpu = vcpu, .kind = PlacementKind::Fork, .allowed = &allowed, .around = &around}, loads)
        .pcpu;
  }
  PcpuId wake(std::uint32_t last, Duration ran = 1ms) {
    around.has_run = ran;
    return placer->choose({.vcpu = VcpuId{0}, .last = PcpuId{last}, .allowed = &allowed, .around = &around}, loads)
        .pcpu;
  }

  std::unique_ptr<Placer> placer = test::make("numa_home", two_nodes());
  kit::FakeLoads loads{4};
  PcpuSet allowed = PcpuSet::first(4);
  test::Around around;
};

TEST_F(NumaHomeScene, TheHomeIsTheLighterNode) {
  EXPECT_EQ(fork(), PcpuId{0}) << "all are equal: the lowest";
  loads[1] = busy(1);
  EXPECT_EQ(fork(), PcpuId{2}) << "300 against 200";
  loads[3].capacity = loads[2].capacity = 512;
  EXPECT_EQ(fork(), PcpuId{0}) << "200 on half the capacity weigh as 400";
}

/// Load: node 0 has 400, node 1 200: (400 - 200) / 400 = 1/2 for node 1. Memory counts three times.
TEST_F(NumaHomeScene, FreeMemoryCountsThreeTimesAsMuchAsLoad) {
  loads[0] = loads[1] = busy(1);
  around.free = {{NodeId{0}, 60 << 20}, {NodeId{1}, 51 << 20}};
  EXPECT_EQ(fork(), PcpuId{2}) << "(60 - 51) / 60 = 0.15 for node 0, three times 0.45";
  around.free[NodeId{1}] = 49 << 20;
  EXPECT_EQ(fork(), PcpuId{0}) << "11 / 60 = 0.18, three times 0.55";
  around.free.erase(NodeId{1});
  EXPECT_EQ(fork(), PcpuId{2}) << "unknown of one: load alone decides";
}

TEST_F(NumaHomeScene, AHomeIsKeptOnceTheVcpuHasRun) {
  fork();
  EXPECT_EQ(wake(0), PcpuId{0});
  loads[1] = busy(1);
  EXPECT_EQ(wake(0, 999us), PcpuId{2}) << "it has run for less than a millisecond: the lighter node is its home now";
  loads[1] = idle();
  EXPECT_EQ(wake(0), PcpuId{2}) << "the home is node 1, and idle ones are not worth the distance: 200 against 100 * 2";
}

TEST_F(NumaHomeScene, AtHomeTheLastThenTheNearestIdleThenTheLightest) {
  fork();
  loads[1] = idle();
  EXPECT_EQ(wake(0), PcpuId{1});
  loads[0] = idle();
  EXPECT_EQ(wake(0), PcpuId{0});
  EXPECT_EQ(wake(3), PcpuId{0}) << "it ran elsewhere: the lowest of its home's";
  loads[0] = busy(2);
  loads[1] = busy(1);
  EXPECT_EQ(wake(0), PcpuId{1});
}

/// At home it would be one of weight 100 beside `there`; away alone, at 20 / 10 times the distance: as 200.
TEST_F(NumaHomeScene, AnIdlePcpuElsewhereMustBeWorthItsDistance) {
  fork();
  loads[3] = idle();
  EXPECT_EQ(wake(0), PcpuId{0}) << "200 against 200";
  loads[0].weight = loads[1].weight = 101;
  EXPECT_EQ(wake(0), PcpuId{3}) << "201 against 200";
  placer = test::make("numa_home", two_nodes(), {{"worth", 150}});
  placer->follows_memory(VcpuId{0}, PcpuId{0});
  EXPECT_EQ(wake(0), PcpuId{0}) << "201 against 300";
  placer = test::make("numa_home", two_nodes(30));
  placer->follows_memory(VcpuId{0}, PcpuId{0});
  loads[0].weight = loads[1].weight = 200;
  EXPECT_EQ(wake(0), PcpuId{0}) << "300 against 300";
}

TEST_F(NumaHomeScene, TheHomeGoesWithTheMemory) {
  fork();
  loads[0] = loads[3] = idle();
  EXPECT_EQ(wake(0), PcpuId{0});
  placer->follows_memory(VcpuId{0}, PcpuId{2});
  EXPECT_EQ(wake(0), PcpuId{3});
}

TEST_F(NumaHomeScene, WhoMayNotRunAtHomeGoesWhereItIsIdle) {
  fork();
  allowed = test::set_of({2, 3});
  loads[3] = idle();
  EXPECT_EQ(wake(0), PcpuId{3});
  loads[3] = busy(1);
  EXPECT_EQ(wake(0), PcpuId{2});
}

}  // namespace
}  // namespace roost
