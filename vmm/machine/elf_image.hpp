// The room: an ELF64 RISC-V executable, understood but not yet anywhere: a value over the file's bytes.
// Not here: RAM (loader).
// Invariants: every span lies within the file; memory_size >= bytes.size(); at + memory_size does not wrap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sched/vocabulary/result.hpp"
#include "vmm/memory/address.hpp"

namespace roost {

struct Segment {
  std::uint32_t number = 0;  // among the file's program headers, for sentences
  GuestPhys at{};
  std::span<const std::byte> bytes;
  std::uint64_t memory_size = 0;  // what lies beyond `bytes` is zero
};

struct ElfImage {
  GuestPhys entry{};
  std::vector<Segment> segments;  // PT_LOAD, none of them empty
  // HTIF, the host interface of Spike's test programs.
  std::optional<GuestPhys> tohost, fromhost;
};

bool looks_like_elf(std::span<const std::byte> file);

/// `name` is for sentences.
Result<ElfImage> parse_elf(std::string_view name, std::span<const std::byte> file);

}  // namespace roost
