// Pools beside gates: what is counted against pCPUs is counted against those of the pool; each has a helper of its own.

#include <gtest/gtest.h>

#include <utility>

#include "tests/kit/dispatcher_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using Kicks = std::vector<PcpuId>;

constexpr PcpuId P0{0}, P1{1}, P2{2}, P3{3}, P4{4}, P5{5};

PcpuSet set_of(std::initializer_list<PcpuId> pcpus) {
  PcpuSet set;
  for (const PcpuId pcpu : pcpus) set.insert(pcpu);
  return set;
}
const PcpuSet kLeftPcpus = set_of({P0, P1, P2}), kRightPcpus = set_of({P3, P4, P5});

/// Six pCPUs, of which the last three are a pool, under one policy.
kit::DispatcherScene scene_of(const std::vector<VcpuTraits>& vcpus, std::string_view policy) {
  return {Topology::flat(6), vcpus, policy, {Granularity::Pcpu, {kRightPcpus}}, std::vector<PcpuSet>(vcpus.size())};
}
std::int64_t weight_of(const kit::DispatcherScene& scene, std::uint32_t vcpu) {
  return value(scene.dispatcher->vcpus()[VcpuId{vcpu}].traits.weight);
}

// On pCPUs 0 and 3 four each wait for one pCPU, and pCPUs 1, 2, 4 and 5 idle. Both are due: each kicks the first idle
// one of its own pool, though the other's helper has not come yet.
TEST(PoolGates, EachPoolHasAHelperOfItsOwn) {
  std::vector<VcpuTraits> vcpus;
  for (std::size_t v = 0; v < 8; ++v) vcpus.push_back({.allowed = v < 4 ? set_of({P0}) : set_of({P3})});
  kit::DispatcherScene scene =
      scene_of(vcpus, "round_robin,slice=10ms,place=pack,most=1024,balance=proxy,active=100,idle=halt");
  for (std::uint32_t p = 0; p < 6; ++p) scene.next(PcpuId{p});
  for (std::uint32_t v = 0; v < 8; ++v) scene.outside().set_allowed(VcpuId{v}, v < 4 ? kLeftPcpus : kRightPcpus);
  for (const PcpuId busy : {P0, P3}) scene.returned(busy, ExitWhy::Kicked);
  scene.world.kicks.clear();
  scene.world.advance(4ms);
  scene.returned(P0, ExitWhy::BudgetSpent);
  EXPECT_EQ(std::exchange(scene.world.kicks, {}), Kicks{P1});
  scene.returned(P3, ExitWhy::BudgetSpent);
  EXPECT_EQ(std::exchange(scene.world.kicks, {}), Kicks{P4}) << "whoever helps the other pool does not help this one";
  EXPECT_NE(scene.next(P4).vcpu, kNoVcpu);
  EXPECT_EQ(std::exchange(scene.world.kicks, {}), Kicks{P5});
  scene.world.advance(4ms);
  scene.returned(P0, ExitWhy::BudgetSpent);
  EXPECT_EQ(std::exchange(scene.world.kicks, {}), Kicks{}) << "its own has not come yet";
  EXPECT_NE(scene.next(P1).vcpu, kNoVcpu);
  EXPECT_EQ(std::exchange(scene.world.kicks, {}), Kicks{P2});
  scene.dispatcher->check_invariants();
}

/// VMs 0 and 1 in `left`, 2 to 5 in `right`, each of one vCPU.
std::vector<VcpuTraits> one_each(const std::vector<std::uint32_t>& weights) {
  std::vector<VcpuTraits> vcpus;
  for (std::uint32_t v = 0; v < weights.size(); ++v)
    vcpus.push_back({.vm = VmId{v}, .weight = Weight{weights[v]}, .allowed = v < 2 ? kLeftPcpus : kRightPcpus});
  return vcpus;
}

