// Seeded random operands, biased to where floating point is hard, against exact rational arithmetic (fp_oracle.hpp).
// Another run: ROOST_TEST_SEED=7 ROOST_TEST_ROUNDS=1000000 roost_tests_vmm_rv64 --gtest_filter='FpRandom*'
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <string>

#include "tests/vmm/rv64/fp_oracle.hpp"

namespace roost::rv64::fp {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

constexpr Rounding kModes[] = {Rounding::Rne, Rounding::Rtz, Rounding::Rdn, Rounding::Rup, Rounding::Rmm};

class Operands {
 public:
  explicit Operands(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t word() { return engine_(); }
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }

  /// Bits with long runs of equal bits: many of all roundings' corner cases.
  std::uint64_t pattern() {
    switch (below(6)) {
      case 0: return 0;
      case 1: return ~std::uint64_t{0};
      case 2: return std::uint64_t{1} << below(64);
      case 3: return ~std::uint64_t{0} << below(64);
      case 4: return (std::uint64_t{1} << below(64)) - 1;
      default: return word();
    }
  }

  template <typename F>
  typename F::Bits any() {
    using Bits = typename F::Bits;
    const std::uint64_t fraction = (pattern() ^ below(4)) & ((std::uint64_t{1} << F::kFractionBits) - 1);
    return static_cast<Bits>((below(2) != 0 ? F::kSign : 0) | exponent<F>() << F::kFractionBits | fraction);
  }

  /// Close to `other`, so that sums cancel.
  template <typename F>
  typename F::Bits near(typename F::Bits other) {
    if (below(3) != 0) return any<F>();
    const auto steps = static_cast<typename F::Bits>(below(5));
    return (other ^ (below(2) != 0 ? F::kSign : 0)) + (below(2) != 0 ? steps : 0 - steps);
  }

 private:
  template <typename F>
  std::uint64_t exponent() {
    constexpr std::uint64_t kTop = 2 * F::kMaxExponent + 1;
    constexpr std::uint64_t kOne = F::kMaxExponent;
    switch (below(8)) {
      case 0: return below(3);
      case 1: return kTop - below(3);
      case 2: return kOne - 2 + below(70);  // 0.25 to beyond 2^64
      case 3: return kOne / 2 + below(4);   // squares that underflow
      case 4: return kOne + kOne / 2 - 2 + below(4);
      case 5: return below(F::kFractionBits + 4);
      default: return below(kTop + 1);
    }
  }

  std::mt19937_64 engine_;
};

template <typename F>
class FpRandom : public ::testing::Test {
 protected:
  using Bits = typename F::Bits;

  FpRandom() : seed_(setting("ROOST_TEST_SEED", 20260)), operands_(seed_) {}

  /// Calls try_one(mode) for every mode, for many rounds.
  template <typename TryOne>
  void repeat(TryOne try_one) {
    const std::uint64_t rounds = setting("ROOST_TEST_ROUNDS", 20000);
    for (std::uint64_t round = 0; round < rounds && !this->HasFailure(); ++round) try_one();
  }

  /// `compute(mode, flags)` gives bits; once with no flag up, once with inexact up already, as the paths may differ.
  template <typename Compute, typename Expect>
  void agree(const std::string& what, Compute compute, Expect expect) {
    for (const Rounding mode : kModes) {
      const oracle::Answer expected = expect(mode);
      for (const std::uint32_t before : {std::uint32_t{0}, kInexact}) {
        std::uint32_t flags = before;
        const std::uint64_t bits = compute(mode, flags);
        ASSERT_TRUE(bits == expected.bits && flags == (expected.flags | before))
            << what << " mode " << static_cast<int>(mode) << std::hex << ": got " << bits << " flags " << flags
            << ", expected " << expected.bits << " flags " << (expected.flags | before) << std::dec
            << "; ROOST_TEST_SEED=" << seed_;
      }
    }
  }

  static std::string text(const char* name, std::initializer_list<std::uint64_t> operands) {
    std::ostringstream out;
    out << name << std::hex;
    for (const std::uint64_t operand : operands) out << " 0x" << operand;
    return out.str();
  }

  template <typename Function, typename Oracle>
  void binary(const char* name, Function function, Oracle expected) {
    repeat([&] {
      const Bits a = operands_.any<F>();
      const Bits b = operands_.near<F>(a);
      agree(text(name, {a, b}), [&](Rounding mode, std::uint32_t& flags) { return function(a, b, mode, flags); },
            [&](Rounding mode) { return expected(a, b, mode); });
    });
  }

  template <typename Integer>
  void to_integer(const char* name, Integer (*function)(Bits, Rounding, std::uint32_t&)) {
    const oracle::Integer least = std::numeric_limits<Integer>::min();
    const oracle::Integer most = std::numeric_limits<Integer>::max();
    repeat([&] {
      const Bits a = operands_.any<F>();
      const auto compute = [&](Rounding mode, std::uint32_t& flags) {
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(function(a, mode, flags)));
      };
      agree(text(name, {a}), compute,
            [&](Rounding mode) { return oracle::to_integer<F>(a, least, most, mode); });
    });
  }

  std::uint64_t seed_;
  Operands operands_;
};

using Formats = ::testing::Types<S, D>;
TYPED_TEST_SUITE(FpRandom, Formats);

TYPED_TEST(FpRandom, AddIsExact) { this->binary("add", add<TypeParam>, oracle::add<TypeParam>); }
TYPED_TEST(FpRandom, MulIsExact) { this->binary("mul", mul<TypeParam>, oracle::mul<TypeParam>); }
TYPED_TEST(FpRandom, DivIsExact) { this->binary("div", div<TypeParam>, oracle::div<TypeParam>); }

