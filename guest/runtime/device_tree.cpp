#include "guest/runtime/device_tree.hpp"

#include "guest/runtime/text.hpp"

namespace guest {
namespace {

constexpr uint32_t kMagic = 0xd00dfeed;
enum Token : uint32_t { kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4, kEnd = 9 };

uint32_t big_endian(const char* at) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(at[i]);
  return value;
}

uint64_t two_cells(const char* at) { return uint64_t{big_endian(at)} << 32 | big_endian(at + 4); }

uint64_t padded(uint64_t bytes) { return (bytes + 3) & ~uint64_t{3}; }

/// The nodes on the way down that matter: /cpus, /memory@..., /chosen.
enum class Place { Elsewhere, Cpus, Memory, Chosen };

Place place_of(const char* name) {
  if (equal(name, "cpus")) return Place::Cpus;
  if (starts_with(name, "memory@")) return Place::Memory;
  if (equal(name, "chosen")) return Place::Chosen;
  return Place::Elsewhere;
}

void take_property(Platform& platform, Place place, const char* name, const char* value) {
  if (place == Place::Cpus && equal(name, "timebase-frequency")) platform.ticks_per_second = big_endian(value);
  if (place == Place::Chosen && equal(name, "bootargs")) platform.arguments = value;
  if (place == Place::Memory && equal(name, "reg")) {
    platform.memory_start = two_cells(value);
    platform.memory_bytes = two_cells(value + 8);
  }
}

void walk(Platform& platform, const char* at, const char* names) {
  Place place = Place::Elsewhere;
  unsigned depth = 0;
  while (true) {
    const uint32_t token = big_endian(at);
    at += 4;
    if (token == kBeginNode) {
      ++depth;
      if (depth == 2) place = place_of(at);
      if (depth == 3 && place == Place::Cpus && starts_with(at, "cpu@")) ++platform.harts;
      at += padded(length(at) + 1);
    } else if (token == kEndNode) {
      if (--depth < 2) place = Place::Elsewhere;
    } else if (token == kProperty) {
      const uint32_t bytes = big_endian(at);
      if (depth == 2) take_property(platform, place, names + big_endian(at + 4), at + 8);
      at += 8 + padded(bytes);
    } else if (token != kNop) {
      return;
    }
  }
}

}  // namespace

bool read_device_tree(const void* tree, Platform& platform) {
  const char* const base = static_cast<const char*>(tree);
  if (tree == nullptr || big_endian(base) != kMagic) return false;
  platform.tree = tree;
  walk(platform, base + big_endian(base + 8), base + big_endian(base + 12));
  return platform.harts > 0 && platform.memory_bytes > 0;
}

}  // namespace guest
