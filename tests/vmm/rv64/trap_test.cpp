#include "vmm/rv64/trap.hpp"

#include <gtest/gtest.h>

#include "tests/vmm/rv64/scene.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

constexpr std::uint64_t kSupervisorVector = kRam + 0x9000;

/// A scene whose lower modes may use all of memory, and whose program starts in `mode`.
struct ModeScene : Scene {
  explicit ModeScene(Privilege mode) {
    core().pmp.write_address(0, ~0ULL);
    core().pmp.write_config(0, 0x1f);
    core().csr.stvec = kSupervisorVector;
    enter(mode);
  }
  void enter(Privilege mode) {
    core().privilege = mode;
    update_regimes(core());
  }
  Privilege mode() { return core().privilege; }
};

TEST(Trap, EcallNamesTheModeItCameFrom) {
  for (const auto& [mode, cause] :
       {std::pair{Privilege::User, 8u}, {Privilege::Supervisor, 9u}, {Privilege::Machine, 11u}}) {
    ModeScene s(mode);
    const Exit exit = s.run({ecall()});
    EXPECT_EQ(s.cause(), cause);
    EXPECT_EQ(s.tval(), 0u);
    EXPECT_EQ(s.epc(), kRam);
    EXPECT_EQ(s.mode(), Privilege::Machine);
    EXPECT_EQ((s.core().csr.mstatus & mstatus::kMpp) >> 11, static_cast<unsigned>(mode));
    EXPECT_EQ(exit.retired, 0u);
  }
}

TEST(Trap, EbreakIsABreakpoint) {
  Scene s;
  s.run({ebreak()});
  EXPECT_EQ(s.cause(), 3u);
  EXPECT_EQ(s.epc(), kRam);
}

TEST(Trap, InterruptEnablesMoveIntoTheirPreviousBits) {
  Scene s;
  s.core().csr.mstatus |= mstatus::kMie;
  s.run({ecall()});
  EXPECT_EQ(s.core().csr.mstatus & (mstatus::kMie | mstatus::kMpie), mstatus::kMpie);
  s.core().csr.mepc = kRam + 0x100;
  s.code(kTrapVector, {mret()});
  s.step(1);
  EXPECT_EQ(s.core().csr.mstatus & (mstatus::kMie | mstatus::kMpie), mstatus::kMie | mstatus::kMpie);
  EXPECT_EQ(s.core().csr.mstatus & mstatus::kMpp, 0u);
  EXPECT_EQ(s.pc(), kRam + 0x100);
}

TEST(Trap, DelegatedExceptionsOfLowerModesGoToSupervisor) {
  ModeScene s(Privilege::User);
  s.core().csr.medeleg = 1 << 8;
  s.core().csr.mstatus |= mstatus::kSie;
  s.run({ecall()});
  EXPECT_EQ(s.mode(), Privilege::Supervisor);
  EXPECT_EQ(s.pc(), kSupervisorVector);
  EXPECT_EQ(s.core().csr.scause, 8u);
  EXPECT_EQ(s.core().csr.sepc, kRam);
  EXPECT_EQ(s.core().csr.mstatus & (mstatus::kSie | mstatus::kSpie | mstatus::kSpp), mstatus::kSpie);
  s.code(kSupervisorVector, {sret()});
  s.step(1);
  EXPECT_EQ(s.mode(), Privilege::User);
  EXPECT_EQ(s.pc(), kRam);
}

TEST(Trap, ExceptionsOfMachineModeAreNeverDelegated) {
  ModeScene s(Privilege::Machine);
  s.core().csr.medeleg = ~0ULL;
  s.run({0});
  EXPECT_EQ(s.mode(), Privilege::Machine);
  EXPECT_EQ(s.cause(), 2u);
}

TEST(Trap, ReturnsAreIllegalBelowTheirMode) {
  ModeScene s(Privilege::Supervisor);
  s.run({mret()});
  EXPECT_EQ(s.cause(), 2u);
  EXPECT_EQ(s.tval(), mret());
  s.enter(Privilege::User);
  s.run({sret()});
  EXPECT_EQ(s.tval(), sret());
  s.enter(Privilege::Supervisor);
  s.core().csr.mstatus |= mstatus::kTsr;
  s.core().csr.mtval = 0;
  s.run({sret()});
  EXPECT_EQ(s.tval(), sret());
}

