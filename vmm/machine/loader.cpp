#include "vmm/machine/loader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "vmm/machine/elf_image.hpp"

namespace roost {
namespace {

/// A --memory that would hold RAM up to and with the byte `last`; nothing if no RAM could.
std::string advice(const GuestRam& ram, GuestPhys at, std::uint64_t size) {
  constexpr std::uint64_t kMost = 1ULL << 40;
  const std::uint64_t end = value(at) + size;
  if (at < ram.base() || end < value(at) || end - value(ram.base()) > kMost)
    return fmt::format("link it at {:#x}", value(ram.base()));
  const std::uint64_t wanted = std::bit_ceil(end - value(ram.base()) + 1);  // one more: room for the device tree
  return fmt::format("try --memory {}M", std::max<std::uint64_t>(wanted >> 20, 2));
}

std::optional<Error> refuse(const GuestRam& ram, std::string_view name, const Segment& segment) {
  if (ram.contains(segment.at, segment.memory_size)) return std::nullopt;
  return Error{fmt::format("{}: segment {} ({:#x}, {}) lies outside RAM ({}); {}", name, segment.number,
                           value(segment.at), spoken_size(segment.memory_size), spoken_ram(ram),
                           advice(ram, segment.at, segment.memory_size))};
}

std::optional<Error> refuse_overlap(std::string_view name, std::vector<Segment> segments) {
  std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) { return a.at < b.at; });
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const Segment& below = segments[i - 1];
    if (value(segments[i].at) - value(below.at) < below.memory_size)
      return Error{fmt::format("{}: segments {} and {} overlap at {:#x}: it is damaged or linked wrongly", name,
                               below.number, segments[i].number, value(segments[i].at))};
  }
  return std::nullopt;
}

/// What lies beyond the file's bytes (BSS) is zero already: RAM is fresh.
void place(GuestRam& ram, const Segment& segment) {
  std::copy(segment.bytes.begin(), segment.bytes.end(), ram.host(segment.at, segment.memory_size));
}

/// An HTIF word that is no aligned doubleword in RAM is none.
std::optional<GuestPhys> usable(const GuestRam& ram, std::optional<GuestPhys> word) {
  if (word && value(*word) % 8 == 0 && ram.contains(*word, 8)) return word;
  return std::nullopt;
}

Result<Loaded> load_elf(GuestRam& ram, std::string_view name, std::span<const std::byte> file) {
  const auto image = parse_elf(name, file);
  if (!image) return image.error();
  for (const Segment& segment : image->segments)
    if (auto refused = refuse(ram, name, segment)) return *refused;
  if (auto refused = refuse_overlap(name, image->segments)) return *refused;
  Loaded loaded{.entry = image->entry, .first = image->segments.front().at, .last = image->segments.front().at,
                .tohost = usable(ram, image->tohost), .fromhost = usable(ram, image->fromhost)};
  for (const Segment& segment : image->segments) {
    place(ram, segment);
    loaded.first = std::min(loaded.first, segment.at);
    loaded.last = std::max(loaded.last, GuestPhys{value(segment.at) + segment.memory_size - 1});
  }
  return loaded;
}

Result<Loaded> load_raw(GuestRam& ram, std::string_view name, std::span<const std::byte> file, GuestPhys base) {
  if (file.empty()) return Error{fmt::format("{}: is empty; give an ELF64 RISC-V executable or a raw image", name)};
  if (!ram.contains(base, file.size()))
    return Error{fmt::format("{}: a raw image of {} at {:#x} lies outside RAM ({}); {}", name, spoken_size(file.size()),
                             value(base), spoken_ram(ram), advice(ram, base, file.size()))};
  std::copy(file.begin(), file.end(), ram.host(base, file.size()));
  const GuestPhys last{value(base) + file.size() - 1};
  return Loaded{.entry = base, .first = base, .last = last, .tohost = {}, .fromhost = {}};
}

}  // namespace

std::string spoken_size(std::uint64_t bytes) {
  if (bytes >= 1ULL << 30 && bytes % (1ULL << 30) == 0) return fmt::format("{} GiB", bytes >> 30);
  if (bytes >= 1ULL << 20 && bytes % (1ULL << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
  if (bytes >= 1ULL << 10 && bytes % (1ULL << 10) == 0) return fmt::format("{} KiB", bytes >> 10);
  return fmt::format("{} bytes", bytes);
}

std::string spoken_ram(const GuestRam& ram) {
  return fmt::format("{} at {:#x}", spoken_size(ram.size()), value(ram.base()));
}

Result<Loaded> load_image(GuestRam& ram, std::string_view name, std::span<const std::byte> file, GuestPhys raw_base) {
  return looks_like_elf(file) ? load_elf(ram, name, file) : load_raw(ram, name, file, raw_base);
}

}  // namespace roost
