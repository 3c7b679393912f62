#include "vmm/machine/machine.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/kit/elf_builder.hpp"
#include "tests/kit/run_machine.hpp"

namespace roost {
namespace {

using kit::Ended;
using kit::MachineBench;

// Hart 0 prints the text behind the code through the UART and passes; the others halt.
const std::vector<std::uint32_t> kHello{
    0xf14022f3, 0x02029a63, 0x10000337, 0x00000397, 0x03438393, 0x0003ce03, 0x000e0863, 0x01c30023,
    0x00138393, 0xff1ff06f, 0x00100eb7, 0x00005f37, 0x555f0f13, 0x01eea023, 0x10500073, 0xffdff06f};

// Waits for the UART's interrupt through the PLIC, claims it, echoes the byte, completes, and fails with it as code.
const std::vector<std::uint32_t> kEcho{
    0x10000337, 0x00100293, 0x005300a3, 0x0c0003b7, 0x0253a423, 0x00002e37, 0x007e0e33, 0x40000e93,
    0x01de2023, 0x00001eb7, 0x800e8e9b, 0x304ea073, 0x10500073, 0x34402ef3, 0x034e9e93, 0xfe0edae3,
    0x00200f37, 0x007f0f33, 0x004f2f83, 0x00034683, 0x00d30023, 0x01ff2223, 0x01069693, 0x00003737,
    0x33370713, 0x00e6e6b3, 0x001007b7, 0x00d7a023, 0x0000006f};

// Hart 0 halts until its timer comes (100 us), then interrupts hart 1, which clears the interrupt and passes.
const std::vector<std::uint32_t> kTimerAndIpi{
    0xf14022f3, 0x02000337, 0x04029063, 0x0200c3b7, 0xff83be03, 0x3e8e0e13, 0x02004eb7, 0x01ceb023,
    0x08000f13, 0x304f2073, 0x10500073, 0x34402ff3, 0x01efffb3, 0xfe0f8ae3, 0x00100293, 0x00532223,
    0x10500073, 0xffdff06f, 0x00800f13, 0x304f2073, 0x10500073, 0x34402ff3, 0x01efffb3, 0xfe0f8ae3,
    0x00032223, 0x34402ff3, 0x01efffb3, 0xfe0f92e3, 0x00100eb7, 0x00005f37, 0x555f0f13, 0x01eea023,
    0xfc1ff06f};

// Stores 7 << 1 | 1 to the doubleword 4096 bytes behind the start, and spins.
const std::vector<std::uint32_t> kHostInterface{
    0x00001297, 0x00f00313, 0x0062b023, 0x0000006f};

// Spins.
const std::vector<std::uint32_t> kSpin{0x0000006f};

std::string code(const std::vector<std::uint32_t>& words, const std::string& behind = "") {
  return std::string(reinterpret_cast<const char*>(words.data()), words.size() * 4) + behind;
}

MachineConfig config_of(const std::string& image) {
  MachineConfig config;
  config.name = "a";
  config.memory = 4 << 20;
  config.image_name = "guest.elf";
  const auto* first = reinterpret_cast<const std::byte*>(image.data());
  config.image.assign(first, first + image.size());
  return config;
}

MachineConfig config_of(kit::ElfBuilder elf) {
  MachineConfig config = config_of(std::string("x"));
  config.image = elf.bytes();
  return config;
}

TEST(Machine, AGuestPrintsAndPasses) {
  MachineBench bench(config_of(code(kHello, "hello, roost\n")));
  ASSERT_TRUE(bench.machine) << bench.refusal;
  const auto run = bench.run();
  EXPECT_EQ(run.why, Ended::Stopped);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(bench.printed, "hello, roost\n");
}

TEST(Machine, EveryHartStartsAndTheFinisherStopsAll) {
  MachineConfig config = config_of(code(kHello, "hi"));
  config.vcpus = 7;
  config.first_vcpu = VcpuId{100};
  MachineBench bench(std::move(config));
  ASSERT_TRUE(bench.machine) << bench.refusal;
  EXPECT_EQ(bench.machine->vcpus().size(), 7u);
  EXPECT_EQ(bench.run().why, Ended::Stopped);
  EXPECT_EQ(bench.printed, "hi");
  for (Vcpu* vcpu : bench.machine->vcpus()) EXPECT_EQ(vcpu->run({}).why, ExitWhy::Stopped);
}

TEST(Machine, ConsoleInputInterruptsTheGuest) {
  MachineBench bench(config_of(code(kEcho)));
  ASSERT_TRUE(bench.machine) << bench.refusal;
  EXPECT_EQ(bench.run().why, Ended::AllHaltedForever);
  bench.machine->console_input("A");
  const auto run = bench.run();
  EXPECT_EQ(run.why, Ended::Stopped);
  EXPECT_EQ(run.exit_code, 'A');
  EXPECT_EQ(bench.printed, "A");
}

TEST(Machine, TimersAndSoftwareInterruptsReachTheirHarts) {
  MachineConfig config = config_of(code(kTimerAndIpi));
  config.vcpus = 2;
  MachineBench bench(std::move(config));
  ASSERT_TRUE(bench.machine) << bench.refusal;
  const auto run = bench.run(100'000);
  EXPECT_EQ(run.why, Ended::Stopped);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_GE(bench.clock.now(), time_at(100'000));
}

TEST(Machine, AnElfStartsAtItsEntryAndEndsThroughTheHostInterface) {
  kit::ElfBuilder elf;
  elf.header.entry = 0x8000'0100;
  elf.segment(0x8000'0100, code(kHostInterface), 0x2000);
  elf.symbol("tohost", 0x8000'1100);
  MachineBench bench(config_of(elf));
  ASSERT_TRUE(bench.machine) << bench.refusal;
  const auto run = bench.run(100'000);
  EXPECT_EQ(run.why, Ended::Stopped);
  EXPECT_EQ(run.exit_code, 7);
}

TEST(Machine, TheFirstWhoStopsItDecides) {
  MachineBench bench(config_of(code(kSpin)));
  ASSERT_TRUE(bench.machine) << bench.refusal;
  EXPECT_EQ(bench.run(1000).why, Ended::InstructionLimit);
  EXPECT_FALSE(bench.machine->stopped());
  bench.machine->stop(3);
  bench.machine->stop(4);
  EXPECT_TRUE(bench.machine->stopped());
  EXPECT_EQ(bench.machine->exit_code(), 3);
  EXPECT_EQ(bench.run().why, Ended::Stopped);
}

TEST(Machine, TwoRunsAreTheSame) {
  const auto instructions = [] {
    MachineConfig config = config_of(code(kTimerAndIpi));
    config.vcpus = 2;
    return MachineBench(std::move(config)).run().retired;
  };
  EXPECT_EQ(instructions(), instructions());
}

std::string refusal(MachineConfig config) { return MachineBench(std::move(config)).refusal; }

TEST(Machine, SaysWhatIsWrongWithItsSize) {
  MachineConfig config = config_of(code(kSpin));
  config.vcpus = 0;
  EXPECT_EQ(refusal(config), "a: 0 vCPUs; the board has 1 to 512");
  config.vcpus = 513;
  EXPECT_EQ(refusal(config), "a: 513 vCPUs; the board has 1 to 512");
  config.vcpus = 1;
  config.memory = 1 << 20;
  EXPECT_EQ(refusal(config), "a: 1 MiB of memory; give at least 2 MiB (--memory 2M)");
  config.memory = (4 << 20) + 1;
  EXPECT_EQ(refusal(config), "a: 4194305 bytes of memory is no multiple of 4 KiB; round --memory up");
  config.memory = 1ULL << 62;
  EXPECT_NE(refusal(config).find("more than an address can reach"), std::string::npos);
}

TEST(Machine, TheSmallestMachineHoldsASmallGuest) {
  MachineConfig config = config_of(code(kHello, "x"));
  config.memory = 2 << 20;
  MachineBench bench(std::move(config));
  ASSERT_TRUE(bench.machine) << bench.refusal;
  EXPECT_EQ(bench.run().exit_code, 0);
}

}  // namespace
}  // namespace roost
