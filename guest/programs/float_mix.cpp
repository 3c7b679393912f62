// float_mix: every hart does the same floating point work in all rounding modes; bits and flags must agree.
//   rounds  1..10000000       rounds over all operations and modes      [40]
//   seed    0..1000000        the numbers that are worked on            [1]

#include "guest/runtime/checksum.hpp"
#include "guest/runtime/csr.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/program.hpp"

namespace guest {
namespace {

constexpr int kSide = 12;
constexpr uint64_t kRoundingModes = 5;

/// A value the compiler knows nothing about, here and now: volatile assembly keeps its order, so that what is computed
/// from one opaque value for another one is computed between the two, in the rounding mode of that moment.
template <typename Number>
Number opaque(Number value) {
  asm volatile("" : "+f"(value) : : "memory");
  return value;
}

/// The instructions that C++ has no operator for; conversions round as frm says.
struct Double {
  using Number = double;
  using Bits = uint64_t;
  using Other = float;
  static constexpr int kFractionBits = 52;
  static constexpr Bits kOne = 0x3ff0000000000000;

  static double sqrt(double a) { return __builtin_sqrt(a); }
  static double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }
  static int64_t to_signed(double a) {
    int64_t result;
    asm volatile("fcvt.l.d %0, %1" : "=r"(result) : "f"(a));
    return result;
  }
  static uint64_t to_unsigned_word(double a) {
    uint64_t result;
    asm volatile("fcvt.wu.d %0, %1" : "=r"(result) : "f"(a));
    return result;
  }
  static uint64_t kind_of(double a) {
    uint64_t result;
    asm volatile("fclass.d %0, %1" : "=r"(result) : "f"(a));
    return result;
  }
  static double smaller(double a, double b) {
    double result;
    asm volatile("fmin.d %0, %1, %2" : "=f"(result) : "f"(a), "f"(b));
    return result;
  }
};

struct Single {
  using Number = float;
  using Bits = uint32_t;
  using Other = double;
  static constexpr int kFractionBits = 23;
  static constexpr Bits kOne = 0x3f800000;

  static float sqrt(float a) { return __builtin_sqrtf(a); }
  static float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
  static int64_t to_signed(float a) {
    int64_t result;
    asm volatile("fcvt.l.s %0, %1" : "=r"(result) : "f"(a));
    return result;
  }
  static uint64_t to_unsigned_word(float a) {
    uint64_t result;
    asm volatile("fcvt.wu.s %0, %1" : "=r"(result) : "f"(a));
    return result;
  }
  static uint64_t kind_of(float a) {
    uint64_t result;
    asm volatile("fclass.s %0, %1" : "=r"(result) : "f"(a));
    return result;
  }
  static float smaller(float a, float b) {
    float result;
    asm volatile("fmin.s %0, %1, %2" : "=f"(result) : "f"(a), "f"(b));
    return result;
  }
};

/// Half of the numbers are near one, so that they cancel and round; half are any bits: infinities, NaNs, subnormals.
template <typename Format>
typename Format::Number any_number(Xorshift& random) {
  using Bits = typename Format::Bits;
  const uint64_t word = random.next();
  const Bits raw = static_cast<Bits>(random.next() >> 8);
  const Bits fraction = raw & ((Bits{1} << Format::kFractionBits) - 1);
  const Bits near_one = (Format::kOne + (static_cast<Bits>(word >> 1 & 3) << Format::kFractionBits)) | fraction;
  return opaque(__builtin_bit_cast(typename Format::Number, (word & 1) != 0 ? near_one : raw));
}

template <typename Format>
class Operations {
 public:
  using Number = typename Format::Number;
  explicit Operations(Checksum& checksum) : checksum_(checksum) {}

