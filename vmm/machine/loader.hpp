// The room: putting an image's bytes into RAM.
// Not here: understanding ELF (elf_image), where harts start (machine).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sched/vocabulary/result.hpp"
#include "vmm/memory/address.hpp"
#include "vmm/memory/guest_ram.hpp"

namespace roost {

struct Loaded {
  GuestPhys entry{};
  GuestPhys first{}, last{};                   // the span of RAM that the image fills, `last` included
  std::optional<GuestPhys> tohost, fromhost;  // doublewords in RAM
};

/// Loads an ELF file at its own addresses, anything else as it is at `raw_base`. `ram` is fresh there (all zero).
/// Nothing is written unless all of it fits.
Result<Loaded> load_image(GuestRam& ram, std::string_view name, std::span<const std::byte> file, GuestPhys raw_base);

/// "4 MiB", "512 bytes": for sentences.
std::string spoken_size(std::uint64_t bytes);
/// "128 MiB at 0x80000000".
std::string spoken_ram(const GuestRam& ram);

}  // namespace roost
