#include "vmm/machine/device_tree.hpp"

#include <gtest/gtest.h>
#include <libfdt.h>

#include <map>
#include <string>

#include "vmm/machine/memory_map.hpp"

namespace roost {
namespace {

/// Reads a tree back with libfdt's other half.
class Tree {
 public:
  explicit Tree(const Board& board) : blob_(std::move(device_tree(board).value())) {}

  bool is_sound() const { return fdt_check_full(blob_.data(), blob_.size()) == 0; }
  bool has(const std::string& node) const { return fdt_path_offset(blob_.data(), node.c_str()) >= 0; }
  std::string text(const std::string& node, const char* property) const {
    int length = 0;
    const auto* data = static_cast<const char*>(raw(node, property, length));
    return data != nullptr && length > 0 ? std::string(data, static_cast<std::size_t>(length - 1)) : "(none)";
  }
  std::vector<std::uint32_t> cells(const std::string& node, const char* property) const {
    int length = 0;
    const auto* data = static_cast<const fdt32_t*>(raw(node, property, length));
    std::vector<std::uint32_t> out;
    for (int i = 0; data != nullptr && i < length / 4; ++i) out.push_back(fdt32_to_cpu(data[i]));
    return out;
  }
  std::uint32_t cell(const std::string& node, const char* property) const {
    const auto all = cells(node, property);
    return all.size() == 1 ? all[0] : 0xdeadbeef;
  }

 private:
  const void* raw(const std::string& node, const char* property, int& length) const {
    const int offset = fdt_path_offset(blob_.data(), node.c_str());
    return offset < 0 ? nullptr : fdt_getprop(blob_.data(), offset, property, &length);
  }
  std::vector<std::byte> blob_;
};

TEST(DeviceTree, IsSoundForAnyNumberOfHarts) {
  for (const std::uint32_t harts : {1u, 2u, 17u, kMaxVcpus}) {
    const Tree tree({.harts = harts, .memory = 128 << 20, .args = "x"});
    EXPECT_TRUE(tree.is_sound()) << harts;
    EXPECT_TRUE(tree.has("/cpus/cpu@" + std::string(harts == 17 ? "10" : "0")));
  }
}

TEST(DeviceTree, DescribesMemoryAndArguments) {
  const Tree tree({.harts = 1, .memory = 5ULL << 30, .args = "rounds=7 quiet"});
  EXPECT_EQ(tree.text("/memory@80000000", "device_type"), "memory");
  EXPECT_EQ(tree.cells("/memory@80000000", "reg"), (std::vector<std::uint32_t>{0, 0x80000000, 1, 0x40000000}));
  EXPECT_EQ(tree.text("/chosen", "bootargs"), "rounds=7 quiet");
  EXPECT_EQ(tree.text("/chosen", "stdout-path"), "/soc/serial@10000000");
}

TEST(DeviceTree, HasNoBootargsWithoutArguments) {
  EXPECT_EQ(Tree({.harts = 1, .memory = 2 << 20, .args = ""}).text("/chosen", "bootargs"), "(none)");
}

TEST(DeviceTree, DescribesEachHart) {
  const Tree tree({.harts = 3, .memory = 2 << 20, .args = ""});
  EXPECT_EQ(tree.cell("/cpus", "timebase-frequency"), 10'000'000u);
  EXPECT_EQ(tree.text("/cpus/cpu@2", "riscv,isa"), "rv64imafdc_zicsr_zifencei_zihintpause_zawrs");
  EXPECT_EQ(tree.text("/cpus/cpu@2", "mmu-type"), "riscv,sv48");
  EXPECT_EQ(tree.text("/cpus/cpu@2", "status"), "okay");
  EXPECT_EQ(tree.cell("/cpus/cpu@2", "reg"), 2u);
  EXPECT_EQ(tree.text("/cpus/cpu@2/interrupt-controller", "compatible"), "riscv,cpu-intc");
  EXPECT_EQ(tree.cell("/cpus/cpu-map/cluster0/core2", "cpu"), tree.cell("/cpus/cpu@2", "phandle"));
  EXPECT_FALSE(tree.has("/cpus/cpu@3"));
}

TEST(DeviceTree, WiresEveryHartToTheInterruptControllers) {
  const Tree tree({.harts = 2, .memory = 2 << 20, .args = ""});
  const std::uint32_t first = tree.cell("/cpus/cpu@0/interrupt-controller", "phandle");
  const std::uint32_t second = tree.cell("/cpus/cpu@1/interrupt-controller", "phandle");
  EXPECT_EQ(tree.cells("/soc/clint@2000000", "interrupts-extended"),
            (std::vector<std::uint32_t>{first, 3, first, 7, second, 3, second, 7}));
  EXPECT_EQ(tree.cells("/soc/plic@c000000", "interrupts-extended"),
            (std::vector<std::uint32_t>{first, 11, first, 9, second, 11, second, 9}));
  EXPECT_EQ(tree.cell("/soc/serial@10000000", "interrupt-parent"), tree.cell("/soc/plic@c000000", "phandle"));
  EXPECT_EQ(tree.cell("/soc/serial@10000000", "interrupts"), 10u);
}

TEST(DeviceTree, PlacesTheDevices) {
  const Tree tree({.harts = 1, .memory = 2 << 20, .args = ""});
  const std::map<std::string, std::vector<std::uint32_t>> places = {
      {"/soc/test@100000", {0, 0x100000, 0, 0x1000}},
      {"/soc/clint@2000000", {0, 0x2000000, 0, 0x10000}},
      {"/soc/plic@c000000", {0, 0xc000000, 0, 0x600000}},
      {"/soc/serial@10000000", {0, 0x10000000, 0, 0x100}},
  };
  for (const auto& [node, reg] : places) EXPECT_EQ(tree.cells(node, "reg"), reg) << node;
  EXPECT_EQ(tree.text("/soc/plic@c000000", "compatible"), std::string("sifive,plic-1.0.0\0riscv,plic0", 30));
  EXPECT_EQ(tree.text("/soc/clint@2000000", "compatible"), std::string("sifive,clint0\0riscv,clint0", 26));
  EXPECT_EQ(tree.text("/soc/test@100000", "compatible"), std::string("sifive,test1\0sifive,test0\0syscon", 32));
}

TEST(DeviceTree, TellsHowToEndTheMachine) {
  const Tree tree({.harts = 1, .memory = 2 << 20, .args = ""});
  EXPECT_EQ(tree.cell("/poweroff", "value"), 0x5555u);
  EXPECT_EQ(tree.cell("/reboot", "value"), 0x7777u);
  EXPECT_EQ(tree.cell("/poweroff", "regmap"), tree.cell("/soc/test@100000", "phandle"));
}

TEST(DeviceTree, RefusesArgumentsThatAStringCannotHold) {
  EXPECT_FALSE(device_tree({.harts = 1, .memory = 2 << 20, .args = std::string_view("a\0b", 3)}));
  const std::string long_args(2 << 20, 'x');
  EXPECT_FALSE(device_tree({.harts = 1, .memory = 2 << 20, .args = long_args}));
}

}  // namespace
}  // namespace roost
