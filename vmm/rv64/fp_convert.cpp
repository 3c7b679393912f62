#include <limits>

#include "vmm/rv64/fp_number.hpp"

namespace roost::rv64::fp {
namespace {

/// |number| rounded to an integer below 2^65, and whether that lost anything. Exponents above 63 are the caller's.
struct Whole {
  Wide value;
  bool inexact;
};

Whole whole_of(const Number& number, Rounding rounding) {
  // As a fixed point number: the integer in the high half, the fraction in the low half.
  const Wide fixed = shift_right_sticky(Wide{number.significand} << 64, 63 - number.exponent);
  const Wide kept = fixed >> 64;
  const auto rest = static_cast<std::uint64_t>(fixed);
  const bool away = rounds_away(rounding, number.negative, (kept & 1) != 0, rest, std::uint64_t{1} << 63);
  return {kept + away, rest != 0};
}

template <typename Integer, typename F>
Integer to_integer(typename F::Bits a, Rounding rounding, std::uint32_t& flags) {
  using Limits = std::numeric_limits<Integer>;
  if (is_zero<F>(a)) return 0;
  const bool negative = is_negative<F>(a) && !is_nan<F>(a);
  const Wide most = negative ? Wide{0} - static_cast<Wide>(Limits::min()) : static_cast<Wide>(Limits::max());
  const bool huge = magnitude<F>(a) >= F::kInfinity || unpack<F>(a).exponent > 63;
  const Whole whole = huge ? Whole{~Wide{0}, false} : whole_of(unpack<F>(a), rounding);
  if (whole.value > most) {
    flags |= kInvalid;
    return negative ? Limits::min() : Limits::max();
  }
  if (whole.inexact) flags |= kInexact;
  return static_cast<Integer>(negative ? Wide{0} - whole.value : whole.value);
}

template <typename F>
typename F::Bits from_magnitude(bool negative, std::uint64_t value, Rounding rounding, std::uint32_t& flags) {
  if (value == 0) return 0;
  const int shift = std::countl_zero(value);
  return pack<F>({negative, 63 - shift, value << shift}, rounding, flags);
}

}  // namespace

template <typename F>
std::int32_t to_int32(typename F::Bits a, Rounding rounding, std::uint32_t& flags) {
  return to_integer<std::int32_t, F>(a, rounding, flags);
}

template <typename F>
std::uint32_t to_uint32(typename F::Bits a, Rounding rounding, std::uint32_t& flags) {
  return to_integer<std::uint32_t, F>(a, rounding, flags);
}

template <typename F>
std::int64_t to_int64(typename F::Bits a, Rounding rounding, std::uint32_t& flags) {
  return to_integer<std::int64_t, F>(a, rounding, flags);
}

template <typename F>
std::uint64_t to_uint64(typename F::Bits a, Rounding rounding, std::uint32_t& flags) {
  return to_integer<std::uint64_t, F>(a, rounding, flags);
}

template <typename F>
typename F::Bits from_int(std::int64_t value, Rounding rounding, std::uint32_t& flags) {
  const auto bits = static_cast<std::uint64_t>(value);
  return from_magnitude<F>(value < 0, value < 0 ? 0 - bits : bits, rounding, flags);
}

template <typename F>
typename F::Bits from_uint(std::uint64_t value, Rounding rounding, std::uint32_t& flags) {
  return from_magnitude<F>(false, value, rounding, flags);
}

S::Bits to_single(D::Bits a, Rounding rounding, std::uint32_t& flags) {
  if (is_nan<D>(a)) {
    nan_of<D>(flags, a);
    return S::kCanonicalNan;
  }
  if (is_infinite<D>(a)) return signed_infinity<S>(is_negative<D>(a));
  if (is_zero<D>(a)) return signed_zero<S>(is_negative<D>(a));
  return pack<S>(unpack<D>(a), rounding, flags);
}

D::Bits to_double(S::Bits a, std::uint32_t& flags) {
  if (is_nan<S>(a)) {
    nan_of<S>(flags, a);
    return D::kCanonicalNan;
  }
  if (is_infinite<S>(a)) return signed_infinity<D>(is_negative<S>(a));
  if (is_zero<S>(a)) return signed_zero<D>(is_negative<S>(a));
  return pack<D>(unpack<S>(a), Rounding::Rne, flags);  // exact: no rounding, no flags
}

template std::int32_t to_int32<S>(S::Bits, Rounding, std::uint32_t&);
template std::int32_t to_int32<D>(D::Bits, Rounding, std::uint32_t&);
template std::uint32_t to_uint32<S>(S::Bits, Rounding, std::uint32_t&);
template std::uint32_t to_uint32<D>(D::Bits, Rounding, std::uint32_t&);
template std::int64_t to_int64<S>(S::Bits, Rounding, std::uint32_t&);
template std::int64_t to_int64<D>(D::Bits, Rounding, std::uint32_t&);
template std::uint64_t to_uint64<S>(S::Bits, Rounding, std::uint32_t&);
template std::uint64_t to_uint64<D>(D::Bits, Rounding, std::uint32_t&);
template S::Bits from_int<S>(std::int64_t, Rounding, std::uint32_t&);
template D::Bits from_int<D>(std::int64_t, Rounding, std::uint32_t&);
template S::Bits from_uint<S>(std::uint64_t, Rounding, std::uint32_t&);
template D::Bits from_uint<D>(std::uint64_t, Rounding, std::uint32_t&);

}  // namespace roost::rv64::fp
