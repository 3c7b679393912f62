// wrs.nto and wrs.sto: when they would stall, what a stall counts as, and where the first one is illegal.

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "tests/vmm/rv64/scene.hpp"
#include "vmm/rv64/trap.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

constexpr std::array kBoth{wrs_nto(), wrs_sto()};
constexpr std::uint64_t kSoftwareLine = 3;

/// A loop that takes a reservation of what t0 points at and waits on it.
Exit spin(Scene& s, U wait) {
  s.code(kRam, {lr(2, a0, t0), wait, j(-8)});
  s.x(t0) = kData;
  s.core().pc = kRam;
  return s.step(30'000);
}

TEST(Zawrs, WaitsOnAReservationAreLeftNowAndThen) {
  for (const U wait : kBoth) {
    Scene s;
    const Exit exit = spin(s, wait);
    EXPECT_EQ(exit.why, ExitWhy::Paused);
    EXPECT_GT(exit.retired, 100u);
    EXPECT_LT(exit.retired, 10'000u);
    EXPECT_EQ(s.pc(), kRam + 8) << "it has completed";
    EXPECT_EQ(s.step(30'000).why, ExitWhy::Paused) << "and goes on, again and again";
  }
}

// Without a reservation, after a store of whoever it is to the place, or with an interrupt that mie enables pending:
// nothing stalls, so nothing spins.
TEST(Zawrs, WhatDoesNotStallIsNoPause) {
  for (const U wait : kBoth) {
    Scene none;
    none.code(kRam, {wait, j(-4)});
    none.core().pc = kRam;
    EXPECT_EQ(none.step(30'000).why, ExitWhy::BudgetSpent);

    Scene stored;
    stored.code(kRam, {lr(2, a0, t0), addi(a0, a0, 1), sw(a0, t0, 0), wait, j(-16)});
    stored.x(t0) = kData;
    stored.core().pc = kRam;
    EXPECT_EQ(stored.step(30'000).why, ExitWhy::BudgetSpent);

    Scene pending;  // not taken: mstatus.MIE is clear
    pending.core().csr.mie = 1 << kSoftwareLine;
    pending.hart->post_interrupt(kSoftwareLine, true);
    EXPECT_EQ(spin(pending, wait).why, ExitWhy::BudgetSpent);

    Scene masked;
    masked.hart->post_interrupt(kSoftwareLine, true);
    EXPECT_EQ(spin(masked, wait).why, ExitWhy::Paused);
  }
}

TEST(Zawrs, TheReservationIsGivenUp) {
  for (const U wait : kBoth) {
    Scene s;
    s.x(t0) = kData;
    s.put<std::uint64_t>(kData, 7);
    s.run({lr(3, a0, t0), wait, sc(3, a1, t0, zero)});
    EXPECT_EQ(s.x(a1), 1u);
    EXPECT_EQ(s.get(kData), 7u);
  }
}

/// Below M mode, with or without mstatus.TW.
std::uint64_t cause_of(U wait, Privilege mode, bool traps, bool reserved) {
  Scene s;
  s.core().pmp.write_address(0, ~0ULL);
  s.core().pmp.write_config(0, 0x1f);
  s.core().csr.mstatus |= traps ? mstatus::kTw : 0;
  s.core().csr.mcause = 77;
  s.core().privilege = mode;
  update_regimes(s.core());
  s.x(t0) = kData;
  s.run({reserved ? lr(3, a0, t0) : nop(), wait});
  if (s.cause() != 77) {
    EXPECT_EQ(s.tval(), wait);
    EXPECT_EQ(s.epc(), kRam + 4);
  }
  return s.cause();
}

TEST(Zawrs, TheOneWithoutTimeoutIsIllegalWhereItIsTrapped) {
  constexpr std::uint64_t kNone = 77, kIllegal = 2;
  for (const Privilege mode : {Privilege::User, Privilege::Supervisor}) {
    EXPECT_EQ(cause_of(wrs_nto(), mode, true, true), kIllegal);
    EXPECT_EQ(cause_of(wrs_nto(), mode, true, false), kNone) << "it does not stall";
    EXPECT_EQ(cause_of(wrs_nto(), mode, false, true), kNone) << "unlike WFI, also in U mode";
    EXPECT_EQ(cause_of(wrs_sto(), mode, true, true), kNone) << "it has a timeout";
  }
  EXPECT_EQ(cause_of(wrs_nto(), Privilege::Machine, true, true), kNone);
}

TEST(Zawrs, OtherFieldsAreReserved) {
  for (const U wait : kBoth)
    for (const U other : {wait | 1U << 7, wait | 1U << 15}) {  // rd, rs1
      Scene s;
      s.run({other});
      EXPECT_EQ(s.cause(), 2u) << std::hex << other;
    }
}

/// Two harts on two threads: a lock that is waited for by LR and wrs.nto, around a plain increment.
TEST(Zawrs, ALockWithWaitsOnItKeepsPlainStoresTogether) {
  Scene s;
  Hart other(s.environment, 1, VcpuId{1});
  other.reset(kRam, 0);
  s.code(kRam, {amoswap(2, t2, t0, t1), beq(t2, zero, 20),                  // taken by whoever finds 0
                lr(2, t2, t0), beq(t2, zero, -12), wrs_nto(), j(-12),       // else until it is 0 again
                ld(t3, t0, 64), addi(t3, t3, 1), sd(t3, t0, 64), fence(), amoswap(2, zero, t0, zero),
                addi(s0, s0, -1), bne(s0, zero, -48), wfi()});
  const auto run = [](Hart& hart) {
    hart.core().x[t0] = kData;
    hart.core().x[t1] = 1;
    hart.core().x[s0] = 20000;
    Budget budget;
    budget.instructions = 1'000'000'000;
    while (hart.run(budget).why == ExitWhy::Paused) {
    }
  };
  std::jthread second([&] { run(other); });
  run(*s.hart);
  second.join();
  EXPECT_EQ(s.get(kData + 64), 40000u);
}

}  // namespace
}  // namespace roost::rv64