TEST(Trap, WfiIsIllegalInUserAndWhereItIsTrapped) {
  ModeScene s(Privilege::User);
  s.run({wfi()});
  EXPECT_EQ(s.tval(), wfi());
  s.enter(Privilege::Supervisor);
  s.core().csr.mstatus |= mstatus::kTw;
  s.core().csr.mtval = 0;
  s.run({wfi()});
  EXPECT_EQ(s.tval(), wfi());
}

TEST(Trap, InterruptsComeInTheOrderOfTheSpecification) {
  Scene s;
  s.core().csr.mie = 0xaaa;
  s.core().csr.mstatus |= mstatus::kMie;
  s.core().csr.mip_software = 0x222;
  s.hart->post_interrupt(kMsip, true);
  s.hart->post_interrupt(kMeip, true);
  s.hart->set_timer(0);
  for (const unsigned line : {kMeip, kMsip, kMtip, kSeip, kSsip, kStip}) {
    s.code(kTrapVector, {nop(), nop()});
    s.code(kRam, {nop()});
    s.core().pc = kRam;
    s.core().csr.mstatus |= mstatus::kMie;
    s.step(1);
    EXPECT_EQ(s.cause(), 1ULL << 63 | line);
    EXPECT_EQ(s.epc(), kRam);
    if (line == kMtip) s.hart->set_timer(~0ULL);
    else if (line == kMeip || line == kMsip) s.hart->post_interrupt(line, false);
    else s.core().csr.mip_software &= ~(1ULL << line);
  }
}

TEST(Trap, VectoredInterruptsSpreadAndExceptionsDoNot) {
  Scene s;
  s.core().csr.mtvec = kTrapVector | 1;
  s.core().csr.mie = 1 << kMsip;
  s.core().csr.mstatus |= mstatus::kMie;
  s.code(kTrapVector + 4 * kMsip, {nop()});
  s.hart->post_interrupt(kMsip, true);
  s.run({nop()});
  EXPECT_EQ(s.pc(), kTrapVector + 4 * kMsip + 4);
  s.run({ecall()});
  EXPECT_EQ(s.pc(), kTrapVector);
}

TEST(Trap, MachineInterruptsReachLowerModesWhateverMieSays) {
  ModeScene s(Privilege::User);
  s.core().csr.mie = 1 << kMsip;
  s.hart->post_interrupt(kMsip, true);
  s.code(kTrapVector, {nop()});
  s.run({nop()});
  EXPECT_EQ(s.cause(), 1ULL << 63 | kMsip);
}

TEST(Trap, DelegatedInterruptsWaitInMachineMode) {
  ModeScene s(Privilege::Machine);
  s.core().csr.mideleg = s.core().csr.mie = 1 << kSeip;
  s.core().csr.mstatus |= mstatus::kMie | mstatus::kSie;
  s.hart->post_interrupt(kSeip, true);
  s.run({nop()});
  EXPECT_EQ(s.pc(), kRam + 4);
  s.enter(Privilege::Supervisor);
  s.code(kSupervisorVector, {nop()});
  s.run({nop()});
  EXPECT_EQ(s.core().csr.scause, 1ULL << 63 | kSeip);
}

TEST(Trap, EnablingAnInterruptTakesItBeforeTheNextInstruction) {
  Scene s;
  s.core().csr.mie = 1 << kMsip;
  s.hart->post_interrupt(kMsip, true);
  s.code(kTrapVector, {nop()});
  s.run({csrrs(zero, 0x300, t0), nop()});  // t0 == x5 == 0: nothing enabled
  EXPECT_EQ(s.pc(), kRam + 8);
  s.x(t0) = mstatus::kMie;
  s.run({csrrs(zero, 0x300, t0), addi(t1, t1, 1)});
  EXPECT_EQ(s.epc(), kRam + 4);
  EXPECT_EQ(s.x(t1), 0u);
}

TEST(Trap, MprvMakesMachineLoadsThoseOfAnotherMode) {
  ModeScene s(Privilege::Machine);
  s.core().pmp.write_config(0, 0);  // S and U: nothing allowed
  s.core().csr.mstatus |= mstatus::kMprv | 1ULL << mstatus::kMppShift;
  update_regimes(s.core());
  s.x(t0) = kData;
  s.run({ld(t1, t0, 0)});
  EXPECT_EQ(s.cause(), 5u);
  // mret to a lower mode ends it.
  s.code(kTrapVector, {mret()});
  s.core().csr.mstatus = (s.core().csr.mstatus & ~mstatus::kMpp) | mstatus::kMprv;
  s.step(1);
  EXPECT_EQ(s.core().csr.mstatus & mstatus::kMprv, 0u);
}

}  // namespace
}  // namespace roost::rv64
