#include "vmm/rv64/hart.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/vmm/rv64/scene.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

TEST(Hart, StartsAsThePrivilegedSpecificationHasIt) {
  Scene s;
  s.hart->reset(kRam, kData, 5);
  EXPECT_EQ(s.x(a0), 0u);
  EXPECT_EQ(s.x(a1), kData);
  EXPECT_EQ(s.x(a2), 5u);
  EXPECT_EQ(s.core().privilege, Privilege::Machine);
  EXPECT_EQ(s.core().csr.mstatus & (mstatus::kMie | mstatus::kMprv), 0u);
}

TEST(Hart, RetiresExactlyItsBudget) {
  Scene s;
  s.code(kRam, {addi(t0, t0, 1), addi(t1, t1, 1), j(-8)});
  std::uint64_t total = 0;
  for (const std::uint64_t steps : {1u, 2u, 3u, 7u, 2047u, 2048u, 2049u, 10000u}) {
    const Exit exit = s.step(steps);
    EXPECT_EQ(exit.why, ExitWhy::BudgetSpent);
    EXPECT_EQ(exit.retired, steps);
    total += steps;
    EXPECT_EQ(s.x(t0), (total + 2) / 3);
    EXPECT_EQ(s.x(t1), (total + 1) / 3);
  }
  EXPECT_EQ(s.step(0).retired, 0u);
}

TEST(Hart, AGuestThatOnlyTrapsSpendsItsBudgetToo) {
  Scene s;
  s.core().csr.mtvec = 0;  // nothing there: the trap handler traps
  const Exit exit = s.step(5000);
  EXPECT_EQ(exit.why, ExitWhy::BudgetSpent);
  EXPECT_EQ(s.step(5000).retired, 0u);
}

