// The room: what the fp_*.cpp files share: a format's fields, and numbers taken apart and, rounded, put together again.
// Not here: any operation of the instruction set (fp.hpp).
// Invariants: a Number is not zero and its significand's bit 63 is set: its value is (-1)^negative * significand *
// 2^(exponent - 63). A significand's bit 0 is sticky: set when anything non-zero was lost below it.
#pragma once

#include <bit>
#include <cstdint>

#include "vmm/rv64/fp.hpp"

namespace roost::rv64::fp {

__extension__ using Wide = unsigned __int128;

struct Number {
  bool negative;
  int exponent;
  std::uint64_t significand;
};

template <typename F>
constexpr int kMinExponent = 1 - F::kMaxExponent;
template <typename F>
constexpr typename F::Bits kFractionMask = (typename F::Bits{1} << F::kFractionBits) - 1;
template <typename F>
constexpr typename F::Bits kQuietBit = typename F::Bits{1} << (F::kFractionBits - 1);
/// Of a significand's 64 bits, those that the format has no room for.
template <typename F>
constexpr int kSpareBits = 63 - F::kFractionBits;

template <typename F>
constexpr bool is_negative(typename F::Bits a) { return (a & F::kSign) != 0; }
template <typename F>
constexpr typename F::Bits magnitude(typename F::Bits a) { return a & ~F::kSign; }
template <typename F>
constexpr bool is_zero(typename F::Bits a) { return magnitude<F>(a) == 0; }
template <typename F>
constexpr bool is_infinite(typename F::Bits a) { return magnitude<F>(a) == F::kInfinity; }
template <typename F>
constexpr bool is_nan(typename F::Bits a) { return magnitude<F>(a) > F::kInfinity; }
template <typename F>
constexpr bool is_signalling(typename F::Bits a) { return is_nan<F>(a) && (a & kQuietBit<F>) == 0; }
template <typename F>
constexpr int biased_exponent(typename F::Bits a) {
  return static_cast<int>(magnitude<F>(a) >> F::kFractionBits);
}
template <typename F>
constexpr typename F::Bits signed_zero(bool negative) { return negative ? F::kSign : 0; }
template <typename F>
constexpr typename F::Bits signed_infinity(bool negative) { return signed_zero<F>(negative) | F::kInfinity; }

/// The result of an operation without one, such as inf - inf.
template <typename F>
constexpr typename F::Bits invalid(std::uint32_t& flags) {
  flags |= kInvalid;
  return F::kCanonicalNan;
}

/// The result of an operation with a NaN among its operands.
template <typename F, typename... Operands>
constexpr typename F::Bits nan_of(std::uint32_t& flags, Operands... operands) {
  if ((is_signalling<F>(operands) || ...)) flags |= kInvalid;
  return F::kCanonicalNan;
}

/// A finite, non-zero number taken apart.
template <typename F>
constexpr Number unpack(typename F::Bits a) {
  const int biased = biased_exponent<F>(a);
  std::uint64_t significand = std::uint64_t{a & kFractionMask<F>} << kSpareBits<F>;
  if (biased != 0) return {is_negative<F>(a), biased - F::kMaxExponent, significand | std::uint64_t{1} << 63};
  const int shift = std::countl_zero(significand);
  return {is_negative<F>(a), kMinExponent<F> - shift, significand << shift};
}

/// value >> shift with the sticky rule: what falls off the end stays visible in bit 0.
template <typename Unsigned>
constexpr Unsigned shift_right_sticky(Unsigned value, int shift) {
  constexpr int kBits = static_cast<int>(sizeof(Unsigned)) * 8;
  if (shift == 0) return value;
  if (shift >= kBits) return value != 0;
  return value >> shift | static_cast<Unsigned>((value << (kBits - shift)) != 0);
}

/// value * 2^(exponent - 127), not zero, as a Number.
constexpr Number normalize(bool negative, int exponent, Wide value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  const int shift = high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(static_cast<std::uint64_t>(value));
  value <<= shift;
  const std::uint64_t sticky = static_cast<std::uint64_t>(value) != 0;
  return {negative, exponent - shift, static_cast<std::uint64_t>(value >> 64) | sticky};
}

/// Does `kept`, with `rest` below it in units where `half` is half of kept's last place, round away from zero?
constexpr bool rounds_away(Rounding rounding, bool negative, bool kept_is_odd, std::uint64_t rest, std::uint64_t half) {
  switch (rounding) {
    case Rounding::Rne: return rest > half || (rest == half && kept_is_odd);
    case Rounding::Rtz: return false;
    case Rounding::Rdn: return negative && rest != 0;
    case Rounding::Rup: return !negative && rest != 0;
    case Rounding::Rmm: return rest >= half;
  }
  return false;
}

template <typename F>
constexpr typename F::Bits overflow(Rounding rounding, bool negative, std::uint32_t& flags) {
  flags |= kOverflow | kInexact;
  const bool to_infinity = rounding == Rounding::Rne || rounding == Rounding::Rmm ||
                           rounding == (negative ? Rounding::Rdn : Rounding::Rup);
  return signed_infinity<F>(negative) - (to_infinity ? 0 : 1);  // one below infinity: the greatest finite number
}

/// A Number put together again, rounded to the format.
template <typename F>
constexpr typename F::Bits pack(Number number, Rounding rounding, std::uint32_t& flags) {
  using Bits = typename F::Bits;
  constexpr std::uint64_t kHalf = std::uint64_t{1} << (kSpareBits<F> - 1);
  constexpr std::uint64_t kRestMask = 2 * kHalf - 1;
  const auto rounded = [&](std::uint64_t significand) {
    const std::uint64_t kept = significand >> kSpareBits<F>;
    return kept + rounds_away(rounding, number.negative, (kept & 1) != 0, significand & kRestMask, kHalf);
  };
  bool tiny = false;
  int biased = number.exponent + F::kMaxExponent;
  if (biased < 1) {
    // Tiny after rounding: not when just below the least normal number and rounded up to it at full precision.
    tiny = biased < 0 || rounded(number.significand) >> (F::kFractionBits + 1) == 0;
    number.significand = shift_right_sticky(number.significand, 1 - biased);
    biased = 1;
  }
  // The leading bit of a normal significand adds one to the exponent field, and so does the carry of rounding it up.
  const auto significand = static_cast<Bits>(rounded(number.significand));
  const Bits bits = (static_cast<Bits>(biased - 1) << F::kFractionBits) + significand;
  if (biased > 2 * F::kMaxExponent || bits >= F::kInfinity) return overflow<F>(rounding, number.negative, flags);
  if ((number.significand & kRestMask) != 0) flags |= kInexact | (tiny ? kUnderflow : 0);
  return signed_zero<F>(number.negative) | bits;
}

}  // namespace roost::rv64::fp
