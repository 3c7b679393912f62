// The room: randomness that a failing test can tell and repeat.
// A random test says SCOPED_TRACE(random.told()); ROOST_TEST_SEED=n runs it again with that seed.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace roost::kit {

class Seeded {
 public:
  explicit Seeded(std::uint64_t usual) : seed_(usual) {
    if (const char* wanted = std::getenv("ROOST_TEST_SEED")) seed_ = std::strtoull(wanted, nullptr, 0);
    state_ = seed_;
  }

  std::uint64_t seed() const { return seed_; }
  std::string told() const { return "replay with ROOST_TEST_SEED=" + std::to_string(seed_); }

  std::uint64_t next() {  // splitmix64
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least + 1)));
  }

 private:
  std::uint64_t seed_, state_;
};

}  // namespace roost::kit
