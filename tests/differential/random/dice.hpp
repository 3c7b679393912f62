// The room: the only source of randomness of the random programs: a seed in, a stream of choices out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace roost::random_programs {

/// One well-mixed word out of two: the seed of program `index` of a run.
constexpr std::uint64_t mix(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t word = seed * 0x9e37'79b9'7f4a'7c15 + (index + 1) * 0xd1b5'4a32'd192'ed03;
  word = (word ^ word >> 30) * 0xbf58'476d'1ce4'e5b9;
  word = (word ^ word >> 27) * 0x94d0'49bb'1331'11eb;
  return word ^ word >> 31;
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_(seed) {}

  std::uint64_t word() { return mix(seed_, count_++); }
  std::uint64_t below(std::uint64_t limit) { return word() % limit; }
  bool percent(std::uint64_t chance) { return below(100) < chance; }
  /// From least to most, both possible.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least) + 1));
  }

  template <typename T>
  const T& among(std::span<const T> choices) { return choices[below(choices.size())]; }
  template <typename T, std::size_t count>
  const T& among(const T (&choices)[count]) { return choices[below(count)]; }
  template <typename T>
  T among(std::initializer_list<T> choices) { return choices.begin()[below(choices.size())]; }

 private:
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
};

}  // namespace roost::random_programs
