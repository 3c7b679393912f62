// The room: what IEEE 754 says a result must be, from exact rational numbers of unbounded size: slow and plain.
// Not here: anything of vmm/rv64's own way to compute; only its names of formats, modes and flags.
// Invariant: an Exact is numerator / denominator * 2^scale, with nothing lost.
#pragma once

#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include "vmm/rv64/fp.hpp"

namespace roost::rv64::fp::oracle {

using Integer = boost::multiprecision::cpp_int;

struct Answer {
  std::uint64_t bits;
  std::uint32_t flags;
  friend bool operator==(const Answer&, const Answer&) = default;
};

struct Exact {
  bool negative;
  Integer numerator;
  Integer denominator = 1;
  int scale = 0;
};

template <typename F>
auto host(typename F::Bits bits) {
  return std::bit_cast<std::conditional_t<std::is_same_v<F, S>, float, double>>(bits);
}

template <typename F>
Exact exact(typename F::Bits bits) {
  int exponent = 0;
  const auto mantissa = std::frexp(host<F>(bits), &exponent);  // exact, by its definition
  const auto whole = static_cast<std::int64_t>(std::ldexp(mantissa, 60));
  return {std::signbit(mantissa), Integer(whole < 0 ? -whole : whole), 1, exponent - 60};
}

struct Multiple {
  Integer count;
  bool inexact;
};

/// x rounded to a multiple of 2^quantum.
inline Multiple round_to(const Exact& x, int quantum, Rounding rounding) {
  const int shift = x.scale - quantum;
  const Integer dividend = x.numerator << (shift > 0 ? shift : 0);
  const Integer divisor = x.denominator << (shift < 0 ? -shift : 0);
  Integer count = dividend / divisor;
  const Integer twice_rest = 2 * (dividend - count * divisor);
  bool away = false;
  if (rounding == Rounding::Rne) away = twice_rest > divisor || (twice_rest == divisor && (count & 1) != 0);
  if (rounding == Rounding::Rmm) away = twice_rest >= divisor;
  if (rounding == Rounding::Rup) away = twice_rest != 0 && !x.negative;
  if (rounding == Rounding::Rdn) away = twice_rest != 0 && x.negative;
  return {count + (away ? 1 : 0), twice_rest != 0};
}

inline int log2_floor(const Exact& x) {
  const int guess = static_cast<int>(msb(x.numerator)) - static_cast<int>(msb(x.denominator));
  const bool less = guess >= 0 ? x.numerator < (x.denominator << guess) : (x.numerator << -guess) < x.denominator;
  return guess - (less ? 1 : 0) + x.scale;
}

template <typename F>
Answer round(const Exact& x, Rounding rounding) {
  constexpr int kLeastExponent = 1 - F::kMaxExponent;
  const std::uint64_t sign = x.negative ? F::kSign : 0;
  const int free_quantum = log2_floor(x) - F::kFractionBits;
  const int quantum = std::max(free_quantum, kLeastExponent - F::kFractionBits);
  const Integer free_count = round_to(x, free_quantum, rounding).count;
  const bool tiny = static_cast<int>(msb(free_count)) + free_quantum < kLeastExponent;
  const auto [count, inexact] = round_to(x, quantum, rounding);
  if (count == 0) return {sign, kUnderflow | kInexact};
  const int exponent = static_cast<int>(msb(count)) + quantum;
  if (exponent > F::kMaxExponent) {
    const bool inward = rounding == Rounding::Rtz || rounding == (x.negative ? Rounding::Rup : Rounding::Rdn);
    return {sign | (F::kInfinity - (inward ? 1 : 0)), kOverflow | kInexact};
  }
  const std::uint32_t flags = (inexact ? kInexact : 0) | (inexact && tiny ? kUnderflow : 0);
  if (exponent < kLeastExponent) return {sign | static_cast<std::uint64_t>(count), flags};
  const Integer fraction = (count >> (exponent - F::kFractionBits - quantum)) - (Integer(1) << F::kFractionBits);
  const auto field = static_cast<std::uint64_t>(exponent + F::kMaxExponent) << F::kFractionBits;
  return {sign | field | static_cast<std::uint64_t>(fraction), flags};
}

template <typename F>
bool signalling(typename F::Bits a) {
  return std::isnan(host<F>(a)) && (a >> (F::kFractionBits - 1) & 1) == 0;
}

/// For operands with an infinity or a NaN: the host's answer, which needs no rounding, with RISC-V's NaN and flags.
template <typename F, typename Value>
Answer special(Value value, std::initializer_list<typename F::Bits> operands) {
  bool any_nan = false;
  bool any_signalling = false;
  for (const auto operand : operands) {
    any_nan |= std::isnan(host<F>(operand));
    any_signalling |= signalling<F>(operand);
  }
  if (!std::isnan(value)) return {std::bit_cast<typename F::Bits>(value), 0};
  return {F::kCanonicalNan, any_signalling || !any_nan ? kInvalid : 0};
}

template <typename F>
std::uint64_t zero(bool negative) { return negative ? F::kSign : 0; }

/// x + y. A sum that is zero is negative when both terms are, or when they cancel and round down.
template <typename F>
Answer sum(const Exact& x, const Exact& y, Rounding rounding) {
  const int scale = std::min(x.scale, y.scale);
  const Integer a = x.numerator << (x.scale - scale);
  const Integer b = y.numerator << (y.scale - scale);
  const Integer total = (x.negative ? -a : a) + (y.negative ? -b : b);
  if (total != 0) return round<F>({total < 0, abs(total), 1, scale}, rounding);
  return {zero<F>(x.negative == y.negative ? x.negative : rounding == Rounding::Rdn), 0};
}

inline Exact product(const Exact& x, const Exact& y) {
  return {x.negative != y.negative, x.numerator * y.numerator, 1, x.scale + y.scale};
}

template <typename F>
Answer add(typename F::Bits a, typename F::Bits b, Rounding rounding) {
  if (!std::isfinite(host<F>(a)) || !std::isfinite(host<F>(b))) return special<F>(host<F>(a) + host<F>(b), {a, b});
  return sum<F>(exact<F>(a), exact<F>(b), rounding);
}

template <typename F>
Answer mul(typename F::Bits a, typename F::Bits b, Rounding rounding) {
  if (!std::isfinite(host<F>(a)) || !std::isfinite(host<F>(b))) return special<F>(host<F>(a) * host<F>(b), {a, b});
  const Exact x = product(exact<F>(a), exact<F>(b));
  return x.numerator == 0 ? Answer{zero<F>(x.negative), 0} : round<F>(x, rounding);
}

template <typename F>
Answer div(typename F::Bits a, typename F::Bits b, Rounding rounding) {
  if (!std::isfinite(host<F>(a)) || !std::isfinite(host<F>(b))) return special<F>(host<F>(a) / host<F>(b), {a, b});
  const Exact x = exact<F>(a);
  const Exact y = exact<F>(b);
  const bool negative = x.negative != y.negative;
  if (y.numerator == 0) {
    if (x.numerator == 0) return {F::kCanonicalNan, kInvalid};
    return {zero<F>(negative) | F::kInfinity, kDivideByZero};
  }
  if (x.numerator == 0) return {zero<F>(negative), 0};
  return round<F>({negative, x.numerator, y.numerator, x.scale - y.scale}, rounding);
}

template <typename F>
Answer sqrt(typename F::Bits a, Rounding rounding) {
  if (!std::isfinite(host<F>(a))) return special<F>(std::sqrt(host<F>(a)), {a});
  const Exact x = exact<F>(a);
  if (x.numerator == 0) return {a, 0};
  if (x.negative) return {F::kCanonicalNan, kInvalid};
  const int shift = 200 + (x.scale & 1);  // an even scale, and a root of 100 bits and more
  Integer rest;
  const Integer root = boost::multiprecision::sqrt(Integer(x.numerator << shift), rest);
  // A root that does not end lies strictly between two integers: half way between them rounds the same.
  return round<F>({false, 2 * root + (rest != 0 ? 1 : 0), 2, (x.scale - shift) / 2}, rounding);
}

template <typename F>
Answer madd(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rounding rounding) {
  if (!std::isfinite(host<F>(a)) || !std::isfinite(host<F>(b)) || !std::isfinite(host<F>(c))) {
    Answer answer = special<F>(std::fma(host<F>(a), host<F>(b), host<F>(c)), {a, b, c});
    const bool infinity_by_zero =
        (std::isinf(host<F>(a)) && host<F>(b) == 0) || (host<F>(a) == 0 && std::isinf(host<F>(b)));
    if (infinity_by_zero) answer.flags |= kInvalid;
    return answer;
  }
  return sum<F>(product(exact<F>(a), exact<F>(b)), exact<F>(c), rounding);
}

/// To an integer between least and most; the answer's bits are the low 64 bits of the integer.
template <typename F>
Answer to_integer(typename F::Bits a, const Integer& least, const Integer& most, Rounding rounding) {
  const auto bits = [](const Integer& value) {
    return value < 0 ? 0 - static_cast<std::uint64_t>(Integer(-value)) : static_cast<std::uint64_t>(value);
  };
  if (std::isnan(host<F>(a))) return {bits(most), kInvalid};
  if (std::isinf(host<F>(a))) return {bits(std::signbit(host<F>(a)) ? least : most), kInvalid};
  const Exact x = exact<F>(a);
  const auto [count, inexact] = round_to(x, 0, rounding);
  const Integer value = x.negative ? Integer(-count) : count;
  if (value < least) return {bits(least), kInvalid};
  if (value > most) return {bits(most), kInvalid};
  return {bits(value), inexact ? kInexact : 0};
}

template <typename F>
Answer from_integer(const Integer& value, Rounding rounding) {
  return value == 0 ? Answer{0, 0} : round<F>({value < 0, abs(value)}, rounding);
}

/// From one format to another.
template <typename To, typename From>
Answer convert(typename From::Bits a, Rounding rounding) {
  const auto value = host<From>(a);
  if (std::isnan(value)) return {To::kCanonicalNan, signalling<From>(a) ? kInvalid : 0};
  if (std::isinf(value)) return {zero<To>(std::signbit(value)) | To::kInfinity, 0};
  if (value == 0) return {zero<To>(std::signbit(value)), 0};
  return round<To>(exact<From>(a), rounding);
}

}  // namespace roost::rv64::fp::oracle
