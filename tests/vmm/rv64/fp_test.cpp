#include "vmm/rv64/fp.hpp"

#include <gtest/gtest.h>

namespace roost::rv64::fp {
namespace {

constexpr S::Bits kOne = 0x3f80'0000;
constexpr S::Bits kTwo = 0x4000'0000;
constexpr S::Bits kGreatest = 0x7f7f'ffff;
constexpr S::Bits kLeastNormal = 0x0080'0000;
constexpr S::Bits kLeast = 1;
constexpr S::Bits kQuiet = 0x7fc0'1234;
constexpr S::Bits kSignalling = 0x7f80'0001;

constexpr D::Bits kOneD = 0x3ff0'0000'0000'0000;

struct Outcome {
  std::uint64_t bits;
  std::uint32_t flags;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << std::hex << "0x" << outcome.bits << " flags 0x" << outcome.flags << std::dec;
}

template <typename Function, typename... Arguments>
Outcome of(Function function, Arguments... arguments) {
  std::uint32_t flags = 0;
  const auto bits = function(arguments..., flags);
  return {static_cast<std::uint64_t>(bits), flags};
}

TEST(Fp, AddsAndAccumulatesFlags) {
  std::uint32_t flags = kDivideByZero;
  EXPECT_EQ(add<S>(kOne, kOne, Rounding::Rne, flags), kTwo);
  EXPECT_EQ(flags, kDivideByZero);
  EXPECT_EQ(add<S>(kOne, kLeast, Rounding::Rne, flags), kOne);
  EXPECT_EQ(flags, kDivideByZero | kInexact);
  EXPECT_EQ(add<S>(kOne, kLeast, Rounding::Rup, flags), kOne + 1);
}

TEST(Fp, TiesGoToEvenOrAway) {
  const S::Bits half_ulp = 0x3380'0000;  // 2^-24
  EXPECT_EQ(of(add<S>, kOne, half_ulp, Rounding::Rne), (Outcome{kOne, kInexact}));
  EXPECT_EQ(of(add<S>, kOne, half_ulp, Rounding::Rmm), (Outcome{kOne + 1, kInexact}));
  EXPECT_EQ(of(add<S>, kOne + 1, half_ulp, Rounding::Rne), (Outcome{kOne + 2, kInexact}));
  EXPECT_EQ(of(add<S>, kOne | S::kSign, half_ulp | S::kSign, Rounding::Rmm),
            (Outcome{(kOne + 1) | S::kSign, kInexact}));
}

TEST(Fp, ExactZeroSumIsNegativeOnlyRoundingDown) {
  EXPECT_EQ(of(sub<D>, kOneD, kOneD, Rounding::Rne), (Outcome{0, 0}));
  EXPECT_EQ(of(sub<D>, kOneD, kOneD, Rounding::Rdn), (Outcome{D::kSign, 0}));
  EXPECT_EQ(of(add<D>, D::kSign, D::kSign, Rounding::Rne), (Outcome{D::kSign, 0}));
  EXPECT_EQ(of(madd<S>, kOne, kOne, kOne | S::kSign, Rounding::Rdn), (Outcome{S::kSign, 0}));
}

TEST(Fp, OverflowGoesWhereTheModePoints) {
  const std::uint32_t flags = kOverflow | kInexact;
  EXPECT_EQ(of(mul<S>, kGreatest, kTwo, Rounding::Rne), (Outcome{S::kInfinity, flags}));
  EXPECT_EQ(of(mul<S>, kGreatest, kTwo, Rounding::Rmm), (Outcome{S::kInfinity, flags}));
  EXPECT_EQ(of(mul<S>, kGreatest, kTwo, Rounding::Rtz), (Outcome{kGreatest, flags}));
  EXPECT_EQ(of(mul<S>, kGreatest, kTwo, Rounding::Rdn), (Outcome{kGreatest, flags}));
  EXPECT_EQ(of(mul<S>, kGreatest | S::kSign, kTwo, Rounding::Rdn), (Outcome{S::kInfinity | S::kSign, flags}));
  EXPECT_EQ(of(mul<S>, kGreatest | S::kSign, kTwo, Rounding::Rup), (Outcome{kGreatest | S::kSign, flags}));
}

TEST(Fp, TininessIsDetectedAfterRounding) {
  // (1 - 2^-24) * 2^-126 lies half way between the greatest subnormal and the least normal number. With an unbounded
  // exponent it needs no rounding, so it is tiny. (1 - 2^-25) * 2^-126 would round to 2^-126 itself: not tiny.
  EXPECT_EQ(of(mul<S>, kLeastNormal, 0x3f7f'ffff, Rounding::Rne), (Outcome{kLeastNormal, kUnderflow | kInexact}));
  const D::Bits closer = 0x380f'ffff'f000'0000;  // 2^-126 * (1 - 2^-25)
  EXPECT_EQ(of(to_single, closer, Rounding::Rne), (Outcome{kLeastNormal, kInexact}));
  EXPECT_EQ(of(to_single, closer, Rounding::Rtz), (Outcome{kLeastNormal - 1, kUnderflow | kInexact}));
}

TEST(Fp, ExactSubnormalsRaiseNothing) {
  EXPECT_EQ(of(mul<S>, kLeastNormal, 0x3f00'0000, Rounding::Rne), (Outcome{kLeastNormal >> 1, 0}));
  EXPECT_EQ(of(add<S>, kLeast, kLeast, Rounding::Rne), (Outcome{2, 0}));
  EXPECT_EQ(of(to_double, kLeast), (Outcome{0x36a0'0000'0000'0000, 0}));
}

TEST(Fp, NanResultsAreCanonical) {
  EXPECT_EQ(of(add<S>, kQuiet, kOne, Rounding::Rne), (Outcome{S::kCanonicalNan, 0}));
  EXPECT_EQ(of(add<S>, kSignalling, kOne, Rounding::Rne), (Outcome{S::kCanonicalNan, kInvalid}));
  EXPECT_EQ(of(sub<S>, S::kInfinity, S::kInfinity, Rounding::Rne), (Outcome{S::kCanonicalNan, kInvalid}));
  EXPECT_EQ(of(mul<S>, S::kInfinity, S::Bits{0}, Rounding::Rne), (Outcome{S::kCanonicalNan, kInvalid}));
  EXPECT_EQ(of(div<S>, S::Bits{0}, S::kSign, Rounding::Rne), (Outcome{S::kCanonicalNan, kInvalid}));
  EXPECT_EQ(of(sqrt<S>, kOne | S::kSign, Rounding::Rne), (Outcome{S::kCanonicalNan, kInvalid}));
  EXPECT_EQ(of(to_single, D::Bits{0x7ff4'0000'0000'0000}, Rounding::Rne), (Outcome{S::kCanonicalNan, kInvalid}));
  EXPECT_EQ(of(to_double, kQuiet | S::kSign), (Outcome{D::kCanonicalNan, 0}));
}

TEST(Fp, InfinityByZeroIsInvalidEvenPlusQuietNan) {
  EXPECT_EQ(of(madd<S>, S::kInfinity, S::Bits{0}, kQuiet, Rounding::Rne), (Outcome{S::kCanonicalNan, kInvalid}));
}

TEST(Fp, FusedVariantsNegateProductAndAddend) {
  const S::Bits three = 0x4040'0000;
  EXPECT_EQ(of(madd<S>, kTwo, kTwo, three, Rounding::Rne).bits, 0x40e0'0000U);    // 7
  EXPECT_EQ(of(msub<S>, kTwo, kTwo, three, Rounding::Rne).bits, 0x3f80'0000U);    // 1
  EXPECT_EQ(of(nmsub<S>, kTwo, kTwo, three, Rounding::Rne).bits, 0xbf80'0000U);   // -1
  EXPECT_EQ(of(nmadd<S>, kTwo, kTwo, three, Rounding::Rne).bits, 0xc0e0'0000U);   // -7
}

TEST(Fp, DivisionByZeroIsExactInfinity) {
  EXPECT_EQ(of(div<S>, kOne, S::kSign, Rounding::Rne), (Outcome{S::kInfinity | S::kSign, kDivideByZero}));
  EXPECT_EQ(of(div<S>, S::kInfinity, S::Bits{0}, Rounding::Rne), (Outcome{S::kInfinity, 0}));
}

TEST(Fp, MinAndMaxPreferNumbersAndOrderZeros) {
  EXPECT_EQ(of(min<S>, S::Bits{0}, S::kSign), (Outcome{S::kSign, 0}));
  EXPECT_EQ(of(max<S>, S::kSign, S::Bits{0}), (Outcome{0, 0}));
  EXPECT_EQ(of(min<S>, kQuiet, kOne), (Outcome{kOne, 0}));
  EXPECT_EQ(of(max<S>, kOne, kSignalling), (Outcome{kOne, kInvalid}));
  EXPECT_EQ(of(max<S>, kQuiet, kQuiet), (Outcome{S::kCanonicalNan, 0}));
}

TEST(Fp, OnlyEqIsQuiet) {
  EXPECT_EQ(of(eq<S>, kQuiet, kQuiet), (Outcome{0, 0}));
  EXPECT_EQ(of(eq<S>, kSignalling, kOne), (Outcome{0, kInvalid}));
  EXPECT_EQ(of(lt<S>, kQuiet, kOne), (Outcome{0, kInvalid}));
  EXPECT_EQ(of(le<S>, kOne, kQuiet), (Outcome{0, kInvalid}));
  EXPECT_EQ(of(eq<S>, S::Bits{0}, S::kSign), (Outcome{1, 0}));
  EXPECT_EQ(of(lt<S>, S::kSign, S::Bits{0}), (Outcome{0, 0}));
}

TEST(Fp, ClassifiesEveryKind) {
  const S::Bits kinds[] = {S::kInfinity | S::kSign, kOne | S::kSign, kLeast | S::kSign, S::kSign, 0,
                           kLeast,                  kOne,            S::kInfinity,      kSignalling, kQuiet};
  for (unsigned kind = 0; kind < 10; ++kind) EXPECT_EQ(classify<S>(kinds[kind]), 1U << kind) << kind;
  EXPECT_EQ(classify<D>(D::kCanonicalNan | D::kSign), 1U << 9);
  EXPECT_EQ(classify<D>(D::kSign | 1), 1U << 2);
}

TEST(Fp, ConversionsToIntegersSaturate) {
  const S::Bits minus_half = 0xbf00'0000;
  EXPECT_EQ(of(to_uint32<S>, minus_half, Rounding::Rtz), (Outcome{0, kInexact}));
  EXPECT_EQ(of(to_uint32<S>, minus_half, Rounding::Rdn), (Outcome{0, kInvalid}));
  EXPECT_EQ(of(to_uint64<S>, minus_half, Rounding::Rmm), (Outcome{0, kInvalid}));
  std::uint32_t flags = 0;
  EXPECT_EQ(to_int32<S>(kQuiet | S::kSign, Rounding::Rne, flags), INT32_MAX);
  EXPECT_EQ(to_int64<S>(S::kInfinity | S::kSign, Rounding::Rne, flags), INT64_MIN);
  EXPECT_EQ(to_uint64<S>(S::kInfinity, Rounding::Rne, flags), UINT64_MAX);
  EXPECT_EQ(flags, kInvalid);
  flags = 0;
  EXPECT_EQ(to_int32<D>(0xc1e0'0000'0000'0000, Rounding::Rne, flags), INT32_MIN);  // -2^31 itself fits
  EXPECT_EQ(flags, 0U);
  EXPECT_EQ(to_int32<D>(0xc1e0'0000'0010'0000, Rounding::Rne, flags), INT32_MIN);  // -2^31 - 1/2, a tie, to even
  EXPECT_EQ(flags, kInexact);
  EXPECT_EQ(to_int32<D>(0xc1e0'0000'0010'0000, Rounding::Rdn, flags), INT32_MIN);
  EXPECT_EQ(flags, kInexact | kInvalid);
}

TEST(Fp, ConversionsFromIntegersRound) {
  EXPECT_EQ(of(from_int<S>, std::int64_t{-1}, Rounding::Rne), (Outcome{kOne | S::kSign, 0}));
  EXPECT_EQ(of(from_int<D>, INT64_MIN, Rounding::Rne), (Outcome{0xc3e0'0000'0000'0000, 0}));
  EXPECT_EQ(of(from_uint<S>, UINT64_MAX, Rounding::Rne), (Outcome{0x5f80'0000, kInexact}));
  EXPECT_EQ(of(from_uint<S>, UINT64_MAX, Rounding::Rtz), (Outcome{0x5f7f'ffff, kInexact}));
  EXPECT_EQ(of(from_int<S>, std::int64_t{0}, Rounding::Rdn), (Outcome{0, 0}));
}

TEST(Fp, BoxesSinglesInOnes) {
  EXPECT_EQ(box(kOne), 0xffff'ffff'3f80'0000U);
  EXPECT_EQ(unbox(box(kOne)), kOne);
  EXPECT_EQ(unbox(0xffff'fffe'3f80'0000), S::kCanonicalNan);
}

}  // namespace
}  // namespace roost::rv64::fp
