#include "vmm/memory/bus.hpp"

#include <gtest/gtest.h>

#include "sched/vocabulary/check.hpp"

namespace roost {
namespace {

struct Noting final : MmioDevice {
  std::uint64_t read(std::uint64_t offset, unsigned size) override { return offset * 16 + size; }
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override { last = offset * 16 + size + value; }
  std::uint64_t last = 0;
};

TEST(Bus, PassesOffsetsInTheWindowThatHoldsTheAccess) {
  Bus bus;
  Noting low, high;
  bus.attach(GuestPhys{0x1000}, 0x100, low);
  bus.attach(GuestPhys{0x1100}, 0x100, high);
  std::uint64_t out = 0;
  EXPECT_TRUE(bus.read(GuestPhys{0x10f8}, 8, out));
  EXPECT_EQ(out, 0xf88u);
  EXPECT_TRUE(bus.write(GuestPhys{0x1104}, 4, 0x10000));
  EXPECT_EQ(high.last, 0x10044u);
  EXPECT_EQ(low.last, 0u);
}

TEST(Bus, NothingAnswersOutsideOrAcrossWindows) {
  Bus bus;
  Noting device;
  bus.attach(GuestPhys{0x1000}, 0x100, device);
  std::uint64_t out = 5;
  for (const std::uint64_t at : {0x0ffcULL, 0x10fcULL, 0x1100ULL, ~7ULL}) {
    EXPECT_FALSE(bus.read(GuestPhys{at}, 8, out));
    EXPECT_FALSE(bus.write(GuestPhys{at}, 8, 1));
  }
  EXPECT_EQ(out, 5u);
  EXPECT_EQ(device.last, 0u);
}

TEST(Bus, WindowsThatOverlapAreOurMistake) {
  Bus bus;
  Noting device;
  bus.attach(GuestPhys{0x1000}, 0x100, device);
  EXPECT_THROW(bus.attach(GuestPhys{0x10ff}, 0x100, device), CheckFailure);
  EXPECT_THROW(bus.attach(GuestPhys{0x0f01}, 0x100, device), CheckFailure);
  EXPECT_THROW(bus.attach(GuestPhys{0x2000}, 0, device), CheckFailure);
}

}  // namespace
}  // namespace roost
