#include "vmm/devices/uart16550.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/kit/fake_lines.hpp"

namespace roost {
namespace {

enum Register : std::uint64_t { kData, kIer, kIirFcr, kLcr, kMcr, kLsr, kMsr, kScr };

struct Scene {
  std::string printed;
  ConsoleOutput console{[this](std::string_view bytes) { printed += bytes; }};
  kit::FakeLine line;
  Uart16550 uart{console, line.wire()};

  std::uint64_t read(Register which) { return uart.read(which, 1); }
  void write(Register which, std::uint64_t value) { uart.write(which, 1, value); }
};

TEST(Uart16550, PrintsWhatIsStoredAndIsAlwaysReadyForMore) {
  Scene scene;
  EXPECT_EQ(scene.read(kLsr), 0x60u);
  for (const char c : std::string_view("hello\n")) scene.write(kData, static_cast<unsigned char>(c));
  EXPECT_EQ(scene.printed, "hello\n");
  EXPECT_EQ(scene.read(kLsr), 0x60u);
}

TEST(Uart16550, ComesUpAsOnTheBoard) {
  Scene scene;
  EXPECT_EQ(scene.read(kIer), 0u);
  EXPECT_EQ(scene.read(kIirFcr), 0x01u);
  EXPECT_EQ(scene.read(kLcr), 0u);
  EXPECT_EQ(scene.read(kMcr), 0x08u);
  EXPECT_EQ(scene.read(kMsr), 0xb0u);
  EXPECT_EQ(scene.read(kScr), 0u);
  EXPECT_EQ(scene.read(kData), 0u);
}

TEST(Uart16550, DlabTurnsTheFirstTwoRegistersIntoTheDivisor) {
  Scene scene;
  scene.write(kLcr, 0x83);
  scene.write(kData, 0x34);
  scene.write(kIer, 0x12);
  EXPECT_EQ(scene.read(kData), 0x34u);
  EXPECT_EQ(scene.read(kIer), 0x12u);
  scene.write(kLcr, 0x03);
  EXPECT_EQ(scene.read(kIer), 0u);
  EXPECT_TRUE(scene.printed.empty());
}

TEST(Uart16550, ScratchKeepsItsByte) {
  Scene scene;
  scene.uart.write(kScr, 4, 0xffffffa5);
  EXPECT_EQ(scene.uart.read(kScr, 4), 0xa5u);
}

TEST(Uart16550, GivesReceivedBytesInOrder) {
  Scene scene;
  EXPECT_EQ(scene.uart.receive("abc"), 3u);
  std::string got;
  while (scene.read(kLsr) & 1) got += static_cast<char>(scene.read(kData));
  EXPECT_EQ(got, "abc");
}

TEST(Uart16550, WithoutFifosTheReceiverKeepsItsLastByte) {
  Scene scene;
  scene.uart.receive("a");
  EXPECT_EQ(scene.read(kData), std::uint64_t{'a'});
  EXPECT_EQ(scene.read(kLsr) & 1, 0u);
  EXPECT_EQ(scene.read(kData), std::uint64_t{'a'});
}

TEST(Uart16550, EnablingWhatIsEnabledInterruptsNoSecondTime) {
  Scene scene;
  scene.write(kIer, 0x02);
  scene.read(kIirFcr);
  scene.write(kIer, 0x02);
  EXPECT_FALSE(scene.line.level);
  scene.write(kIirFcr, 0x04);
  EXPECT_TRUE(scene.line.level) << "a cleared transmitter is newly empty";
}

TEST(Uart16550, InputNeverOverrunsTheFifo) {
  Scene scene;
  scene.write(kIirFcr, 0x01);
  const std::string sent(1000, 'x');
  scene.uart.receive(sent);
  std::string got;
  for (std::uint64_t status; (status = scene.read(kLsr)) & 1;) {
    EXPECT_EQ(status & 0x02, 0u);
    got += static_cast<char>(scene.read(kData));
  }
  EXPECT_EQ(got, sent);
}

TEST(Uart16550, InputThatNobodyReadsIsBounded) {
  Scene scene;
  const std::string much(3 * Uart16550::kInputLimit, 'x');
  EXPECT_EQ(scene.uart.receive(much), Uart16550::kInputLimit);
  EXPECT_LE(scene.uart.receive(much), 16u);
  EXPECT_EQ(scene.uart.receive(much), 0u);
}

TEST(Uart16550, ReceivedDataInterruptsUntilItIsRead) {
  Scene scene;
  scene.uart.receive("a");
  EXPECT_FALSE(scene.line.level);
  scene.write(kIer, 0x01);
  EXPECT_TRUE(scene.line.level);
  EXPECT_EQ(scene.read(kIirFcr), 0x04u);
  EXPECT_TRUE(scene.line.level);
  scene.read(kData);
  EXPECT_FALSE(scene.line.level);
  EXPECT_EQ(scene.read(kIirFcr), 0x01u);
}

TEST(Uart16550, BelowTheTriggerLevelTheInterruptIsATimeout) {
  Scene scene;
  scene.write(kIirFcr, 0x81);  // 8 bytes
  scene.write(kIer, 0x01);
  scene.uart.receive("1234567");
  EXPECT_EQ(scene.read(kIirFcr), 0xccu);
  scene.uart.receive("8");
  EXPECT_EQ(scene.read(kIirFcr), 0xc4u);
  scene.read(kData);
  EXPECT_EQ(scene.read(kIirFcr), 0xccu);
}

TEST(Uart16550, AnEmptyTransmitterInterruptsOnceUntilNoticed) {
  Scene scene;
  scene.write(kIer, 0x02);
  EXPECT_TRUE(scene.line.level) << "it is empty when the interrupt is enabled";
  EXPECT_EQ(scene.read(kIirFcr), 0x02u);
  EXPECT_FALSE(scene.line.level) << "reading IIR takes notice";
  EXPECT_EQ(scene.read(kIirFcr), 0x01u);
  scene.write(kData, 'x');
  EXPECT_TRUE(scene.line.level);
  EXPECT_EQ(scene.printed, "x");
  scene.write(kIer, 0x00);
  EXPECT_FALSE(scene.line.level);
}

TEST(Uart16550, ReceivedDataComesBeforeAnEmptyTransmitter) {
  Scene scene;
  scene.write(kIer, 0x03);
  scene.uart.receive("a");
  EXPECT_EQ(scene.read(kIirFcr), 0x04u);
  scene.read(kData);
  EXPECT_EQ(scene.read(kIirFcr), 0x02u);
}

TEST(Uart16550, SwitchingOrClearingTheFifosEmptiesTheReceiver) {
  Scene scene;
  scene.uart.receive("a");
  scene.write(kIirFcr, 0x01);
  EXPECT_EQ(scene.read(kLsr) & 1, 0u);
  scene.uart.receive("b");
  scene.write(kIirFcr, 0x03);
  EXPECT_EQ(scene.read(kLsr) & 1, 0u);
  EXPECT_EQ(scene.read(kIirFcr) & 0xc0, 0xc0u);
}

TEST(Uart16550, LoopedItHearsItselfAndNobodyElse) {
  Scene scene;
  scene.write(kMcr, 0x1f);
  EXPECT_EQ(scene.read(kMsr), 0xf0u);
  scene.write(kMcr, 0x12);
  EXPECT_EQ(scene.read(kMsr), 0x10u) << "RTS is CTS";
  scene.uart.receive("outside");
  EXPECT_EQ(scene.read(kLsr) & 1, 0u);
  scene.write(kData, 'l');
  EXPECT_TRUE(scene.printed.empty());
  EXPECT_EQ(scene.read(kData), std::uint64_t{'l'});
  scene.write(kMcr, 0x08);
  EXPECT_EQ(scene.read(kData), std::uint64_t{'o'});
}

TEST(Uart16550, LoopedOverrunIsSeenOnceAndInterrupts) {
  Scene scene;
  scene.write(kIer, 0x04);
  scene.write(kMcr, 0x10);
  scene.write(kData, '1');
  scene.write(kData, '2');
  EXPECT_TRUE(scene.line.level);
  EXPECT_EQ(scene.read(kIirFcr), 0x06u);
  EXPECT_EQ(scene.read(kLsr), 0x63u);
  EXPECT_FALSE(scene.line.level);
  EXPECT_EQ(scene.read(kLsr), 0x61u);
  EXPECT_EQ(scene.read(kData), std::uint64_t{'2'});
}

TEST(Uart16550, LoopedBytesStopAtTheFifosSize) {
  Scene scene;
  scene.write(kIirFcr, 0x01);
  scene.write(kMcr, 0x10);
  for (unsigned i = 0; i < 20; ++i) scene.write(kData, i);
  EXPECT_EQ(scene.read(kLsr) & 0x03, 0x03u);
  for (unsigned i = 0; i < 16; ++i) EXPECT_EQ(scene.read(kData), i);
  EXPECT_EQ(scene.read(kLsr) & 0x01, 0u);
}

TEST(Uart16550, RefusesOffsetsBeyondItsRegisters) {
  Scene scene;
  EXPECT_TRUE(scene.uart.accepts(7, 1));
  EXPECT_FALSE(scene.uart.accepts(8, 1));
  EXPECT_FALSE(scene.uart.accepts(0, 8));
}

}  // namespace
}  // namespace roost
