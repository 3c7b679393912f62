#include <gtest/gtest.h>

#include "tests/vmm/rv64/scene.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

TEST(ExecMemory, LoadsExtendAsTheyAreNamed) {
  Scene s;
  s.put<std::uint64_t>(kData, 0xfedc'ba98'8765'4321);
  s.x(t0) = kData;
  s.run({lb(a0, t0, 7), lbu(a1, t0, 7), lh(a2, t0, 6), load(5, a3, t0, 6), lw(a4, t0, 4), load(6, a5, t0, 4),
         ld(a6, t0, 0), lw(a7, t0, 0)});
  EXPECT_EQ(s.x(a0), 0xffff'ffff'ffff'fffeu);
  EXPECT_EQ(s.x(a1), 0xfeu);
  EXPECT_EQ(s.x(a2), 0xffff'ffff'ffff'fedcu);
  EXPECT_EQ(s.x(a3), 0xfedcu);
  EXPECT_EQ(s.x(a4), 0xffff'ffff'fedc'ba98u);
  EXPECT_EQ(s.x(a5), 0xfedc'ba98u);
  EXPECT_EQ(s.x(a6), 0xfedc'ba98'8765'4321u);
  EXPECT_EQ(s.x(a7), 0xffff'ffff'8765'4321u);
}

TEST(ExecMemory, StoresWriteOnlyTheirSize) {
  Scene s;
  s.put<std::uint64_t>(kData, ~0ULL);
  s.put<std::uint64_t>(kData + 8, ~0ULL);
  s.x(t0) = kData;
  s.run({sb(zero, t0, 0), sh(zero, t0, 2), sw(zero, t0, 4), sb(zero, t0, 15)});
  EXPECT_EQ(s.get(kData), 0x0000'0000'0000'ff00u);
  EXPECT_EQ(s.get(kData + 8), 0x00ff'ffff'ffff'ffffu);
}

TEST(ExecMemory, MisalignedAccessesWorkInAndAcrossPages) {
  for (const std::uint64_t at : {kData + 1, kData + 0xffd, kData + 0xfff}) {
    Scene s;
    s.x(t0) = at;
    s.x(t1) = 0x0123'4567'89ab'cdef;
    s.run({sd(t1, t0, 0), ld(t2, t0, 0), sw(t1, t0, 16), load(6, t3, t0, 16), sh(t1, t0, 32), lh(t4, t0, 32)});
    EXPECT_EQ(s.x(t2), 0x0123'4567'89ab'cdefu);
    EXPECT_EQ(s.x(t3), 0x89ab'cdefu);
    EXPECT_EQ(s.x(t4), 0xffff'ffff'ffff'cdefu);
    EXPECT_EQ(s.get<std::uint8_t>(at), 0xef);
    EXPECT_EQ(s.get<std::uint8_t>(at + 7), 0x01);
    EXPECT_EQ(s.get<std::uint8_t>(at - 1), 0);
    EXPECT_EQ(s.get<std::uint8_t>(at + 8), 0);
  }
}

TEST(ExecMemory, NothingAnswersOutsideRamAndDevices) {
  for (const std::uint64_t at :
       {std::uint64_t{0}, kRam - 8, kRam + kRamSize, ~std::uint64_t{7}, kDevice + kDeviceSize}) {
    Scene s;
    s.x(t0) = at;
    s.x(t1) = 77;
    s.run({ld(t1, t0, 0)});
    EXPECT_EQ(s.cause(), 5u) << std::hex << at;
    EXPECT_EQ(s.tval(), at);
    EXPECT_EQ(s.x(t1), 77u);
    s.run({sd(t1, t0, 0)});
    EXPECT_EQ(s.cause(), 7u);
    EXPECT_EQ(s.tval(), at);
  }
}

TEST(ExecMemory, AStoreOverTheEndOfRamWritesNothing) {
  Scene s;
  s.x(t0) = kRam + kRamSize - 4;
  s.x(t1) = ~0ULL;
  s.run({sd(t1, t0, 0)});
  EXPECT_EQ(s.cause(), 7u);
  EXPECT_EQ(s.get<std::uint32_t>(kRam + kRamSize - 4), 0u);
}

TEST(ExecMemory, DevicesSeeOffsetSizeAndValue) {
  Scene s;
  s.x(t0) = kDevice;
  s.x(t1) = 0x1122'3344'5566'7788;
  s.run({sb(t1, t0, 1), sh(t1, t0, 2), sw(t1, t0, 4), sd(t1, t0, 8), lbu(a0, t0, 3), ld(a1, t0, 16)});
  using Write = NotingDevice::Write;
  EXPECT_EQ(s.device.writes, (std::vector<Write>{{1, 1, 0x88}, {2, 2, 0x7788}, {4, 4, 0x5566'7788},
                                                 {8, 8, 0x1122'3344'5566'7788}}));
  EXPECT_EQ(s.x(a0), (3u + 0x100) & 0xff);
  EXPECT_EQ(s.x(a1), 16u + 0x800);
}

TEST(ExecMemory, MisalignedDeviceAccessesFault) {
  Scene s;
  s.x(t0) = kDevice + 1;
  s.run({lw(t1, t0, 0)});
  EXPECT_EQ(s.cause(), 5u);
  s.run({sw(t1, t0, 0)});
  EXPECT_EQ(s.cause(), 7u);
  EXPECT_TRUE(s.device.writes.empty());
}

TEST(ExecMemory, TohostIsToldAfterEachStoreThatTouchesIt) {
  Scene s(kData + 8);
  s.x(t0) = kData;
  s.x(t1) = 0x2a;
  s.run({sd(t1, t0, 0), sw(t1, t0, 8)});
  EXPECT_EQ(s.tohost_values, std::vector<std::uint64_t>{0x2a});
  s.stopped = false;
  s.run({sd(t1, t0, 1)});  // misaligned: its last byte lands in tohost
  ASSERT_EQ(s.tohost_values.size(), 2u);
  s.stopped = false;
  s.run({sd(t1, t0, 16), sd(t1, t0, 0)});
  EXPECT_EQ(s.tohost_values.size(), 2u);
}

TEST(ExecMemory, TohostIsToldOfAtomicsToo) {
  Scene s(kData);
  s.x(t0) = kData;
  s.x(t1) = 3;
  s.run({amoadd(3, t2, t0, t1)});
  EXPECT_EQ(s.tohost_values, std::vector<std::uint64_t>{3});
  s.stopped = false;
  s.run({lr(3, t2, t0), sc(3, t3, t0, t1)});
  EXPECT_EQ(s.tohost_values, (std::vector<std::uint64_t>{3, 3}));
  EXPECT_EQ(s.x(t3), 0u);
}

}  // namespace
}  // namespace roost::rv64
