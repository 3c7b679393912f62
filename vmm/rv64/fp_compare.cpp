#include "vmm/rv64/fp_number.hpp"

namespace roost::rv64::fp {
namespace {

/// a < b for numbers, with -0 < +0.
template <typename F>
bool below(typename F::Bits a, typename F::Bits b) {
  if (is_negative<F>(a) != is_negative<F>(b)) return is_negative<F>(a);
  return is_negative<F>(a) ? a > b : a < b;
}

template <typename F>
bool same(typename F::Bits a, typename F::Bits b) {
  return a == b || (is_zero<F>(a) && is_zero<F>(b));
}

template <typename F>
typename F::Bits choose(typename F::Bits a, typename F::Bits b, bool a_when_numbers, std::uint32_t& flags) {
  if (is_signalling<F>(a) || is_signalling<F>(b)) flags |= kInvalid;
  if (is_nan<F>(a)) return is_nan<F>(b) ? F::kCanonicalNan : b;
  if (is_nan<F>(b)) return a;
  return a_when_numbers ? a : b;
}

}  // namespace

template <typename F>
typename F::Bits min(typename F::Bits a, typename F::Bits b, std::uint32_t& flags) {
  return choose<F>(a, b, below<F>(a, b), flags);
}

template <typename F>
typename F::Bits max(typename F::Bits a, typename F::Bits b, std::uint32_t& flags) {
  return choose<F>(a, b, below<F>(b, a), flags);
}

template <typename F>
bool eq(typename F::Bits a, typename F::Bits b, std::uint32_t& flags) {
  if (is_signalling<F>(a) || is_signalling<F>(b)) flags |= kInvalid;
  return !is_nan<F>(a) && !is_nan<F>(b) && same<F>(a, b);
}

template <typename F>
bool lt(typename F::Bits a, typename F::Bits b, std::uint32_t& flags) {
  if (is_nan<F>(a) || is_nan<F>(b)) {
    flags |= kInvalid;
    return false;
  }
  return below<F>(a, b) && !same<F>(a, b);
}

template <typename F>
bool le(typename F::Bits a, typename F::Bits b, std::uint32_t& flags) {
  if (is_nan<F>(a) || is_nan<F>(b)) {
    flags |= kInvalid;
    return false;
  }
  return below<F>(a, b) || same<F>(a, b);
}

template <typename F>
std::uint32_t classify(typename F::Bits a) {
  if (is_nan<F>(a)) return is_signalling<F>(a) ? 1U << 8 : 1U << 9;
  // 0 to 3 from infinity down to zero; the positive classes mirror the negative ones.
  const unsigned nearness = is_infinite<F>(a) ? 0 : biased_exponent<F>(a) != 0 ? 1 : is_zero<F>(a) ? 3 : 2;
  return 1U << (is_negative<F>(a) ? nearness : 7 - nearness);
}

template S::Bits min<S>(S::Bits, S::Bits, std::uint32_t&);
template D::Bits min<D>(D::Bits, D::Bits, std::uint32_t&);
template S::Bits max<S>(S::Bits, S::Bits, std::uint32_t&);
template D::Bits max<D>(D::Bits, D::Bits, std::uint32_t&);
template bool eq<S>(S::Bits, S::Bits, std::uint32_t&);
template bool eq<D>(D::Bits, D::Bits, std::uint32_t&);
template bool lt<S>(S::Bits, S::Bits, std::uint32_t&);
template bool lt<D>(D::Bits, D::Bits, std::uint32_t&);
template bool le<S>(S::Bits, S::Bits, std::uint32_t&);
template bool le<D>(D::Bits, D::Bits, std::uint32_t&);
template std::uint32_t classify<S>(S::Bits);
template std::uint32_t classify<D>(D::Bits);

}  // namespace roost::rv64::fp
