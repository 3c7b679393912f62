// The room: spans of time drawn from a named distribution, the same on every machine and with every compiler.
// Not here: whose they are (phase, arrivals).
// Invariants: integers only. What a draw leaves over below a nanosecond is carried into the next: long sums are exact.
#pragma once

#include <cstdint>

#include "sched/vocabulary/random_stream.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

/// splitmix64 (Steele, Lea, Flood 2014): a stream of its own for each seed and number.
class RandomStream64 {
 public:
  RandomStream64(std::uint64_t seed, std::uint64_t number) : state_(splitmix64(seed) ^ splitmix64(~number)) {}
  std::uint64_t next() { return splitmix64(state_ += kSplitmixStep); }

 private:
  std::uint64_t state_;
};

struct Distribution {
  enum class Kind : std::uint8_t { Constant, Uniform, Exponential };
  Kind kind = Kind::Constant;
  Duration a{0};  // the span itself; the least; the mean
  Duration b{0};  // Uniform: the most
};

inline constexpr Duration kLongestSpan = std::chrono::hours(24 * 365);  // of any one draw's parameter

/// Draws from distributions with one stream and one carry.
class Drawer {
 public:
  Drawer(std::uint64_t seed, std::uint64_t number) : random_(seed, number) {}
  Duration draw(const Distribution& from);

 private:
  /// `span` times a fraction of 2^32 parts, plus what was carried.
  Duration scaled(Duration span, std::uint64_t parts);
  std::uint64_t exponential_parts();

  RandomStream64 random_;
  std::uint32_t carry_ = 0;  // in 2^-32 ns
};

}  // namespace roost
