// The room: the toy guests of guest/, embedded in `roost`, so that they run by name.
// Not here: building them (guest/CMakeLists.txt) and loading them (vmm/machine).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace roost {

struct EmbeddedGuest {
  std::string_view name;        // "lock_fight"
  std::string_view summary;     // one sentence
  std::string_view parameters;  // one line each: name, values, meaning, [default]; empty when there are none
  std::span<const std::byte> elf;
};

/// By name, in order.
std::span<const EmbeddedGuest> embedded_guests();

/// Null when there is none of that name.
const EmbeddedGuest* find_guest(std::string_view name);

}  // namespace roost
