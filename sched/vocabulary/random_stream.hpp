// The room: a stream of random numbers that a seed fixes, for rules that draw.
// Rules: splitmix64. Source: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
// Not here: where the seed comes from: it is an argument (law 1).
// Invariants: one seed is one stream, on every compiler; streams of one seed and different numbers are unrelated.
#pragma once

#include <cstdint>

#include "sched/vocabulary/check.hpp"

namespace roost {

inline constexpr std::uint64_t kSplitmixStep = 0x9e3779b97f4a7c15;
/// The finaliser: one to one, and unlike its argument in every bit.
constexpr std::uint64_t splitmix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

class RandomStream {
 public:
  RandomStream() = default;
  RandomStream(std::uint64_t seed, std::uint64_t number) : state_(splitmix64(splitmix64(seed) + number)) {}

  std::uint64_t next() { return splitmix64(state_ += kSplitmixStep); }

  /// Uniform in 0 .. bound-1. What would make some of them likelier is drawn again.
  std::uint64_t below(std::uint64_t bound) {
    check(bound > 0, "a number is drawn below a bound");
    const std::uint64_t uneven = (UINT64_MAX % bound + 1) % bound;  // 2^64 mod bound
    std::uint64_t drawn = next();
    while (drawn < uneven) drawn = next();
    return drawn % bound;
  }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace roost
