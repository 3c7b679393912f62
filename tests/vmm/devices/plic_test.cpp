#include "vmm/devices/plic.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "sched/vocabulary/check.hpp"
#include "tests/kit/fake_lines.hpp"

namespace roost {
namespace {

constexpr std::uint64_t priority(std::uint32_t source) { return 4 * source; }
constexpr std::uint64_t pending(std::uint32_t source) { return 0x1000 + source / 32 * 4; }
constexpr std::uint64_t enable(std::uint32_t context, std::uint32_t source) {
  return 0x2000 + 0x80 * context + source / 32 * 4;
}
constexpr std::uint64_t threshold(std::uint32_t context) { return 0x20'0000 + 0x1000 * context; }
constexpr std::uint64_t claim(std::uint32_t context) { return threshold(context) + 4; }

/// Two harts: contexts 0 and 1 are hart 0's M- and S-mode, 2 and 3 hart 1's.
struct Scene {
  std::array<kit::FakeLine, 4> lines;
  Plic plic{{lines[0].wire(), lines[1].wire(), lines[2].wire(), lines[3].wire()}};

  void write(std::uint64_t offset, std::uint64_t value) { plic.write(offset, 4, value); }
  std::uint64_t read(std::uint64_t offset) { return plic.read(offset, 4); }
  bool is_pending(std::uint32_t source) { return read(pending(source)) >> source % 32 & 1; }
  void allow(std::uint32_t context, std::uint32_t source) {
    write(enable(context, source), read(enable(context, source)) | 1u << source % 32);
  }
};

TEST(Plic, AnEnabledSourceRaisesTheLineOfItsContextAlone) {
  Scene scene;
  scene.write(priority(10), 1);
  scene.allow(1, 10);
  scene.plic.set_wire(10, true);
  EXPECT_TRUE(scene.lines[1].level);
  EXPECT_TRUE(scene.is_pending(10));
  for (const int other : {0, 2, 3}) EXPECT_FALSE(scene.lines[static_cast<std::size_t>(other)].level);
}

TEST(Plic, ClaimTakesTheRequestAndLowersEveryContextsLine) {
  Scene scene;
  scene.write(priority(10), 1);
  scene.allow(1, 10);
  scene.allow(3, 10);
  scene.plic.set_wire(10, true);
  EXPECT_TRUE(scene.lines[3].level);
  EXPECT_EQ(scene.read(claim(1)), 10u);
  EXPECT_FALSE(scene.is_pending(10));
  EXPECT_FALSE(scene.lines[1].level);
  EXPECT_FALSE(scene.lines[3].level);
  EXPECT_EQ(scene.read(claim(3)), 0u) << "who comes second finds nothing";
}

TEST(Plic, AWireThatIsStillHighAtCompletionIsPendingAgain) {
  Scene scene;
  scene.write(priority(10), 1);
  scene.allow(1, 10);
  scene.plic.set_wire(10, true);
  EXPECT_EQ(scene.read(claim(1)), 10u);
  scene.write(claim(1), 10);
  EXPECT_TRUE(scene.lines[1].level);
  EXPECT_EQ(scene.read(claim(1)), 10u);
  scene.plic.set_wire(10, false);
  scene.write(claim(1), 10);
  EXPECT_FALSE(scene.lines[1].level);
  EXPECT_EQ(scene.read(claim(1)), 0u);
}

TEST(Plic, ASourceInServiceIsNotAskedForAgain) {
  Scene scene;
  scene.write(priority(10), 1);
  scene.allow(1, 10);
  scene.plic.set_wire(10, true);
  scene.read(claim(1));
  scene.plic.set_wire(10, false);
  scene.plic.set_wire(10, true);
  EXPECT_FALSE(scene.is_pending(10));
  EXPECT_FALSE(scene.lines[1].level);
}

TEST(Plic, AWireThatFallsBeforeTheClaimLeavesItsRequest) {
  Scene scene;
  scene.write(priority(10), 1);
  scene.allow(1, 10);
  scene.plic.set_wire(10, true);
  scene.plic.set_wire(10, false);
  EXPECT_TRUE(scene.lines[1].level);
  EXPECT_EQ(scene.read(claim(1)), 10u);
  scene.write(claim(1), 10);
  EXPECT_FALSE(scene.lines[1].level);
}

TEST(Plic, TheHighestPriorityWinsThenTheLowestNumber) {
  Scene scene;
  for (const std::uint32_t source : {3u, 40u, 41u, 95u}) {
    scene.write(priority(source), source == 3 ? 2 : 5);
    scene.allow(0, source);
    scene.plic.set_wire(source, true);
  }
  EXPECT_EQ(scene.read(claim(0)), 40u);
  EXPECT_EQ(scene.read(claim(0)), 41u);
  EXPECT_EQ(scene.read(claim(0)), 95u);
  EXPECT_EQ(scene.read(claim(0)), 3u);
  EXPECT_EQ(scene.read(claim(0)), 0u);
}

TEST(Plic, OnlyPrioritiesAboveTheThresholdAreHeard) {
  Scene scene;
  scene.write(priority(7), 3);
  scene.allow(2, 7);
  scene.write(threshold(2), 3);
  scene.plic.set_wire(7, true);
  EXPECT_FALSE(scene.lines[2].level);
  EXPECT_EQ(scene.read(claim(2)), 0u);
  scene.write(threshold(2), 2);
  EXPECT_TRUE(scene.lines[2].level);
  scene.write(priority(7), 0);
  EXPECT_FALSE(scene.lines[2].level) << "priority 0 is never heard";
}

TEST(Plic, EnablingAPendingSourceRaisesTheLineAtOnce) {
  Scene scene;
  scene.write(priority(10), 1);
  scene.plic.set_wire(10, true);
  EXPECT_FALSE(scene.lines[0].level);
  scene.allow(0, 10);
  EXPECT_TRUE(scene.lines[0].level);
}

TEST(Plic, PrioritiesAndThresholdsKeepThreeBits) {
  Scene scene;
  scene.write(priority(5), 0xffffffff);
  scene.write(threshold(1), 0xfffffffd);
  EXPECT_EQ(scene.read(priority(5)), 7u);
  EXPECT_EQ(scene.read(threshold(1)), 5u);
}

TEST(Plic, PendingBitsIgnoreStores) {
  Scene scene;
  scene.write(pending(10), 0xffffffff);
  EXPECT_EQ(scene.read(pending(10)), 0u);
}

TEST(Plic, WildCompletionsDoNoHarm) {
  Scene scene;
  for (const std::uint64_t source : {0ULL, 96ULL, 1024ULL, 0xffffffffULL}) scene.write(claim(0), source);
  scene.write(claim(3), 10);
  scene.write(priority(10), 1);
  scene.allow(1, 10);
  scene.plic.set_wire(10, true);
  EXPECT_EQ(scene.read(claim(1)), 10u);
}

TEST(Plic, RegistersThatAreNotThereReadZero) {
  Scene scene;
  for (const std::uint64_t offset : {priority(0), priority(96), pending(96), enable(0, 96), enable(4, 1),
                                     threshold(4), claim(4), claim(1023), threshold(0) + 8}) {
    scene.write(offset, 0xffffffff);
    EXPECT_EQ(scene.read(offset), 0u) << std::hex << offset;
  }
}

TEST(Plic, OnlyWordsAreAccessed) {
  Scene scene;
  EXPECT_TRUE(scene.plic.accepts(priority(4), 4));
  for (const unsigned size : {1u, 2u, 8u}) EXPECT_FALSE(scene.plic.accepts(priority(4), size));
}

TEST(Plic, ALineIsToldOnlyWhenItChanges) {
  Scene scene;
  scene.write(priority(10), 1);
  scene.allow(1, 10);
  scene.plic.set_wire(10, true);
  scene.plic.set_wire(10, true);
  scene.write(threshold(0), 1);
  EXPECT_EQ(scene.lines[1].told, std::vector<bool>{true});
  EXPECT_TRUE(scene.lines[0].told.empty());
}

TEST(Plic, NoRequestIsLostOrDoubledBetweenThreads) {
  constexpr int kRounds = 2000;
  std::atomic<bool> line{false}, done{false};
  std::atomic<int> served{0};
  Plic plic{{[&](bool level) { line = level; }}};
  plic.write(priority(10), 4, 1);
  plic.write(enable(0, 10), 4, 1 << 10);
  std::jthread hart([&] {
    for (; !done; std::this_thread::yield()) {
      if (!line || plic.read(claim(0), 4) != 10) continue;
      plic.set_wire(10, false);
      plic.write(claim(0), 4, 10);
      ++served;
    }
  });
  std::jthread other([&] {  // settles at the worst moments
    for (; !done; std::this_thread::yield()) plic.write(threshold(0), 4, 0);
  });
  for (int round = 1; round <= kRounds; ++round) {
    plic.set_wire(10, true);
    while (served < round) std::this_thread::yield();  // a lost request never ends
  }
  done = true;
  hart.join();
  other.join();
  EXPECT_EQ(served, kRounds);
  EXPECT_FALSE(line);
  EXPECT_EQ(plic.read(claim(0), 4), 0u) << "the line says what a claim would find";
}

TEST(Plic, AWireToNowhereIsOurMistake) {
  Scene scene;
  EXPECT_THROW(scene.plic.set_wire(0, true), CheckFailure);
  EXPECT_THROW(scene.plic.set_wire(96, true), CheckFailure);
}

}  // namespace
}  // namespace roost
