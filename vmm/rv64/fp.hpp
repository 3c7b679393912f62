// The room: IEEE 754 arithmetic as RISC-V's F and D extensions have it (unpriv 11, 12): pure functions on raw bits.
// Not here: registers, NaN-boxing decisions, the dynamic rounding mode, illegal instructions (exec_f, exec_d).
// Invariants: results and flags are exact in all five rounding modes; a NaN result is the canonical NaN; tininess is
// detected after rounding; the host's rounding mode is round-to-nearest-even and is never touched.
#pragma once

#include <cstdint>

namespace roost::rv64::fp {

/// As encoded in an instruction's rm field and in frm.
enum class Rounding : std::uint8_t {
  Rne = 0,  // to nearest, ties to even
  Rtz = 1,  // towards zero
  Rdn = 2,  // down
  Rup = 3,  // up
  Rmm = 4,  // to nearest, ties away from zero
};

/// The bits of fflags. Every function here only adds to the flags that it is given.
inline constexpr std::uint32_t kInexact = 1;
inline constexpr std::uint32_t kUnderflow = 2;
inline constexpr std::uint32_t kOverflow = 4;
inline constexpr std::uint32_t kDivideByZero = 8;
inline constexpr std::uint32_t kInvalid = 16;

/// Single precision.
struct S {
  using Bits = std::uint32_t;
  static constexpr int kFractionBits = 23;
  static constexpr int kMaxExponent = 127;  // of the greatest finite number; the least normal one has 1 - this
  static constexpr Bits kSign = 0x8000'0000;
  static constexpr Bits kInfinity = 0x7f80'0000;
  static constexpr Bits kCanonicalNan = 0x7fc0'0000;
};

/// Double precision.
struct D {
  using Bits = std::uint64_t;
  static constexpr int kFractionBits = 52;
  static constexpr int kMaxExponent = 1023;
  static constexpr Bits kSign = 0x8000'0000'0000'0000;
  static constexpr Bits kInfinity = 0x7ff0'0000'0000'0000;
  static constexpr Bits kCanonicalNan = 0x7ff8'0000'0000'0000;
};

/// A register that holds an S has ones above it; one without them counts as the canonical NaN.
constexpr std::uint64_t box(S::Bits single) { return 0xffff'ffff'0000'0000 | single; }
constexpr S::Bits unbox(std::uint64_t value) {
  return value >> 32 == 0xffff'ffff ? static_cast<S::Bits>(value) : S::kCanonicalNan;
}

// All templates below exist for F = S and F = D, and are called as fp::add<fp::S>(a, b, rounding, flags).

template <typename F>
typename F::Bits add(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags);
template <typename F>
typename F::Bits sub(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags);
template <typename F>
typename F::Bits mul(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags);
template <typename F>
typename F::Bits div(typename F::Bits a, typename F::Bits b, Rounding rounding, std::uint32_t& flags);
template <typename F>
typename F::Bits sqrt(typename F::Bits a, Rounding rounding, std::uint32_t& flags);

/// a * b + c, rounded once.
template <typename F>
typename F::Bits madd(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rounding rounding,
                      std::uint32_t& flags);
/// a * b - c
template <typename F>
typename F::Bits msub(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rounding rounding,
                      std::uint32_t& flags) {
  return madd<F>(a, b, c ^ F::kSign, rounding, flags);
}
/// -(a * b) + c
template <typename F>
typename F::Bits nmsub(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rounding rounding,
                       std::uint32_t& flags) {
  return madd<F>(a ^ F::kSign, b, c, rounding, flags);
}
/// -(a * b) - c
template <typename F>
typename F::Bits nmadd(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rounding rounding,
                       std::uint32_t& flags) {
  return madd<F>(a ^ F::kSign, b, c ^ F::kSign, rounding, flags);
}

/// minimumNumber and maximumNumber of IEEE 754-2019: -0 < +0, a NaN gives way to a number.
template <typename F>
typename F::Bits min(typename F::Bits a, typename F::Bits b, std::uint32_t& flags);
template <typename F>
typename F::Bits max(typename F::Bits a, typename F::Bits b, std::uint32_t& flags);

/// eq is quiet (only a signalling NaN is invalid); lt and le are signalling (any NaN is).
template <typename F>
bool eq(typename F::Bits a, typename F::Bits b, std::uint32_t& flags);
template <typename F>
bool lt(typename F::Bits a, typename F::Bits b, std::uint32_t& flags);
template <typename F>
bool le(typename F::Bits a, typename F::Bits b, std::uint32_t& flags);

/// One bit set: 0 -inf, 1 negative normal, 2 negative subnormal, 3 -0, 4 +0, 5 positive subnormal, 6 positive normal,
/// 7 +inf, 8 signalling NaN, 9 quiet NaN.
template <typename F>
std::uint32_t classify(typename F::Bits a);

// To integers: out of range saturates and is invalid (and then not inexact); a NaN counts as too great.
template <typename F>
std::int32_t to_int32(typename F::Bits a, Rounding rounding, std::uint32_t& flags);
template <typename F>
std::uint32_t to_uint32(typename F::Bits a, Rounding rounding, std::uint32_t& flags);
template <typename F>
std::int64_t to_int64(typename F::Bits a, Rounding rounding, std::uint32_t& flags);
template <typename F>
std::uint64_t to_uint64(typename F::Bits a, Rounding rounding, std::uint32_t& flags);

/// From 32-bit integers too: they widen to these without loss.
template <typename F>
typename F::Bits from_int(std::int64_t value, Rounding rounding, std::uint32_t& flags);
template <typename F>
typename F::Bits from_uint(std::uint64_t value, Rounding rounding, std::uint32_t& flags);

/// fcvt.s.d and fcvt.d.s
S::Bits to_single(D::Bits a, Rounding rounding, std::uint32_t& flags);
D::Bits to_double(S::Bits a, std::uint32_t& flags);

}  // namespace roost::rv64::fp
