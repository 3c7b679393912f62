// The room: fractions of a cache line, shares and exponentials, as integers.
// Not here: floating point. The last bits of exp() and of fused operations differ between compilers, libraries and
//   machines; a footprint decides when an event happens, so that a trace would differ with them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace roost {

/// Cache lines, in 1/65536. 2^40 lines are 64 TiB: no sum of a run overflows.
enum class Lines : std::uint64_t {};

constexpr std::uint64_t raw(Lines lines) { return static_cast<std::uint64_t>(lines); }
constexpr Lines lines(std::uint64_t whole) { return static_cast<Lines>(whole << 16); }
constexpr std::uint64_t whole(Lines lines) { return (raw(lines) + (1U << 15)) >> 16; }
constexpr Lines operator+(Lines a, Lines b) { return static_cast<Lines>(raw(a) + raw(b)); }
/// Never below none.
constexpr Lines operator-(Lines a, Lines b) { return static_cast<Lines>(raw(a) > raw(b) ? raw(a) - raw(b) : 0); }

/// a * b / c, rounded down, without overflow in between; capped at 2^63. c > 0.
constexpr std::uint64_t scaled(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  std::uint64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return std::min(product / c, std::uint64_t{1} << 63);
  __extension__ using Wide = unsigned __int128;
  const Wide quotient = static_cast<Wide>(a) * b / c;
  return quotient >> 63 ? std::uint64_t{1} << 63 : static_cast<std::uint64_t>(quotient);
}
constexpr Lines scaled(Lines a, std::uint64_t b, std::uint64_t c) { return static_cast<Lines>(scaled(raw(a), b, c)); }

/// A number in 1/2^32: One is 1.
inline constexpr std::uint64_t kOne = 1ULL << 32;

/// part / whole in 1/2^32; whole > 0.
constexpr std::uint64_t ratio(Lines part, Lines whole) { return scaled(raw(part), kOne, raw(whole)); }
constexpr Lines times(Lines lines, std::uint64_t share) { return scaled(lines, share, kOne); }

/// e^-r for r < 1, both in 1/2^32, by Taylor's series: sixteen terms leave less than 2^-44.
constexpr std::uint64_t exp_of_minus_by_series(std::uint64_t r) {
  std::uint64_t sum = kOne;
  for (std::uint64_t term = 16; term >= 1; --term) sum = kOne - (r * (sum >> 1) >> 31) / term;
  return sum;
}

/// e^(-i/64).
inline constexpr auto kExpOfSteps = [] {
  std::array<std::uint64_t, 45> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = exp_of_minus_by_series(i << 26);
  return table;
}();

/// e^-x for x >= 0, both in 1/2^32, within 8 of its last digit: halvings for x's multiples of ln 2, the table for what
/// is left in 64ths, and four terms of the series for the rest.
constexpr std::uint64_t exp_of_minus(std::uint64_t x) {
  constexpr std::uint64_t kLn2 = 2977044472;  // ln 2 * 2^32
  const std::uint64_t halvings = x / kLn2;
  if (halvings >= 33) return 0;
  const std::uint64_t left = x - halvings * kLn2, step = left >> 26, rest = left & ((1U << 26) - 1);
  const std::uint64_t cubic = kOne - rest / 4, square = kOne - (rest * (cubic >> 1) >> 31) / 3;
  const std::uint64_t linear = kOne - (rest * (square >> 1) >> 31) / 2, series = kOne - (rest * (linear >> 1) >> 31);
  return (kExpOfSteps[step] * (series >> 1) >> 31) >> halvings;
}

}  // namespace roost
