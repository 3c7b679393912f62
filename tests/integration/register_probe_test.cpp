// The devices answer as QEMU's do: the same seeded accesses on both give the same values, faults and interrupt lines.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "tests/kit/run_machine.hpp"
#include "tests/kit/scratch_file.hpp"

namespace roost {
namespace {

constexpr std::uint64_t kSeedPlace = 0x5eed'5eed'5eed'5eed;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The probe with `seed` in the place that it keeps for it.
std::string probe_with(std::uint64_t seed) {
  std::string elf = read_file(ROOST_REGISTER_PROBE);
  const std::string place(reinterpret_cast<const char*>(&kSeedPlace), 8);
  const auto at = elf.find(place);
  if (at == std::string::npos) return {};
  elf.replace(at, 8, reinterpret_cast<const char*>(&seed), 8);
  return elf;
}

/// What follows the mark: one line for each step.
std::vector<std::string> steps(const std::string& printed) {
  std::vector<std::string> lines;
  const std::string mark = "\nPROBED\n";
  const auto at = printed.find(mark);
  if (at == std::string::npos) return lines;
  std::istringstream in(printed.substr(at + mark.size()));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> on_roost(const std::string& elf) {
  MachineConfig config;
  config.name = "probe";
  config.image_name = "register_probe";
  config.vcpus = 2;
  const auto* first = reinterpret_cast<const std::byte*>(elf.data());
  config.image.assign(first, first + elf.size());
  kit::MachineBench bench(config);
  EXPECT_TRUE(bench.machine) << bench.refusal;
  if (!bench.machine) return {};
  EXPECT_EQ(bench.run().why, kit::Ended::Stopped);
  return steps(bench.printed);
}

std::vector<std::string> on_qemu(const std::string& elf) {
  const kit::ScratchFile probe("probe.elf", elf), printed("printed");
  const std::string command =
      "timeout 60 qemu-system-riscv64 -machine virt -smp 2 -bios none -display none -monitor none -serial file:" +
      printed.path() + " -kernel " + probe.path() + " </dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0) << "is Debian's package qemu-system-misc installed?";
  return steps(printed.content());
}

/// ROOST_SEED=N replays one row of accesses.
TEST(RegisterProbe, DevicesAnswerAsOnQemu) {
  const char* given = std::getenv("ROOST_SEED");
  const std::uint64_t first = given ? std::strtoull(given, nullptr, 0) : 1;
  const std::uint64_t last = given ? first : 25;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("replay with ROOST_SEED=" + std::to_string(seed));
    const std::string elf = probe_with(seed * 0x9e3779b97f4a7c15);
    ASSERT_FALSE(elf.empty()) << ROOST_REGISTER_PROBE << " was not built";
    const auto ours = on_roost(elf), qemus = on_qemu(elf);
    ASSERT_EQ(ours.size(), 600u);
    ASSERT_EQ(qemus.size(), ours.size());
    const auto differ = std::mismatch(ours.begin(), ours.end(), qemus.begin());
    if (differ.first == ours.end()) continue;
    std::string before;
    for (auto step = std::max(ours.begin(), differ.first - 40); step != differ.first; ++step) before += *step + "\n";
    FAIL() << "what size address stored loaded cause mip\n" << before << "ours:  " << *differ.first
           << "\nQEMU:  " << *differ.second;
  }
}

}  // namespace
}  // namespace roost
