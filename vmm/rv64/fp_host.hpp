// The room: when the host's own floating point unit may answer for the exact integer path, without a look at its flags.
// Not here: the host's rounding mode and flag register: both cost more to touch than an operation costs.
// Invariant: a result that passes raises_at_most_inexact() is the correctly rounded one, and may_serve() has seen that
// the guest's inexact flag is up already, so nothing is left to be said about flags.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "vmm/rv64/fp_number.hpp"

namespace roost::rv64::fp::host {

static_assert(sizeof(float) == 4 && sizeof(double) == 8);

template <typename F>
using Value = std::conditional_t<std::is_same_v<F, S>, float, double>;

template <typename F>
Value<F> value(typename F::Bits bits) { return std::bit_cast<Value<F>>(bits); }
template <typename F>
typename F::Bits bits(Value<F> value) { return std::bit_cast<typename F::Bits>(value); }

constexpr bool may_serve(Rounding rounding, std::uint32_t flags) {
  return rounding == Rounding::Rne && (flags & kInexact) != 0;
}

/// A finite result above the least normal numbers has finite operands, did neither over- nor underflow, and was not
/// divided by zero. (One with the least normal exponent may be tiny and rounded up: left to the exact path.)
template <typename F>
constexpr bool raises_at_most_inexact(typename F::Bits result) {
  constexpr typename F::Bits kLeast = typename F::Bits{2} << F::kFractionBits;
  return magnitude<F>(result) - kLeast < F::kInfinity - kLeast;
}

}  // namespace roost::rv64::fp::host
