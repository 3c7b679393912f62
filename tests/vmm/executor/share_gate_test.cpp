// What a vCPU's part of its VM's weight is, as vCPUs come, go and change pools.

#include "vmm/executor/share_gate.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace roost {
namespace {

constexpr VmId kBig{0}, kSmall{1};
constexpr VcpuId A{0}, B{1}, C{2};
constexpr PoolId kRight{1};
const PcpuSet kAll = PcpuSet::first(8);

/// VM 0, of weight 1000, has A and B; VM 1, of 300, has C.
std::vector<VcpuTraits> traits(const PcpuSet& allowed) {
  return {{.vm = kBig, .weight = Weight{1000}, .allowed = allowed},
          {.vm = kBig, .weight = Weight{1000}, .allowed = allowed},
          {.vm = kSmall, .weight = Weight{300}, .allowed = allowed}};
}

TEST(ShareGate, AVmsWeightIsDividedAmongItsActiveVcpus) {
  ShareGate gate(traits(kAll), 2, Pools(8));
  gate.set_active(A, true);
  EXPECT_EQ(gate.part(A), Weight{1000});
  gate.set_active(B, true);
  gate.set_active(B, true);  // it says so more than once
  EXPECT_EQ(gate.part(A), Weight{500});
  EXPECT_EQ(gate.whole(A), Weight{1000});
  gate.set_active(A, false);
  EXPECT_EQ(gate.part(B), Weight{1000});
}

// A and C on one pCPU fewer than they are: one of two. A could not use more than one of two pCPUs.
TEST(ShareGate, InfeasibleWeightsAreClippedByWhatTheOnlinePcpusAre) {
  ShareGate gate(traits(kAll), 2, Pools(8));
  gate.set_pcpus(kRestOfPcpus, 2);
  for (const VcpuId vcpu : {A, C}) gate.set_active(vcpu, true);
  EXPECT_EQ(gate.part(A), Weight{1000}) << "nobody waits";
  gate.set_active(B, true);
  EXPECT_EQ(gate.part(A), Weight{500}) << "two cannot use more than the two there are";
  gate.set_pcpus(kRestOfPcpus, 3);
  EXPECT_EQ(gate.part(A), Weight{500}) << "nobody waits";
  gate.set_active(B, false);
  gate.set_pcpus(kRestOfPcpus, 1);
  EXPECT_EQ(gate.part(A), Weight{1000}) << "it cannot use more than the one there is";
}

// Eight pCPUs, of which two are a pool. There A competes with C alone; the four of VM 2 are elsewhere.
TEST(ShareGate, APoolCountsItsOwnPcpusAndVms) {
  Pools pools(8);
  PcpuSet right;
  right.insert(PcpuId{6});
  right.insert(PcpuId{7});
  pools.add(right);
  std::vector<VcpuTraits> vcpus = traits(right);
  for (int i = 0; i < 4; ++i) vcpus.push_back({.vm = VmId{2}, .weight = Weight{200}, .allowed = right});
  ShareGate gate(vcpus, 3, pools);
  for (const VcpuId vcpu : {A, C, VcpuId{3}}) gate.set_active(vcpu, true);
  EXPECT_EQ(gate.part(A), Weight{500}) << "one of two pCPUs: as much as C and the first of VM 2 have together";
  gate.set_pool(VcpuId{3}, kRestOfPcpus);
  EXPECT_EQ(gate.part(A), Weight{1000}) << "nobody waits there any more";
  gate.set_whole(VcpuId{3}, Weight{100});
  gate.set_pool(VcpuId{3}, kRight);
  EXPECT_EQ(gate.part(A), Weight{400}) << "it is active still, and of another weight";
  gate.set_pool(A, kRestOfPcpus);
  EXPECT_EQ(gate.part(A), Weight{1000});
  gate.set_active(B, true);
  EXPECT_EQ(gate.part(B), Weight{400}) << "its sibling in another pool has no part of it here";
  gate.set_pcpus(kRight, 0);
  EXPECT_EQ(gate.part(A), Weight{1000});
}

}  // namespace
}  // namespace roost
