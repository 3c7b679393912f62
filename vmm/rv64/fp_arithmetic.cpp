#include <algorithm>
#include <cmath>

#include "vmm/rv64/fp_host.hpp"
#include "vmm/rv64/fp_number.hpp"

namespace roost::rv64::fp {
namespace {

/// The sum of value_a * 2^(exponent_a - 126) and the like for b; bit 126 or 125 of each value is its highest.
struct Term {
  bool negative;
  int exponent;
  Wide value;
};

template <typename F>
typename F::Bits sum(Term a, Term b, Rounding rounding, std::uint32_t& flags) {
  if (a.exponent < b.exponent) std::swap(a, b);
  // Bits get lost only when b is shifted by so much that the sum's leading bits are a's: bit 0 then serves as sticky.
  b.value = shift_right_sticky(b.value, a.exponent - b.exponent);
  if (a.negative == b.negative) {
    return pack<F>(normalize(a.negative, a.exponent + 1, a.value + b.value), rounding, flags);
  }
  if (a.value == b.value) return signed_zero<F>(rounding == Rounding::Rdn);
  if (a.value < b.value) {
    return pack<F>(normalize(b.negative, a.exponent + 1, b.value - a.value), rounding, flags);
  }
  return pack<F>(normalize(a.negative, a.exponent + 1, a.value - b.value), rounding, flags);
}

/// Bits 126 to 63.
Term term_of(const Number& number) { return {number.negative, number.exponent, Wide{number.significand} << 63}; }

/// The product, exact: of its 128 bits at least the lowest 22 are zeros (2 * 53 bits matter), so >> 1 loses nothing.
Term product_of(const Number& a, const Number& b) {
  return {a.negative != b.negative, a.exponent + b.exponent + 1, Wide{a.significand} * b.significand >> 1};
}

template <typename F>
typename F::Bits exact_add(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags) {
  if (is_nan<F>(a) || is_nan<F>(b)) return nan_of<F>(flags, a, b);
  if (is_infinite<F>(a)) return is_infinite<F>(b) && a != b ? invalid<F>(flags) : a;
  if (is_infinite<F>(b)) return b;
  if (is_zero<F>(a)) return is_zero<F>(b) && a != b ? signed_zero<F>(rounding == Rounding::Rdn) : b;
  if (is_zero<F>(b)) return a;
  return sum<F>(term_of(unpack<F>(a)), term_of(unpack<F>(b)), rounding, flags);
}

template <typename F>
typename F::Bits exact_mul(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags) {
  if (is_nan<F>(a) || is_nan<F>(b)) return nan_of<F>(flags, a, b);
  const bool negative = is_negative<F>(a ^ b);
  if (is_infinite<F>(a) || is_infinite<F>(b)) {
    return is_zero<F>(a) || is_zero<F>(b) ? invalid<F>(flags) : signed_infinity<F>(negative);
  }
  if (is_zero<F>(a) || is_zero<F>(b)) return signed_zero<F>(negative);
  const Number x = unpack<F>(a);
  const Number y = unpack<F>(b);
  const Wide product = Wide{x.significand} * y.significand;
  return pack<F>(normalize(negative, x.exponent + y.exponent + 1, product), rounding, flags);
}

template <typename F>
typename F::Bits exact_div(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags) {
  if (is_nan<F>(a) || is_nan<F>(b)) return nan_of<F>(flags, a, b);
  const bool negative = is_negative<F>(a ^ b);
  if (is_infinite<F>(a)) return is_infinite<F>(b) ? invalid<F>(flags) : signed_infinity<F>(negative);
  if (is_infinite<F>(b)) return signed_zero<F>(negative);
  if (is_zero<F>(b)) {
    if (is_zero<F>(a)) return invalid<F>(flags);
    flags |= kDivideByZero;
    return signed_infinity<F>(negative);
  }
  if (is_zero<F>(a)) return signed_zero<F>(negative);
  const Number x = unpack<F>(a);
  const Number y = unpack<F>(b);
  const Wide dividend = Wide{x.significand} << 63;
  const Wide quotient = dividend / y.significand;  // 63 or 64 bits, more than any format keeps
  const Wide sticky = dividend % y.significand != 0;
  return pack<F>(normalize(negative, x.exponent - y.exponent, quotient << 64 | sticky), rounding, flags);
}

/// floor(sqrt(value)) for a value of 127 or 128 bits.
std::uint64_t root_of(Wide value) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 63; bit != 0; bit >>= 1) {
    const std::uint64_t trial = root | bit;
    if (Wide{trial} * trial <= value) root = trial;
  }
  return root;
}