TYPED_TEST(FpRandom, SubAddsTheOpposite) {
  using Word = typename TypeParam::Bits;
  this->binary("sub", sub<TypeParam>, [](Word a, Word b, Rounding mode) {
    return oracle::add<TypeParam>(a, b ^ TypeParam::kSign, mode);
  });
}

TYPED_TEST(FpRandom, SqrtIsExact) {
  this->repeat([&] {
    auto a = this->operands_.template any<TypeParam>();
    if (this->operands_.below(4) != 0) a &= ~TypeParam::kSign;
    this->agree(this->text("sqrt", {a}),
                [&](Rounding mode, std::uint32_t& flags) { return sqrt<TypeParam>(a, mode, flags); },
                [&](Rounding mode) { return oracle::sqrt<TypeParam>(a, mode); });
  });
}

TYPED_TEST(FpRandom, MaddRoundsOnce) {
  using Word = typename TypeParam::Bits;
  this->repeat([&] {
    const Word a = this->operands_.template any<TypeParam>();
    const Word b = this->operands_.template any<TypeParam>();
    std::uint32_t ignored = 0;
    const Word near_product = mul<TypeParam>(a, b, Rounding::Rtz, ignored);
    const Word c = this->operands_.template near<TypeParam>(near_product);
    this->agree(this->text("madd", {a, b, c}),
                [&](Rounding mode, std::uint32_t& flags) { return madd<TypeParam>(a, b, c, mode, flags); },
                [&](Rounding mode) { return oracle::madd<TypeParam>(a, b, c, mode); });
  });
}

TYPED_TEST(FpRandom, ToIntegersSaturate) {
  this->to_integer("to_int32", to_int32<TypeParam>);
  this->to_integer("to_int64", to_int64<TypeParam>);
  this->to_integer("to_uint32", to_uint32<TypeParam>);
  this->to_integer("to_uint64", to_uint64<TypeParam>);
}

TYPED_TEST(FpRandom, FromIntegersRound) {
  this->repeat([&] {
    const std::uint64_t value = (this->operands_.pattern() ^ this->operands_.below(4)) >> this->operands_.below(64);
    this->agree(this->text("from_uint", {value}),
                [&](Rounding mode, std::uint32_t& flags) { return from_uint<TypeParam>(value, mode, flags); },
                [&](Rounding mode) { return oracle::from_integer<TypeParam>(value, mode); });
    const auto negative = static_cast<std::int64_t>(0 - value);
    this->agree(this->text("from_int", {0 - value}),
                [&](Rounding mode, std::uint32_t& flags) { return from_int<TypeParam>(negative, mode, flags); },
                [&](Rounding mode) { return oracle::from_integer<TypeParam>(negative, mode); });
  });
}

TYPED_TEST(FpRandom, FormatsConvert) {
  this->repeat([&] {
    const S::Bits single = this->operands_.template any<S>();
    this->agree(this->text("to_double", {single}),
                [&](Rounding, std::uint32_t& flags) { return to_double(single, flags); },
                [&](Rounding mode) { return oracle::convert<D, S>(single, mode); });
    // Half of the doubles near what a single can hold: its exponents, below and above its least and greatest.
    D::Bits wide = this->operands_.template any<D>();
    if (this->operands_.below(2) != 0) {
      wide = (wide & ~D::kInfinity) | (D::kMaxExponent - 152 + this->operands_.below(282)) << D::kFractionBits;
    }
    this->agree(this->text("to_single", {wide}),
                [&](Rounding mode, std::uint32_t& flags) { return to_single(wide, mode, flags); },
                [&](Rounding mode) { return oracle::convert<S, D>(wide, mode); });
  });
}

TYPED_TEST(FpRandom, ComparisonsOrderAsTheHostDoes) {
  this->repeat([&] {
    const auto a = this->operands_.template any<TypeParam>();
    const auto b = this->operands_.template near<TypeParam>(a);
    const auto x = oracle::host<TypeParam>(a);
    const auto y = oracle::host<TypeParam>(b);
    const std::uint32_t if_signalling =
        oracle::signalling<TypeParam>(a) || oracle::signalling<TypeParam>(b) ? kInvalid : 0;
    const std::uint32_t if_nan = std::isnan(x) || std::isnan(y) ? kInvalid : 0;
    const std::string what = this->text("compare", {a, b});
    const auto expect = [&](std::uint64_t bits, std::uint32_t flags) {
      return [=](Rounding) { return oracle::Answer{bits, flags}; };
    };
    this->agree(what + " eq", [&](Rounding, std::uint32_t& flags) { return eq<TypeParam>(a, b, flags); },
                expect(x == y, if_signalling));
    this->agree(what + " lt", [&](Rounding, std::uint32_t& flags) { return lt<TypeParam>(a, b, flags); },
                expect(x < y, if_nan));
    this->agree(what + " le", [&](Rounding, std::uint32_t& flags) { return le<TypeParam>(a, b, flags); },
                expect(x <= y, if_nan));
    const bool a_is_less = x < y || (x == y && std::signbit(x));
    const auto number = std::isnan(x) ? (std::isnan(y) ? TypeParam::kCanonicalNan : b) : a;
    const bool no_choice = std::isnan(x) || std::isnan(y);
    this->agree(what + " min", [&](Rounding, std::uint32_t& flags) { return min<TypeParam>(a, b, flags); },
                expect(no_choice ? number : a_is_less ? a : b, if_signalling));
    this->agree(what + " max", [&](Rounding, std::uint32_t& flags) { return max<TypeParam>(a, b, flags); },
                expect(no_choice ? number : a_is_less ? b : a, if_signalling));
  });
}

}  // namespace
}  // namespace roost::rv64::fp
