// Which VMs have pCPUs in a round, where pools have rounds of their own.

#include "vmm/executor/co_gate.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr Time at(Duration d) { return Time{} + d; }
constexpr PoolId kRight{1};
const CoRule kStrict = kStrictEntry.make(ConstantValues(kStrictEntry.info));

// Four pCPUs, of which two are a pool; there are three VMs of two vCPUs each. Two of them fit into the host, one at a
// time into the pool, and whoever has the pool takes nothing of the rest.
TEST(CoGate, APoolsRoundsAreOfItsOwnPcpus) {
  Pools pools(4);
  PcpuSet right;
  right.insert(PcpuId{2});
  right.insert(PcpuId{3});
  pools.add(right);
  std::vector<VcpuTraits> vcpus;
  for (std::uint32_t v = 0; v < 6; ++v) vcpus.push_back({.vm = VmId{v / 2}, .allowed = PcpuSet::first(2)});
  CoGate gate(vcpus, 3, pools);
  EXPECT_TRUE(gate.ask(VcpuId{0}, kRight, kStrict, at(0ms)).runs);
  EXPECT_FALSE(gate.ask(VcpuId{2}, kRight, kStrict, at(1ms)).runs);
  EXPECT_TRUE(gate.ask(VcpuId{4}, kRestOfPcpus, kStrict, at(2ms)).runs);
  EXPECT_FALSE(gate.ask(VcpuId{0}, kRestOfPcpus, kStrict, at(3ms)).runs);
  EXPECT_TRUE(gate.ask(VcpuId{2}, kRight, kStrict, at(50ms)).runs) << "in turn";
  EXPECT_FALSE(gate.ask(VcpuId{0}, kRight, kStrict, at(51ms)).runs);
  gate.set_pcpus(kRight, 1);
  EXPECT_TRUE(gate.ask(VcpuId{0}, kRight, kStrict, at(100ms)).runs) << "larger than what is online, it has it alone";
  EXPECT_FALSE(gate.ask(VcpuId{2}, kRight, kStrict, at(101ms)).runs);
}

}  // namespace
}  // namespace roost
