#include "vmm/devices/clint.hpp"

#include <gtest/gtest.h>

#include "tests/kit/fake_clock.hpp"
#include "tests/kit/fake_lines.hpp"

namespace roost {
namespace {

using std::chrono_literals::operator""ns, std::chrono_literals::operator""s;

constexpr std::uint64_t kTimecmp = 0x4000, kMtime = 0xbff8;

struct Scene {
  kit::FakeClock clock{time_at(1'000'000)};
  std::array<kit::FakeLine, 2> msip;
  std::array<std::vector<std::uint64_t>, 2> timers;
  Clint clint{clock, clock.now(), lines()};

  std::vector<Clint::HartLines> lines() {
    std::vector<Clint::HartLines> out;
    for (std::size_t hart = 0; hart < 2; ++hart)
      out.push_back({msip[hart].wire(), [this, hart](std::uint64_t ticks) { timers[hart].push_back(ticks); }});
    return out;
  }
};

TEST(Clint, MsipIsOneBitAndDrivesItsHartsLine) {
  Scene scene;
  scene.clint.write(4, 4, 0xffffffff);
  EXPECT_TRUE(scene.msip[1].level);
  EXPECT_FALSE(scene.msip[0].level);
  EXPECT_EQ(scene.clint.read(4, 4), 1u);
  EXPECT_EQ(scene.clint.read(0, 4), 0u);
  scene.clint.write(4, 4, 0xfffffffe);
  EXPECT_FALSE(scene.msip[1].level);
}

// A raise wakes the hart, and the host may run that one before the raise has returned.
TEST(Clint, AClearCountsAtOnceThoughTheRaiseHasNotReturned) {
  kit::FakeClock clock{time_at(0)};
  bool line = false, line_after_clear = true;
  Clint* clint = nullptr;
  const InterruptLine wire = [&](bool level) {
    line = level;
    if (!level) return;
    clint->write(0, 4, 0);  // the woken hart's first deed
    line_after_clear = line;
  };
  Clint device{clock, clock.now(), {{wire, [](std::uint64_t) {}}}};
  clint = &device;
  device.write(0, 4, 1);
  EXPECT_FALSE(line_after_clear);
  EXPECT_FALSE(line);
}

TEST(Clint, MtimeCountsTenMillionASecondFromBoot) {
  Scene scene;
  EXPECT_EQ(scene.clint.read(kMtime, 8), 0u);
  scene.clock.advance(1s);
  EXPECT_EQ(scene.clint.read(kMtime, 8), 10'000'000u);
  scene.clock.advance(99ns);
  EXPECT_EQ(scene.clint.read(kMtime, 8), 10'000'000u);
  scene.clock.advance(1ns);
  EXPECT_EQ(scene.clint.read(kMtime, 8), 10'000'001u);
}

TEST(Clint, MtimeIsReadInHalves) {
  Scene scene;
  scene.clock.advance(std::chrono::seconds(1000));
  EXPECT_EQ(scene.clint.read(kMtime, 4), 10'000'000'000u & 0xffffffff);
  EXPECT_EQ(scene.clint.read(kMtime + 4, 4), 10'000'000'000u >> 32);
}

TEST(Clint, MtimeIgnoresStores) {
  Scene scene;
  scene.clint.write(kMtime, 8, 77);
  scene.clint.write(kMtime + 4, 4, 77);
  EXPECT_EQ(scene.clint.read(kMtime, 8), 0u);
}

TEST(Clint, MtimecmpGoesToItsHartWhole) {
  Scene scene;
  scene.clint.write(kTimecmp + 8, 8, 0x123456789abcdef0);
  EXPECT_EQ(scene.timers[1], (std::vector<std::uint64_t>{0x123456789abcdef0}));
  EXPECT_TRUE(scene.timers[0].empty());
  EXPECT_EQ(scene.clint.read(kTimecmp + 8, 8), 0x123456789abcdef0u);
}

TEST(Clint, MtimecmpIsWrittenAndReadInHalves) {
  Scene scene;
  scene.clint.write(kTimecmp, 8, 0x11112222'33334444);
  scene.clint.write(kTimecmp, 4, 0xffffffff'aaaaaaaa);
  scene.clint.write(kTimecmp + 4, 4, 0xbbbbbbbb);
  EXPECT_EQ(scene.timers[0].back(), 0xbbbbbbbb'aaaaaaaau);
  EXPECT_EQ(scene.clint.read(kTimecmp, 4), 0xaaaaaaaau);
  EXPECT_EQ(scene.clint.read(kTimecmp + 4, 4), 0xbbbbbbbbu);
}

TEST(Clint, HartsThatAreNotThereReadZeroAndIgnoreStores) {
  Scene scene;
  for (const std::uint64_t offset : {0x8, 0x3ffc, 0x4010, 0xbff0}) {
    EXPECT_TRUE(scene.clint.accepts(offset, 4));
    scene.clint.write(offset, 4, 1);
    EXPECT_EQ(scene.clint.read(offset, 4), 0u) << offset;
  }
  EXPECT_TRUE(scene.msip[0].told.empty() && scene.msip[1].told.empty());
  EXPECT_TRUE(scene.timers[0].empty() && scene.timers[1].empty());
}

TEST(Clint, RefusesOtherSizesAndWhatLiesBehindMtime) {
  Scene scene;
  EXPECT_FALSE(scene.clint.accepts(0, 8));
  EXPECT_FALSE(scene.clint.accepts(0, 1));
  EXPECT_FALSE(scene.clint.accepts(kTimecmp, 2));
  EXPECT_TRUE(scene.clint.accepts(kTimecmp, 8));
  EXPECT_TRUE(scene.clint.accepts(kMtime, 8));
  EXPECT_FALSE(scene.clint.accepts(0xc000, 4));
}

}  // namespace
}  // namespace roost
