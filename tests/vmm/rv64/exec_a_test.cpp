#include <gtest/gtest.h>

#include <thread>

#include "tests/vmm/rv64/scene.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

struct AmoCase {
  U funct5;
  std::uint32_t memory, operand, expected;
};

TEST(ExecA, WordAmosComputeAndReturnTheOldValueSignExtended) {
  for (const AmoCase& c : {AmoCase{0x00, 0x8000'0000, 1, 0x8000'0001}, AmoCase{0x01, 0x8000'0000, 7, 7},
                           AmoCase{0x04, 0x8000'00ff, 0x0f, 0x8000'00f0}, AmoCase{0x0c, 0x8000'00ff, 0x0f, 0x0f},
                           AmoCase{0x08, 0x8000'0000, 0x0f, 0x8000'000f}, AmoCase{0x10, 0x8000'0000, 1, 0x8000'0000},
                           AmoCase{0x14, 0x8000'0000, 1, 1}, AmoCase{0x18, 0x8000'0000, 1, 1},
                           AmoCase{0x1c, 0x8000'0000, 1, 0x8000'0000}}) {
    Scene s;
    s.put<std::uint32_t>(kData, c.memory);
    s.put<std::uint32_t>(kData + 4, 0x5a5a'5a5a);
    s.x(t0) = kData;
    s.x(t1) = 0xdead'beef'0000'0000 | c.operand;
    s.run({amo(c.funct5, 2, t2, t0, t1)});
    EXPECT_EQ(s.get<std::uint32_t>(kData), c.expected) << std::hex << c.funct5;
    EXPECT_EQ(s.x(t2), 0xffff'ffff'8000'0000 | c.memory);
    EXPECT_EQ(s.get<std::uint32_t>(kData + 4), 0x5a5a'5a5au);
  }
}

TEST(ExecA, DoubleAmosUseAllBits) {
  Scene s;
  s.put<std::uint64_t>(kData, 1ULL << 63);
  s.x(t0) = kData;
  s.x(t1) = 5;
  s.run({amo(0x10, 3, t2, t0, t1), amo(0x1c, 3, t3, t0, t1), amoadd(3, t4, t0, t1)});
  EXPECT_EQ(s.x(t2), 1ULL << 63);
  EXPECT_EQ(s.get(kData), (1ULL << 63) + 5);
}

TEST(ExecA, RdMayBeTheAddressOrTheOperand) {
  Scene s;
  s.put<std::uint64_t>(kData, 40);
  s.x(t0) = kData;
  s.x(t1) = 2;
  s.run({amoadd(3, t1, t0, t1), amoadd(3, t0, t0, t1)});
  EXPECT_EQ(s.x(t1), 40u);
  EXPECT_EQ(s.x(t0), 42u);
  EXPECT_EQ(s.get(kData), 82u);
}

TEST(ExecA, MisalignedAtomicsTrap) {
  Scene s;
  s.x(t0) = kData + 4;
  s.run({amoadd(3, t2, t0, t1)});
  EXPECT_EQ(s.cause(), 6u);
  EXPECT_EQ(s.tval(), kData + 4);
  s.run({lr(3, t2, t0)});
  EXPECT_EQ(s.cause(), 4u);
  s.run({sc(3, t2, t0, t1)});
  EXPECT_EQ(s.cause(), 6u);
}

TEST(ExecA, ScSucceedsOnceAfterLr) {
  Scene s;
  s.put<std::uint64_t>(kData, 1);
  s.x(t0) = kData;
  s.x(t1) = 9;
  s.run({lr(3, t2, t0), sc(3, t3, t0, t1), sc(3, t4, t0, t1)});
  EXPECT_EQ(s.x(t2), 1u);
  EXPECT_EQ(s.x(t3), 0u);
  EXPECT_EQ(s.x(t4), 1u);
  EXPECT_EQ(s.get(kData), 9u);
}

TEST(ExecA, ScFailsElsewhereInAnotherSizeAndAfterAStore) {
  Scene s;
  s.x(t0) = kData;
  s.x(t1) = 9;
  s.x(t2) = kData + 8;
  s.run({lr(3, a0, t0), sc(3, a1, t2, t1)});
  EXPECT_EQ(s.x(a1), 1u);
  s.run({lr(3, a0, t0), sc(2, a2, t0, t1)});
  EXPECT_EQ(s.x(a2), 1u);
  s.run({lr(3, a0, t0), sd(t1, t0, 0), sc(3, a3, t0, zero)});
  EXPECT_EQ(s.x(a3), 1u);
  EXPECT_EQ(s.get(kData), 9u);
  EXPECT_EQ(s.get(kData + 8), 0u);
}

TEST(ExecA, ATrapEndsTheReservation) {
  Scene s;
  s.x(t0) = kData;
  s.code(kTrapVector, {csrr(t1, 0x341), addi(t1, t1, 4), csrw(0x341, t1), mret()});
  s.code(kRam, {lr(3, a0, t0), ecall(), sc(3, a1, t0, t0)});
  s.step(7);
  EXPECT_EQ(s.x(a1), 1u);
  EXPECT_EQ(s.pc(), kRam + 12);
}

TEST(ExecA, DevicesTakeAmosButNoReservations) {
  Scene s;
  s.x(t0) = kDevice;
  s.x(t1) = 1;
  s.run({amoadd(2, t2, t0, t1)});
  EXPECT_EQ(s.x(t2), 0x400u);
  EXPECT_EQ(s.device.writes, (std::vector<NotingDevice::Write>{{0, 4, 0x401}}));
  s.run({lr(2, t2, t0)});
  EXPECT_EQ(s.cause(), 5u);
}

/// Two harts on two threads, the same program on the same RAM.
void run_both(Scene& s, std::initializer_list<U> program, std::uint64_t steps_limit) {
  Hart other(s.environment, 1, VcpuId{1});
  other.reset(kRam, 0);
  s.code(kRam, program);
  const auto set = [](Hart& hart) {
    hart.core().x[t0] = kData;
    hart.core().x[t1] = 1;
    hart.core().x[s0] = 20000;
  };
  set(*s.hart);
  set(other);
  Budget budget;
  budget.instructions = steps_limit;
  std::jthread second([&] { other.run(budget); });
  s.hart->run(budget);
}

TEST(ExecA, AmosOfTwoHartsLoseNothing) {
  Scene s;
  run_both(s, {amoadd(3, zero, t0, t1), addi(s0, s0, -1), bne(s0, zero, -8), wfi()}, 100'000);
  EXPECT_EQ(s.get(kData), 40000u);
}

TEST(ExecA, LrScLoopsOfTwoHartsLoseNothing) {
  Scene s;
  run_both(s, {lr(2, t2, t0), add(t2, t2, t1), sc(2, t3, t0, t2), bne(t3, zero, -12), addi(s0, s0, -1),
               bne(s0, zero, -20), wfi()},
           100'000'000);
  EXPECT_EQ(s.get(kData), 40000u);
}

TEST(ExecA, ALockKeepsPlainStoresTogether) {
  Scene s;  // a swap lock around a plain increment
  run_both(s, {amoswap(2, t2, t0, t1), bne(t2, zero, -4), ld(t3, t0, 64), addi(t3, t3, 1), sd(t3, t0, 64), fence(),
               amoswap(2, zero, t0, zero), addi(s0, s0, -1), bne(s0, zero, -32), wfi()},
           1'000'000'000);
  EXPECT_EQ(s.get(kData + 64), 40000u);
}

}  // namespace
}  // namespace roost::rv64
