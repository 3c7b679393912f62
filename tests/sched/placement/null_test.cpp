// null: one vCPU, one pCPU; on three pCPUs.

#include "sched/placement/null.hpp"

#include <gtest/gtest.h>

#include "tests/kit/fake_loads.hpp"
#include "tests/sched/placement/placement_scene.hpp"

namespace roost {
namespace {

constexpr VcpuId A{0}, B{1}, C{2}, D{3}, E{4};
constexpr PcpuId P0{0}, P1{1}, P2{2};

class NullScene : public testing::Test {
 protected:
  PcpuId place(VcpuId vcpu, PlacementKind kind = PlacementKind::Wake, PcpuId last = kNoPcpu) {
    return placer->choose({.vcpu = vcpu, .kind = kind, .last = last, .allowed = &allowed, .around = &around}, loads)
        .pcpu;
  }
  VcpuId next() { return placer->next_in_line(loads); }

  std::unique_ptr<Placer> placer = test::make("null", Topology::flat(3));
  kit::FakeLoads loads{3};
  PcpuSet allowed = PcpuSet::first(3);
  test::Around around;
};

TEST_F(NullScene, EachGetsAPcpuOfItsOwnAndKeepsIt) {
  EXPECT_EQ(place(A), P0);
  EXPECT_EQ(place(B), P1);
  loads[0] = kit::busy(5);
  EXPECT_EQ(place(A, PlacementKind::Wake, P2), P0) << "whatever runs there, wherever it ran";
  EXPECT_EQ(place(C, PlacementKind::Fork), P2);
  EXPECT_TRUE(placer->has_place(C));
}

TEST_F(NullScene, FurtherOnesStandInLineAndComeInTurn) {
  for (const VcpuId vcpu : {A, B, C}) place(vcpu);
  EXPECT_EQ(place(E), kNoPcpu);
  EXPECT_EQ(place(D), kNoPcpu);
  EXPECT_EQ(place(E), kNoPcpu) << "asked again it keeps its turn";
  EXPECT_EQ(next(), kNoVcpu) << "nothing is free";
  placer->finish(B);
  EXPECT_EQ(next(), E) << "it came first";
  EXPECT_EQ(next(), kNoVcpu);
  EXPECT_EQ(place(E), P1);
  placer->finish(A);
  placer->finish(C);
  EXPECT_EQ(next(), D);
  EXPECT_EQ(place(D), P0);
}

TEST_F(NullScene, WhoMayUseItGetsItWhoeverCameBefore) {
  for (const VcpuId vcpu : {A, B, C}) place(vcpu);
  allowed = test::set_of({2});
  place(D);
  allowed = PcpuSet::first(3);
  place(E);
  placer->finish(A);
  EXPECT_EQ(next(), E) << "D may not use pCPU 0";
  placer->finish(C);
  EXPECT_EQ(next(), D);
}

TEST_F(NullScene, WhoPrefersItComesBeforeWhoMayUseIt) {
  for (const VcpuId vcpu : {A, B, C}) place(vcpu);
  place(D);
  around.prefers = test::set_of({1});
  place(E);
  placer->finish(B);
  EXPECT_EQ(next(), E) << "D came first, and does not care";
}

TEST_F(NullScene, WhatItPrefersFirst) {
  around.prefers = test::set_of({2});
  EXPECT_EQ(place(A), P2);
  EXPECT_EQ(place(B), P0) << "it is taken: any other";
  placer->finish(A);
  EXPECT_EQ(place(B), P0) << "a wakeup moves nobody";
  EXPECT_EQ(place(B, PlacementKind::Requeue), P2) << "a change does";
  EXPECT_EQ(place(C), P0) << "which B has given back";
}

TEST_F(NullScene, WhosePcpuGoesTakesAnotherOrStandsInLine) {
  for (const VcpuId vcpu : {A, B}) place(vcpu);
  loads.take_offline(0);
  EXPECT_EQ(place(A), P2);
  allowed = test::set_of({1, 2});
  loads.take_offline(2);
  EXPECT_EQ(place(A), kNoPcpu) << "B has the only one";
  EXPECT_EQ(next(), kNoVcpu) << "what is offline is not free";
  placer->finish(B);
  EXPECT_EQ(next(), A);
}

}  // namespace
}  // namespace roost
