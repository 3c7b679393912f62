#include "vmm/machine/boot.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "vmm/machine/device_tree.hpp"
#include "vmm/machine/loader.hpp"
#include "vmm/machine/memory_map.hpp"

namespace roost {
namespace {

/// OpenSBI's struct fw_dynamic_info, version 2.
struct FirmwareInfo {
  std::uint64_t magic = 0x4942534f;
  std::uint64_t version = 2;
  std::uint64_t next_address = 0;
  std::uint64_t next_mode = 1;  // supervisor
  std::uint64_t options = 0;
  std::uint64_t boot_hart = 0;  // QEMU names the first hart too: the others wait for it
};
static_assert(sizeof(FirmwareInfo) == 48);

constexpr std::uint64_t kLargePage = 2ULL << 20;
constexpr GuestPhys kDeviceTreeCeiling{0xc000'0000};  // firmware with 32-bit leanings, and QEMU, keep it below 3 GiB

struct Span {
  std::uint64_t from, size;
  bool meets(const Loaded& image) const { return from <= value(image.last) && value(image.first) < from + size; }
};

bool overlap(const Loaded& a, const Loaded& b) { return a.first <= b.last && b.first <= a.last; }

/// Where `size` bytes of boot data go: as QEMU does it, at a 2 MiB boundary near the end of RAM; in a small RAM as far
/// up as they can.
std::optional<GuestPhys> find_room(const GuestRam& ram, std::uint64_t size, const std::vector<Loaded>& taken) {
  const std::uint64_t end = std::min(value(ram.base()) + ram.size(), value(kDeviceTreeCeiling));
  if (size > end - value(ram.base())) return std::nullopt;
  for (const std::uint64_t alignment : {kLargePage, std::uint64_t{8}}) {
    const Span span{(end - size) & ~(alignment - 1), size};
    const auto in_the_way = [&](const Loaded& image) { return span.meets(image); };
    if (ram.contains(GuestPhys{span.from}, size) && std::none_of(taken.begin(), taken.end(), in_the_way))
      return GuestPhys{span.from};
  }
  return std::nullopt;
}

Result<std::vector<Loaded>> load_all(const MachineConfig& config, GuestRam& ram) {
  std::vector<Loaded> loaded;
  const bool firmware = !config.firmware.empty();
  if (firmware) {
    auto first = load_image(ram, config.firmware_name, config.firmware, kRamBase);
    if (!first) return first.error();
    loaded.push_back(*first);
  }
  const GuestPhys raw_base{value(kRamBase) + (firmware ? kImageAfterFirmware : 0)};
  auto image = load_image(ram, config.image_name, config.image, raw_base);
  if (!image) return image.error();
  if (firmware && overlap(loaded.front(), *image))
    return Error{fmt::format("{}: lies over the firmware {} ({:#x} to {:#x}); link it at {:#x}", config.image_name,
                             config.firmware_name, value(loaded.front().first), value(loaded.front().last),
                             value(kRamBase) + kImageAfterFirmware)};
  loaded.push_back(*image);
  return loaded;
}

}  // namespace

Result<Boot> prepare_boot(const MachineConfig& config, GuestRam& ram) {
  const auto loaded = load_all(config, ram);
  if (!loaded) return loaded.error();
  const auto tree = device_tree({.harts = config.vcpus, .memory = config.memory, .args = config.args});
  if (!tree) return Error{fmt::format("{}: {}", config.name, tree.error().sentence)};

  const Loaded& image = loaded->back();
  const FirmwareInfo info{.next_address = value(image.entry)};
  const std::uint64_t info_offset = (tree->size() + 7) & ~7ULL;
  const std::uint64_t size = info_offset + sizeof(info);
  const auto at = find_room(ram, size, *loaded);
  if (!at)
    return Error{fmt::format("{}: leaves no room for the device tree ({} bytes) in RAM ({}); try --memory {}M",
                             config.image_name, size, spoken_ram(ram), (ram.size() >> 20) + 4)};
  std::byte* host = ram.host(*at, size);
  std::copy(tree->begin(), tree->end(), host);
  std::memcpy(host + info_offset, &info, sizeof(info));
  return Boot{.entry = loaded->front().entry, .device_tree = *at, .firmware_info = GuestPhys{value(*at) + info_offset},
              .tohost = image.tohost, .fromhost = image.fromhost};
}

}  // namespace roost
