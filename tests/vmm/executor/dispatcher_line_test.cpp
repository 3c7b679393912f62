// Placements that hold back: who finds no pCPU of its own stands in line, and comes out when it shall.

#include <gtest/gtest.h>

#include "tests/kit/dispatcher_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr PcpuId P0{0}, P1{1};
constexpr VcpuId A{0}, B{1}, C{2}, D{3};

struct Line : kit::DispatcherScene {
  explicit Line(std::size_t vcpus) : DispatcherScene(2, vcpus, "round_robin,place=null,balance=none") {
    EXPECT_EQ(next(P0).vcpu, A);
    EXPECT_EQ(next(P1).vcpu, B);
  }
  VcpuState state_of(VcpuId vcpu) const { return dispatcher->vcpus()[vcpu].state.load(); }
};

TEST(DispatcherLine, NobodyRunsOnAPcpuThatIsAnothersThoughItIdles) {
  Line scene(3);
  EXPECT_EQ(scene.state_of(C), VcpuState::InLine);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted).vcpu, kNoVcpu);
  scene.outside().wake(C);
  EXPECT_EQ(scene.state_of(C), VcpuState::InLine) << "an interrupt gives it no pCPU";
  scene.dispatcher->check_invariants();
  scene.outside().wake(A);
  EXPECT_EQ(scene.next(P0).vcpu, A);
}

TEST(DispatcherLine, WhoIsNextGetsThePcpuOfOneThatHasFinished) {
  Line scene(4);
  EXPECT_EQ(scene.returned(P1, ExitWhy::Stopped).vcpu, C) << "at once";
  scene.world.advance(1ms);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Stopped).vcpu, D);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Stopped).vcpu, kNoVcpu);
  EXPECT_EQ(scene.returned(P1, ExitWhy::Stopped).vcpu, kNoVcpu);
  const RunReport run = scene.report();
  EXPECT_EQ(run.vcpus[D].wait, 1ms) << "to stand in line is to wait";
  EXPECT_EQ(run.vcpus[D].run, 0ms);
}

TEST(DispatcherLine, AnAffinityBringsOneToAPcpuThatIsFree) {
  Line scene(2);
  scene.outside().set_allowed(B, PcpuSet::first(1));
  EXPECT_EQ(scene.returned(P1, ExitWhy::Kicked).vcpu, kNoVcpu);
  EXPECT_EQ(scene.state_of(B), VcpuState::InLine) << "pCPU 0 is A's";
  scene.dispatcher->check_invariants();
  scene.outside().set_allowed(B, PcpuSet::first(2));
  EXPECT_EQ(scene.next(P1).vcpu, B);
}

TEST(DispatcherLine, WhoLeavesItsPcpuLeavesItToTheNext) {
  Line scene(3);
  scene.outside().set_allowed(B, PcpuSet::first(1));  // A's: B stands in line, behind C
  EXPECT_EQ(scene.returned(P1, ExitWhy::Kicked).vcpu, C);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Stopped).vcpu, B);
}

TEST(DispatcherLine, APcpuThatGoesSendsItsOwnerIntoTheLineAndOneThatComesTakesTheFirst) {
  Line scene(3);
  scene.outside().set_online(P1, false);
  EXPECT_EQ(scene.returned(P1, ExitWhy::Kicked).vcpu, kNoVcpu);
  EXPECT_EQ(scene.state_of(B), VcpuState::InLine);
  scene.outside().set_online(P1, true);
  EXPECT_EQ(scene.next(P1).vcpu, C) << "it came first";
  scene.dispatcher->check_invariants();
}

TEST(DispatcherLine, AnotherPolicyKnowsNoLine) {
  Line scene(4);
  scene.set_policy("round_robin,balance=none");
  EXPECT_NE(scene.state_of(C), VcpuState::InLine);
  EXPECT_NE(scene.state_of(D), VcpuState::InLine);
  scene.dispatcher->check_invariants();
  for (int turn = 0; turn < 4; ++turn) scene.returned(turn % 2 == 0 ? P0 : P1, ExitWhy::Stopped);
  EXPECT_TRUE(scene.dispatcher->all_finished());
}

}  // namespace
}  // namespace roost