  void run_all(Xorshift& random) {
    const Number a = any_number<Format>(random), b = any_number<Format>(random), c = any_number<Format>(random);
    add(a + b);
    add(a - b);
    add(a * b);
    add(a / b);
    add(Format::sqrt(a));
    add(Format::fused(a, b, c));
    add(Format::fused(-a, b, -c));
    add(Format::smaller(a, c));
    add(static_cast<Number>(opaque(static_cast<typename Format::Other>(b))));
    add(static_cast<Number>(static_cast<int64_t>(random.next())));
    add(static_cast<Number>(static_cast<uint32_t>(random.next())));
    checksum_.add(static_cast<uint64_t>(Format::to_signed(a)));
    checksum_.add(Format::to_unsigned_word(b));
    checksum_.add(Format::kind_of(c));
    checksum_.add(a < b ? 1 : 0);
    checksum_.add(b == c ? 1 : 0);
    checksum_.add(c <= a ? 1 : 0);
  }

  /// Sums of products, as a numerical program makes them; the next matrix is made from the last.
  void multiply_matrices(Xorshift& random) {
    Number left[kSide][kSide], right[kSide][kSide];
    for (int i = 0; i < kSide * kSide; ++i) {
      left[i / kSide][i % kSide] = static_cast<Number>(static_cast<int64_t>(random.next() % 2001) - 1000) / 8;
      right[i / kSide][i % kSide] = static_cast<Number>(static_cast<int64_t>(random.next() % 2001) - 1000) / 64;
    }
    for (int row = 0; row < kSide; ++row) {
      for (int column = 0; column < kSide; ++column) {
        Number cell = opaque(Number{0});
        for (int i = 0; i < kSide; ++i) cell = Format::fused(left[row][i], right[i][column], cell);
        add(cell);
        add(cell / (left[row][column] + Number{0.1f}));
      }
    }
  }

 private:
  void add(Number value) {
    checksum_.add(__builtin_bit_cast(typename Format::Bits, opaque(value)));
    checksum_.add(read_csr<Csr::fflags>());
  }

  Checksum& checksum_;
};

struct Outcome {
  uint64_t checksum = 0;
  uint64_t wrong = 0;
};

PerHart<Outcome> outcomes;

/// What holds whatever the seed is: roots of squares are exact, and a third rounds down, up or to the nearest as told.
uint64_t count_wrong(uint64_t mode) {
  uint64_t wrong = 0;
  for (int i = 1; i <= 20; ++i) {
    const double square = opaque(static_cast<double>(i) * i);
    if (Double::sqrt(square) != i) ++wrong;
  }
  const double third = opaque(opaque(1.0) / opaque(3.0));
  const bool above = mode == 3;  // round up; all others, and to nearest, lie below a third
  if (__builtin_bit_cast(uint64_t, third) != 0x3fd5555555555555 + (above ? 1 : 0)) ++wrong;
  return wrong;
}

Outcome work(uint64_t rounds, uint64_t seed) {
  Outcome outcome;
  Checksum checksum;
  Xorshift random(seed);
  Operations<Double> doubles(checksum);
  Operations<Single> singles(checksum);
  write_csr<Csr::fflags>(0);
  for (uint64_t round = 0; round < rounds; ++round) {
    for (uint64_t mode = 0; mode < kRoundingModes; ++mode) {
      write_csr<Csr::frm>(mode);
      for (int i = 0; i < 4; ++i) {
        doubles.run_all(random);
        singles.run_all(random);
      }
      outcome.wrong += count_wrong(mode);
      write_csr<Csr::fflags>(0);
    }
    write_csr<Csr::frm>(0);
    doubles.multiply_matrices(random);
    singles.multiply_matrices(random);
  }
  outcome.checksum = checksum.value();
  return outcome;
}

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t rounds = arguments.number("rounds", 40, {1, 10'000'000});
  const uint64_t seed = arguments.number("seed", 1, {0, 1'000'000});
  arguments.done();

  on_every_hart([=] { outcomes.mine() = work(rounds, seed); });

  bool ok = true;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) {
    ok = ok && outcomes[hart].wrong == 0 && outcomes[hart].checksum == outcomes[0].checksum;
  }
  return report(ok, "float_mix: harts=%lu rounds=%lu seed=%lu checksum=0x%016lx", hart_count(), rounds, seed,
                outcomes[0].checksum);
}

}  // namespace guest