// Six vCPUs on six pCPUs, but four of them on the pool's three: by 10000, 5000, 100 and 100 the first two get a pCPU
// each, and what the others have together, 200, makes the third.
TEST(PoolGates, GroupSharesAreOfThePoolsPcpus) {
  kit::DispatcherScene scene = scene_of(one_each({9000, 10, 10000, 5000, 100, 100}), "weighted_fair,shares=group");
  EXPECT_EQ(weight_of(scene, 0), 9000) << "there are pCPUs for all of its pool";
  for (const PcpuId pcpu : {P3, P4, P5}) scene.next(pcpu);
  const auto all_go_round = [&] {  // who comes out of a slice takes its new part
    for (int turn = 0; turn < 12; ++turn)
      for (const PcpuId pcpu : {P3, P4, P5}) {
        scene.world.advance(5ms);
        if (scene.dispatcher->pcpus()[pcpu].current == kNoVcpu) scene.next(pcpu);
        else scene.returned(pcpu, ExitWhy::BudgetSpent);
      }
  };
  all_go_round();
  EXPECT_EQ(weight_of(scene, 2), 200);
  EXPECT_EQ(weight_of(scene, 3), 200);
  EXPECT_EQ(weight_of(scene, 4), 100);
  // One pCPU goes: on two, 10000 gets one, 5000 + 100 + 100 share the other, so it is 5000 that nobody cuts; and 5200
  // makes one.
  EXPECT_TRUE(scene.outside().set_online(P5, false).done);
  scene.returned(P5, ExitWhy::Kicked);
  all_go_round();
  EXPECT_EQ(weight_of(scene, 2), 5200);
  EXPECT_EQ(weight_of(scene, 3), 5000);
  // 5000 goes to the other pool, where it finds a pCPU: 10000 beside 100 and 100 makes one of two at 200.
  scene.outside().set_allowed(VcpuId{3}, kLeftPcpus);
  all_go_round();
  EXPECT_EQ(weight_of(scene, 2), 200);
  EXPECT_EQ(weight_of(scene, 3), 5000);
  scene.dispatcher->check_invariants();
}

// VM 0 has two vCPUs in each pool: in each its 400 are divided between two.
TEST(PoolGates, AVmInTwoPoolsHasItsWeightInEach) {
  std::vector<VcpuTraits> vcpus;
  for (std::uint32_t v = 0; v < 4; ++v)
    vcpus.push_back({.weight = Weight{400}, .allowed = v < 2 ? set_of({P0}) : set_of({P3})});
  kit::DispatcherScene scene = scene_of(vcpus, "weighted_fair,shares=group");
  for (const PcpuId pcpu : {P0, P3}) scene.next(pcpu);
  for (int turn = 0; turn < 3; ++turn) {
    scene.world.advance(50ms);
    for (const PcpuId pcpu : {P0, P3}) scene.returned(pcpu, ExitWhy::BudgetSpent);
  }
  for (std::uint32_t v = 0; v < 4; ++v) EXPECT_EQ(weight_of(scene, v), 200) << v;
}

// Two VMs of three vCPUs in the pool of three, co-scheduled strictly: there is room for one of them in a round, though
// the host has six pCPUs.
TEST(PoolGates, AGangFitsIntoItsPoolOrNot) {
  std::vector<VcpuTraits> vcpus;
  for (std::uint32_t v = 0; v < 6; ++v) vcpus.push_back({.vm = VmId{v / 3}, .allowed = kRightPcpus});
  kit::DispatcherScene scene = scene_of(vcpus, "round_robin,slice=1ms,cosched=strict,round=20ms");
  std::vector<VmId> seen;
  for (const PcpuId pcpu : {P3, P4, P5}) {
    const VcpuId runs = scene.next(pcpu).vcpu;
    if (runs != kNoVcpu) seen.push_back(scene.dispatcher->vcpus()[runs].traits.vm);
  }
  for (int turn = 0; turn < 3; ++turn)
    for (const PcpuId pcpu : {P3, P4, P5}) {
      scene.world.advance(1ms);
      const bool idle = scene.dispatcher->pcpus()[pcpu].current == kNoVcpu;
      const VcpuId runs = idle ? scene.next(pcpu).vcpu : scene.returned(pcpu, ExitWhy::BudgetSpent).vcpu;
      if (runs != kNoVcpu) seen.push_back(scene.dispatcher->vcpus()[runs].traits.vm);
    }
  ASSERT_FALSE(seen.empty());
  for (const VmId vm : seen) EXPECT_EQ(vm, seen.front()) << "one VM has the pool's pCPUs for the round";
  scene.dispatcher->check_invariants();
}

}  // namespace
}  // namespace roost
