// How long the dispatcher lets an idle pCPU poll, and its ticks.

#include <gtest/gtest.h>

#include "tests/kit/dispatcher_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr PcpuId p0{0}, p1{1};

/// vCPU 0 halts on pCPU 0 and is woken after `idled`; until when the pCPU might have polled, from when it idled.
Duration polls_for(kit::DispatcherScene& scene, Duration idled) {
  const Time began = scene.world.now();
  check(scene.returned(p0, ExitWhy::Halted).vcpu == kNoVcpu, "nobody else is there");
  const Time poll_until = scene.dispatcher->idling(p0).poll_until;
  scene.world.advance(idled);
  scene.outside().wake(VcpuId{0});
  check(scene.next(p0).vcpu == VcpuId{0}, "whoever was woken runs");
  scene.world.advance(1ms);
  return poll_until == Time{} ? Duration{0} : poll_until - began;
}

TEST(DispatcherIdle, AWindowFollowsHowLongThePcpuIdled) {
  kit::DispatcherScene scene(1, 1, "round_robin,slice=1s,poll_start=10us,poll_most=200us");
  scene.next(p0);
  EXPECT_EQ(polls_for(scene, 30us), 0us);
  EXPECT_EQ(polls_for(scene, 30us), 10us);
  EXPECT_EQ(polls_for(scene, 30us), 20us);
  EXPECT_EQ(polls_for(scene, 30us), 40us);
  EXPECT_EQ(polls_for(scene, 1ms), 40us);
  EXPECT_EQ(polls_for(scene, 1us), 20us);
}

TEST(DispatcherIdle, ALookForNothingEndsNoStretchOfIdling) {
  kit::DispatcherScene scene(1, 1, "round_robin,slice=1s,poll_start=10us,poll_most=200us");
  scene.next(p0);
  polls_for(scene, 30us);
  const Time began = scene.world.now();
  scene.returned(p0, ExitWhy::Halted);
  EXPECT_EQ(scene.dispatcher->idling(p0).poll_until, began + 10us);
  scene.world.advance(4us);
  scene.next(p0);
  EXPECT_EQ(scene.dispatcher->idling(p0).poll_until, began + 10us) << "a kick came for nothing";
  scene.world.advance(15us);
  scene.outside().wake(VcpuId{0});
  scene.next(p0);  // 19 us in all: the window was too short
  EXPECT_EQ(polls_for(scene, 1us), 20us);
}

TEST(DispatcherIdle, WhoIsHandedAVcpuHasIdledForAsLong) {
  kit::DispatcherScene scene(1, 1, "round_robin,slice=1s,poll_start=10us,poll_most=200us");
  scene.next(p0);
  scene.returned(p0, ExitWhy::Halted);
  scene.world.await_vcpu(p0);
  scene.world.advance(30us);
  scene.outside().wake(VcpuId{0});
  ASSERT_EQ(scene.world.handed.size(), 1u);
  scene.world.act_as(p0);
  scene.dispatcher->take(p0, scene.world.handed[0].vcpu, scene.world.handed[0].slice, scene.world.now());
  EXPECT_EQ(polls_for(scene, 1us), 10us);
}

TEST(DispatcherIdle, AnotherPolicysRuleBeginsAnew) {
  kit::DispatcherScene scene(1, 1, "round_robin,slice=1s,idle=poll");
  scene.next(p0);
  scene.returned(p0, ExitWhy::Halted);
  EXPECT_EQ(scene.dispatcher->idling(p0).poll_until, kNever);
  scene.set_policy("round_robin,slice=1s,idle=halt");
  scene.next(p0);
  EXPECT_EQ(scene.dispatcher->idling(p0).poll_until, Time{});
}

TEST(DispatcherIdle, WhatItIdledUnderAnotherRuleDoesNotCount) {
  kit::DispatcherScene scene(1, 1, "round_robin,slice=1s,idle=halt");
  scene.next(p0);
  scene.returned(p0, ExitWhy::Halted);
  scene.world.advance(300us);
  scene.set_policy("round_robin,slice=1s,poll_start=10us,poll_most=200us");
  scene.next(p0);
  scene.world.advance(30us);
  scene.outside().wake(VcpuId{0});
  scene.next(p0);
  EXPECT_EQ(polls_for(scene, 1us), 10us) << "a wait of 30 us, not of 330";
}

TEST(DispatcherIdle, WhoIsOfflineHasNoTick) {
  kit::DispatcherScene scene(2, 1, "round_robin,slice=1s,idle=halt,idle_tick=4ms");
  scene.next(p0);
  EXPECT_NE(scene.next(p1).until, kNever);
  scene.outside().set_online(p1, false);
  scene.world.advance(4ms);
  EXPECT_EQ(scene.next(p1).until, kNever);
  scene.outside().set_online(p1, true);
  EXPECT_EQ(scene.next(p1).until, scene.world.now() + 4ms);
}

TEST(DispatcherIdle, AKeptTickComesInItsTurn) {
  kit::DispatcherScene scene(2, 2, "round_robin,slice=1s,place=last_pcpu,balance=pull,idle=halt,idle_tick=4ms");
  scene.next(p0);
  const Dispatcher::Next first = scene.next(p1);
  ASSERT_NE(first.vcpu, kNoVcpu);
  scene.returned(p1, ExitWhy::Stopped);
  const Time began = scene.world.now();
  scene.world.advance(1ms);
  const Dispatcher::Next wait = scene.next(p1);
  EXPECT_EQ(wait.until, began + 4ms) << "a look does not put the tick off";
  EXPECT_TRUE(scene.dispatcher->idling(p1).for_tick);
  scene.world.advance(3ms);
  EXPECT_EQ(scene.next(p1).until, began + 8ms);
  EXPECT_EQ(scene.report().pcpus[p1].idle_ticks, 1u);
}

TEST(DispatcherIdle, WithoutATickAnIdlePcpuSleepsOn) {
  kit::DispatcherScene scene(1, 1, "round_robin,idle=halt");
  scene.next(p0);
  const Dispatcher::Next wait = scene.returned(p0, ExitWhy::Halted);
  EXPECT_EQ(wait.until, kNever);
  EXPECT_FALSE(scene.dispatcher->idling(p0).for_tick);
}

}  // namespace
}  // namespace roost
