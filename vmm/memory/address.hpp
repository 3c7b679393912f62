// The room: guest addresses, which are never host pointers.
#pragma once

#include <cstdint>

namespace roost {

enum class GuestPhys : std::uint64_t {};
enum class GuestVirt : std::uint64_t {};

constexpr std::uint64_t value(GuestPhys a) { return static_cast<std::uint64_t>(a); }
constexpr std::uint64_t value(GuestVirt a) { return static_cast<std::uint64_t>(a); }

}  // namespace roost
