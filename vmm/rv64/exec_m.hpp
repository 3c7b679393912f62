// The room: RV64M: multiplication and division (unpriv 7). Division by zero and overflow give values, not traps.
#pragma once

#include <cstdint>

#include "vmm/rv64/exec_i.hpp"

namespace roost::rv64::op_m {

__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

constexpr std::uint64_t mul(std::uint64_t a, std::uint64_t b) { return a * b; }
constexpr std::uint64_t mulh(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(Wide{as_signed(a)} * as_signed(b) >> 64);
}
constexpr std::uint64_t mulhsu(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(Wide{as_signed(a)} * static_cast<Wide>(b) >> 64);
}
constexpr std::uint64_t mulhu(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(UnsignedWide{a} * b >> 64);
}
constexpr std::uint64_t mulw(std::uint64_t a, std::uint64_t b) { return word(a * b); }

/// a / -1 is computed as a negation: INT_MIN / -1 stays INT_MIN, and the host would fault on it.
template <typename T>
constexpr T divide(T a, T b) {
  if (b == 0) return static_cast<T>(-1);
  if constexpr (T(-1) < T(0))
    if (b == -1) return static_cast<T>(0 - static_cast<std::uint64_t>(a));
  return static_cast<T>(a / b);
}
template <typename T>
constexpr T remainder(T a, T b) {
  if (b == 0) return a;
  if constexpr (T(-1) < T(0))
    if (b == -1) return 0;
  return static_cast<T>(a % b);
}

template <typename T>
constexpr std::uint64_t extended(T value) {
  if constexpr (sizeof(T) == 4) return word(static_cast<std::uint64_t>(value));
  return static_cast<std::uint64_t>(value);
}
template <typename T>
constexpr std::uint64_t div(std::uint64_t a, std::uint64_t b) {
  return extended(divide(static_cast<T>(a), static_cast<T>(b)));
}
template <typename T>
constexpr std::uint64_t rem(std::uint64_t a, std::uint64_t b) {
  return extended(remainder(static_cast<T>(a), static_cast<T>(b)));
}

}  // namespace roost::rv64::op_m
