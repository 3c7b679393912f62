#include "vmm/machine/boot.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "tests/kit/elf_builder.hpp"
#include "vmm/machine/memory_map.hpp"

namespace roost {
namespace {

std::vector<std::byte> raw(std::size_t size) { return std::vector<std::byte>(size, std::byte{0x13}); }

MachineConfig config_with(std::uint64_t memory, std::vector<std::byte> image) {
  MachineConfig config;
  config.name = "a";
  config.vcpus = 2;
  config.memory = memory;
  config.image_name = "guest";
  config.image = std::move(image);
  return config;
}

GuestRam ram_for(const MachineConfig& config) {
  return std::move(GuestRam::create(kRamBase, config.memory).value());
}

TEST(Boot, TheDeviceTreeLiesWhereQemuPutsIt) {
  for (const auto& [memory, at] : {std::pair{128ULL << 20, 0x87e0'0000ULL}, std::pair{4ULL << 30, 0xbfe0'0000ULL}}) {
    const auto config = config_with(memory, raw(64));
    GuestRam ram = ram_for(config);
    const auto boot = prepare_boot(config, ram);
    ASSERT_TRUE(boot) << boot.error().sentence;
    EXPECT_EQ(value(boot->device_tree), at);
    std::uint32_t magic;
    std::memcpy(&magic, ram.host(boot->device_tree, 4), 4);
    EXPECT_EQ(magic, 0xedfe0dd0u);
  }
}

TEST(Boot, InASmallRamTheDeviceTreeGoesBehindTheImage) {
  const auto config = config_with(2 << 20, raw(64 * 1024));
  GuestRam ram = ram_for(config);
  const auto boot = prepare_boot(config, ram);
  ASSERT_TRUE(boot) << boot.error().sentence;
  EXPECT_GE(value(boot->device_tree), value(kRamBase) + 64 * 1024);
  EXPECT_EQ(value(boot->device_tree) % 8, 0u);
}

TEST(Boot, SaysWhenTheImageLeavesNoRoomForTheDeviceTree) {
  const auto config = config_with(2 << 20, raw(2 << 20));
  GuestRam ram = ram_for(config);
  const auto boot = prepare_boot(config, ram);
  ASSERT_FALSE(boot);
  EXPECT_EQ(boot.error().sentence.find("guest: leaves no room for the device tree ("), 0u);
  EXPECT_NE(boot.error().sentence.find("try --memory 6M"), std::string::npos);
}

TEST(Boot, FirmwareStartsFirstAndIsToldWhereTheImageIs) {
  auto config = config_with(16 << 20, raw(64));
  config.firmware_name = "fw";
  config.firmware = raw(128);
  GuestRam ram = ram_for(config);
  const auto boot = prepare_boot(config, ram);
  ASSERT_TRUE(boot) << boot.error().sentence;
  EXPECT_EQ(boot->entry, kRamBase);
  std::array<std::uint64_t, 6> info;
  std::memcpy(info.data(), ram.host(boot->firmware_info, sizeof(info)), sizeof(info));
  EXPECT_EQ(info, (std::array<std::uint64_t, 6>{0x4942534f, 2, 0x8020'0000, 1, 0, 0}));
}

TEST(Boot, RefusesAnImageThatLiesOverTheFirmware) {
  kit::ElfBuilder elf;
  elf.segment(0x8000'0000, "code", 4);
  auto config = config_with(16 << 20, elf.bytes());
  config.firmware_name = "fw";
  config.firmware = raw(128);
  GuestRam ram = ram_for(config);
  const auto boot = prepare_boot(config, ram);
  ASSERT_FALSE(boot);
  EXPECT_EQ(boot.error().sentence,
            "guest: lies over the firmware fw (0x80000000 to 0x8000007f); link it at 0x80200000");
}

}  // namespace
}  // namespace roost