TEST(Hart, ReturnsSoonAfterItsDeadline) {
  Scene s;
  s.code(kRam, {addi(t0, t0, 1), j(-4)});
  s.clock.set(1000);
  Budget budget;
  budget.until = time_at(1000);
  const Exit exit = s.hart->run(budget);
  EXPECT_EQ(exit.why, ExitWhy::BudgetSpent);
  EXPECT_GT(exit.retired, 0u);
  EXPECT_LE(exit.retired, 10'000u);
}

TEST(Hart, TheDoorbellEndsTheRunAtTheNextBlock) {
  for (const U jump : {j(-8), jal(ra, -8), beq(zero, zero, -8)}) {
    Scene s;
    s.code(kRam, {addi(t0, t0, 1), addi(t0, t0, 1), jump});
    const std::atomic<std::uint32_t> doorbell{1};
    Budget budget;
    budget.doorbell = &doorbell;
    const Exit exit = s.hart->run(budget);
    EXPECT_EQ(exit.why, ExitWhy::Kicked);
    EXPECT_EQ(exit.retired, 3u);
    EXPECT_EQ(s.pc(), kRam);
  }
}

TEST(Hart, TheDoorbellIsHeardByIndirectJumpsAndFromAnotherThread) {
  Scene s;
  s.code(kRam, {jalr(zero, t0, 0)});
  s.x(t0) = kRam;
  std::atomic<std::uint32_t> doorbell{0};
  std::jthread ringer([&] { doorbell.store(1); });
  Budget budget;
  budget.doorbell = &doorbell;
  EXPECT_EQ(s.hart->run(budget).why, ExitWhy::Kicked);
}

TEST(Hart, WfiHaltsUntilAnEnabledLineIsUp) {
  Scene s;
  s.core().csr.mie = 1 << kMsip;  // MIE is off: it wakes, but takes no interrupt
  s.code(kRam, {wfi(), addi(t0, t0, 1)});
  Exit exit = s.step(10);
  EXPECT_EQ(exit.why, ExitWhy::Halted);
  EXPECT_EQ(exit.retired, 1u);
  EXPECT_EQ(exit.wake_at, kNever);
  exit = s.step(10);  // woken for nothing: it halts on
  EXPECT_EQ(exit.why, ExitWhy::Halted);
  EXPECT_EQ(exit.retired, 0u);
  s.hart->post_interrupt(kMeip, true);  // not enabled
  EXPECT_EQ(s.step(1).why, ExitWhy::Halted);
  s.hart->post_interrupt(kMsip, true);
  EXPECT_EQ(s.step(1).why, ExitWhy::BudgetSpent);
  EXPECT_EQ(s.x(t0), 1u);
  EXPECT_EQ(s.wakes.count(), 2);
}

TEST(Hart, WfiGoesOnAtOnceWhileALineIsUp) {
  Scene s;
  s.core().csr.mie = 1 << kMsip;
  s.hart->post_interrupt(kMsip, true);
  s.code(kRam, {wfi(), wfi(), addi(t0, t0, 1)});
  const Exit exit = s.step(3);
  EXPECT_EQ(exit.why, ExitWhy::BudgetSpent);
  EXPECT_EQ(s.x(t0), 1u);
}

TEST(Hart, AWfiThatNeverHaltsStillHeedsItsDeadline) {
  Scene s;
  s.core().csr.mie = 1 << kMsip;
  s.hart->post_interrupt(kMsip, true);
  s.code(kRam, {wfi(), j(-4)});
  Budget budget;
  budget.until = time_at(0);
  EXPECT_EQ(s.hart->run(budget).why, ExitWhy::BudgetSpent);
}

TEST(Hart, AHaltSaysWhenItsTimerFires) {
  Scene s;
  s.core().csr.mie = 1 << kMtip;
  s.hart->set_timer(50);
  EXPECT_EQ(s.wakes.count(), 1);
  s.code(kRam, {wfi(), addi(t0, t0, 1)});
  Exit exit = s.step(2);
  EXPECT_EQ(exit.why, ExitWhy::Halted);
  EXPECT_EQ(exit.wake_at, time_at(5000));
  s.clock.set(4999);
  EXPECT_EQ(s.step(1).why, ExitWhy::Halted);
  s.hart->set_timer(60);
  s.clock.set(5000);
  exit = s.step(1);
  EXPECT_EQ(exit.why, ExitWhy::Halted);
  EXPECT_EQ(exit.wake_at, time_at(6000));
  s.clock.set(6000);
  EXPECT_EQ(s.step(1).why, ExitWhy::BudgetSpent);
  EXPECT_EQ(s.x(t0), 1u);
}

TEST(Hart, TheGreatestTimerMeansNever) {
  for (const std::uint64_t ticks : {~0ULL, 1ULL << 63, 1ULL << 60}) {
    Scene s;
    s.core().csr.mie = 1 << kMtip;
    s.hart->set_timer(ticks);
    s.code(kRam, {wfi()});
    EXPECT_EQ(s.step(2).wake_at, kNever);
    EXPECT_EQ(s.hart->timer(), ticks);
  }
}

TEST(Hart, TheTimerInterruptsARunningLoop) {
  Scene s;
  s.core().csr.mie = 1 << kMtip;
  s.core().csr.mstatus |= mstatus::kMie;
  s.code(kRam, {j(0)});
  s.code(kTrapVector, {csrr(t1, 0x342), j(0)});
  s.hart->set_timer(10);
  s.step(5000);
  EXPECT_EQ(s.x(t1), 0u);
  s.clock.set(1000);
  s.step(5000);
  EXPECT_EQ(s.x(t1), 1ULL << 63 | kMtip);
}

TEST(Hart, AStoppedMachineRunsNoMore) {
  Scene s;
  s.code(kRam, {j(0)});
  s.stopped = true;
  const Exit exit = s.step(100);
  EXPECT_EQ(exit.why, ExitWhy::Stopped);
  EXPECT_EQ(exit.retired, 0u);
}

TEST(Hart, ADeviceMayStopTheMachineInTheMiddleOfABlock) {
  Scene s;
  s.device.on_write = [&] { s.stopped = true; };
  s.x(t0) = kDevice;
  s.code(kRam, {sw(zero, t0, 0), addi(t1, t1, 1)});
  const Exit exit = s.step(10);
  EXPECT_EQ(exit.why, ExitWhy::Stopped);
  EXPECT_EQ(exit.retired, 1u);
  EXPECT_EQ(s.x(t1), 0u);
}

TEST(Hart, AnInterruptRaisedByAStoreIsTakenBehindIt) {
  Scene s;
  s.device.on_write = [&] { s.hart->post_interrupt(kMsip, true); };
  s.core().csr.mie = 1 << kMsip;
  s.core().csr.mstatus |= mstatus::kMie;
  s.code(kTrapVector, {nop()});
  s.x(t0) = kDevice;
  s.run({sw(zero, t0, 0), addi(t1, t1, 1)});
  EXPECT_EQ(s.epc(), kRam + 4);
  EXPECT_EQ(s.x(t1), 0u);
}

TEST(Hart, ASpinOfPausesIsLeftNowAndThen) {
  Scene s;
  s.code(kRam, {pause(), j(-4)});
  const Exit exit = s.step(1'000'000);
  EXPECT_EQ(exit.why, ExitWhy::Paused);
  EXPECT_GT(exit.retired, 100u);
  EXPECT_LT(exit.retired, 10'000u);
}

}  // namespace
}  // namespace roost::rv64