template <typename F>
typename F::Bits exact_sqrt(typename F::Bits a, Rounding rounding, std::uint32_t& flags) {
  if (is_nan<F>(a)) return nan_of<F>(flags, a);
  if (is_zero<F>(a)) return a;
  if (is_negative<F>(a)) return invalid<F>(flags);
  if (is_infinite<F>(a)) return a;
  const Number x = unpack<F>(a);
  const bool odd = (x.exponent & 1) != 0;
  const Wide square = Wide{x.significand} << (odd ? 64 : 63);
  const std::uint64_t root = root_of(square);
  const std::uint64_t sticky = Wide{root} * root != square;
  return pack<F>({false, (x.exponent - (odd ? 1 : 0)) / 2, root | sticky}, rounding, flags);
}

template <typename F>
typename F::Bits exact_madd(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rounding rounding,
                            std::uint32_t& flags) {
  const bool no_product = (is_infinite<F>(a) && is_zero<F>(b)) || (is_zero<F>(a) && is_infinite<F>(b));
  if (no_product) return invalid<F>(flags);  // even if c is a quiet NaN (unpriv 11.6)
  if (is_nan<F>(a) || is_nan<F>(b) || is_nan<F>(c)) return nan_of<F>(flags, a, b, c);
  const bool negative = is_negative<F>(a ^ b);
  if (is_infinite<F>(a) || is_infinite<F>(b)) {
    return is_infinite<F>(c) && is_negative<F>(c) != negative ? invalid<F>(flags) : signed_infinity<F>(negative);
  }
  if (is_infinite<F>(c)) return c;
  if (is_zero<F>(a) || is_zero<F>(b)) return exact_add<F>(signed_zero<F>(negative), c, rounding, flags);
  const Term product = product_of(unpack<F>(a), unpack<F>(b));
  if (is_zero<F>(c)) {
    return pack<F>(normalize(negative, product.exponent + 1, product.value), rounding, flags);
  }
  return sum<F>(product, term_of(unpack<F>(c)), rounding, flags);
}

}  // namespace

template <typename F>
typename F::Bits add(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags) {
  if (host::may_serve(rounding, flags)) {
    const auto result = host::bits<F>(host::value<F>(a) + host::value<F>(b));
    if (host::raises_at_most_inexact<F>(result)) return result;
  }
  return exact_add<F>(a, b, rounding, flags);
}

template <typename F>
typename F::Bits sub(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags) {
  return add<F>(a, b ^ F::kSign, rounding, flags);
}

template <typename F>
typename F::Bits mul(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags) {
  if (host::may_serve(rounding, flags)) {
    const auto result = host::bits<F>(host::value<F>(a) * host::value<F>(b));
    if (host::raises_at_most_inexact<F>(result)) return result;
  }
  return exact_mul<F>(a, b, rounding, flags);
}

template <typename F>
typename F::Bits div(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags) {
  if (host::may_serve(rounding, flags) && !is_zero<F>(b)) {
    const auto result = host::bits<F>(host::value<F>(a) / host::value<F>(b));
    if (host::raises_at_most_inexact<F>(result)) return result;
  }
  return exact_div<F>(a, b, rounding, flags);
}

template <typename F>
typename F::Bits sqrt(typename F::Bits a, Rounding rounding, std::uint32_t& flags) {
  if (host::may_serve(rounding, flags) && !is_negative<F>(a)) {
    const auto result = host::bits<F>(std::sqrt(host::value<F>(a)));
    if (host::raises_at_most_inexact<F>(result)) return result;
  }
  return exact_sqrt<F>(a, rounding, flags);
}

template <typename F>
typename F::Bits madd(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rounding rounding,
                      std::uint32_t& flags) {
  if (host::may_serve(rounding, flags)) {
    const auto result = host::bits<F>(std::fma(host::value<F>(a), host::value<F>(b), host::value<F>(c)));
    if (host::raises_at_most_inexact<F>(result)) return result;
  }
  return exact_madd<F>(a, b, c, rounding, flags);
}

template S::Bits add<S>(S::Bits, S::Bits, Rounding, std::uint32_t&);
template D::Bits add<D>(D::Bits, D::Bits, Rounding, std::uint32_t&);
template S::Bits sub<S>(S::Bits, S::Bits, Rounding, std::uint32_t&);
template D::Bits sub<D>(D::Bits, D::Bits, Rounding, std::uint32_t&);
template S::Bits mul<S>(S::Bits, S::Bits, Rounding, std::uint32_t&);
template D::Bits mul<D>(D::Bits, D::Bits, Rounding, std::uint32_t&);
template S::Bits div<S>(S::Bits, S::Bits, Rounding, std::uint32_t&);
template D::Bits div<D>(D::Bits, D::Bits, Rounding, std::uint32_t&);
template S::Bits sqrt<S>(S::Bits, Rounding, std::uint32_t&);
template D::Bits sqrt<D>(D::Bits, Rounding, std::uint32_t&);
template S::Bits madd<S>(S::Bits, S::Bits, S::Bits, Rounding, std::uint32_t&);
template D::Bits madd<D>(D::Bits, D::Bits, D::Bits, Rounding, std::uint32_t&);

}  // namespace roost::rv64::fp
