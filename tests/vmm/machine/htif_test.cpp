#include "vmm/machine/htif.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "vmm/machine/memory_map.hpp"

namespace roost {
namespace {

constexpr std::uint64_t kTohost = 0x8000'1000, kFromhost = 0x8000'1040, kCall = 0x8000'2000, kText = 0x8000'3000;

struct Scene {
  GuestRam ram = std::move(GuestRam::create(kRamBase, 2 << 20).value());
  std::string printed;
  ConsoleOutput console{[this](std::string_view bytes) { printed += bytes; }};
  std::vector<int> codes;
  Htif htif{ram, console, GuestPhys{kTohost}, GuestPhys{kFromhost}, [this](int code) { codes.push_back(code); }};

  void put(std::uint64_t at, std::uint64_t word) { std::memcpy(ram.host(GuestPhys{at}, 8), &word, 8); }
  std::uint64_t get(std::uint64_t at) const {
    std::uint64_t word;
    std::memcpy(&word, ram.host(GuestPhys{at}, 8), 8);
    return word;
  }
  void request(std::uint64_t word) {
    put(kTohost, word);
    htif.on_tohost(word);
  }
  void call(std::uint64_t number, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    for (unsigned i = 0; i < 4; ++i) put(kCall + 8 * i, std::array{number, a, b, c}[i]);
    request(kCall);
  }
};

TEST(Htif, AnOddValueEndsTheMachineWithTheRest) {
  Scene scene;
  scene.request(1);
  scene.request(5 << 1 | 1);
  EXPECT_EQ(scene.codes, (std::vector{0, 5}));
}

TEST(Htif, DeviceOnePrintsAByteAndTheRequestIsTaken) {
  Scene scene;
  for (const char c : std::string_view("hi")) scene.request(1ULL << 56 | 1ULL << 48 | static_cast<unsigned char>(c));
  EXPECT_EQ(scene.printed, "hi");
  EXPECT_EQ(scene.get(kTohost), 0u);
  EXPECT_TRUE(scene.codes.empty());
}

TEST(Htif, WriteCallPrintsFromRamAndAnswers) {
  Scene scene;
  std::memcpy(scene.ram.host(GuestPhys{kText}, 6), "hello\n", 6);
  scene.call(64, 1, kText, 6);
  EXPECT_EQ(scene.printed, "hello\n");
  EXPECT_EQ(scene.get(kCall), 6u);
  EXPECT_EQ(scene.get(kFromhost), 1u);
}

TEST(Htif, WriteCallOutsideRamIsABadAddress) {
  Scene scene;
  scene.call(64, 1, 0x1000, 6);
  EXPECT_EQ(static_cast<std::int64_t>(scene.get(kCall)), -14);
  scene.call(64, 1, 0x801f'ffff, UINT64_MAX);
  EXPECT_EQ(static_cast<std::int64_t>(scene.get(kCall)), -14);
  EXPECT_TRUE(scene.printed.empty());
}

TEST(Htif, ExitCallEndsTheMachine) {
  Scene scene;
  scene.call(93, 7, 0, 0);
  EXPECT_EQ(scene.codes, std::vector{7});
}

TEST(Htif, UnknownCallsSaySo) {
  Scene scene;
  scene.call(1000, 0, 0, 0);
  EXPECT_EQ(static_cast<std::int64_t>(scene.get(kCall)), -38);
}

TEST(Htif, WildRequestsDoNoHarm) {
  Scene scene;
  for (const std::uint64_t word : {0ULL, 2ULL, 0x8000'2004ULL, 0x801f'fff8ULL, 0xff00'0000'0000'0001ULL, ~1ULL})
    scene.request(word);
  EXPECT_TRUE(scene.codes.empty());
  EXPECT_TRUE(scene.printed.empty());
}

}  // namespace
}  // namespace roost
