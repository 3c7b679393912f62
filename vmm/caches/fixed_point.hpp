// The room: fractions of a cache line, shares and exponentials, as integers.
// Not here: floating point. The last bits of exp() and of fused operations differ between compilers, libraries and
//   machines; a footprint decides when an event happens, so that a trace would differ with them.
#pragma once

#include <algorithm>
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

/// e^-x for x >= 0, both in 1/2^32, within 4 of its last digit: halvings for x's multiples of ln 2, and Taylor's series
/// for the rest, whose twelve terms leave less than 2^-35.
constexpr std::uint64_t exp_of_minus(std::uint64_t x) {
  constexpr std::uint64_t kLn2 = 2977044472;  // ln 2 * 2^32
  const std::uint64_t halvings = x / kLn2;
  if (halvings >= 33) return 0;
  const std::uint64_t rest = x - halvings * kLn2;
  std::uint64_t sum = kOne;
  for (std::uint64_t term = 12; term >= 1; --term) sum = kOne - (rest * (sum >> 1) >> 31) / term;
  return sum >> halvings;
}

}  // namespace roost
