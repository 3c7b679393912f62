// Debian's OpenSBI comes up on our machine and takes a payload of ours through its services on every hart.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/kit/run_machine.hpp"

namespace roost {
namespace {

using kit::Ended;
using kit::MachineBench;

const std::string kFirmwareFolder = "/usr/lib/riscv64-linux-gnu/opensbi/generic/";

std::vector<std::byte> file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

struct Firmware : testing::TestWithParam<const char*> {
  void SetUp() override {
    config.name = "a";
    config.memory = 128 << 20;
    config.image_name = ROOST_OPENSBI_PAYLOAD;
    config.image = file(ROOST_OPENSBI_PAYLOAD);
    config.firmware_name = kFirmwareFolder + GetParam();
    config.firmware = file(config.firmware_name);
    ASSERT_FALSE(config.firmware.empty()) << config.firmware_name << " is not there; install Debian's package opensbi";
    ASSERT_FALSE(config.image.empty()) << ROOST_OPENSBI_PAYLOAD << " was not built";
  }

  /// Boots, expects the payload to end it well, and gives what was printed (the firmware's line ends are CR LF).
  std::string boot() {
    MachineBench bench(config);
    EXPECT_TRUE(bench.machine) << bench.refusal;
    if (!bench.machine) return {};
    const auto run = bench.run(400'000'000);
    EXPECT_EQ(run.why, Ended::Stopped);
    EXPECT_EQ(run.exit_code, 0);
    std::string printed = bench.printed;
    printed.erase(std::remove(printed.begin(), printed.end(), '\r'), printed.end());
    return printed;
  }

  /// The value behind `key` in the banner ("Platform HART Count       : 4").
  static std::string banner(const std::string& printed, const std::string& key) {
    const auto at = printed.find(key);
    if (at == std::string::npos) return "(no " + key + ")";
    const auto from = printed.find(": ", at) + 2;
    return printed.substr(from, printed.find('\n', from) - from);
  }

  MachineConfig config;
};

TEST_P(Firmware, ComesUpOnFourHartsAndServesThemAll) {
  config.vcpus = 4;
  const std::string printed = boot();
  SCOPED_TRACE(printed);
  EXPECT_EQ(banner(printed, "Platform HART Count"), "4");
  EXPECT_EQ(banner(printed, "Platform Console Device"), "uart8250");
  EXPECT_EQ(banner(printed, "Platform Timer Device"), "aclint-mtimer @ 10000000Hz");
  EXPECT_EQ(banner(printed, "Platform IPI Device"), "aclint-mswi");
  EXPECT_EQ(banner(printed, "Boot HART ISA Extensions"), "time");
  EXPECT_EQ(banner(printed, "Boot HART Base ISA"), "rv64imafdc");
  for (const char hart : std::string("0123")) {
    if (printed.find(std::string("payload: boot hart ") + hart) != std::string::npos) continue;
    EXPECT_NE(printed.find(std::string("payload: hart ") + hart + " is here\n"), std::string::npos);
    EXPECT_NE(printed.find(std::string("payload: hart ") + hart + " was interrupted\n"), std::string::npos);
  }
  EXPECT_NE(printed.find("payload: done on harts: 4\n"), std::string::npos);
}

TEST_P(Firmware, ComesUpOnOneHart) {
  const std::string printed = boot();
  SCOPED_TRACE(printed);
  EXPECT_EQ(banner(printed, "Platform HART Count"), "1");
  EXPECT_NE(printed.find("payload: done on harts: 1\n"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Opensbi, Firmware,
                         testing::Values("fw_jump.elf", "fw_jump.bin", "fw_dynamic.elf", "fw_dynamic.bin"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace roost
