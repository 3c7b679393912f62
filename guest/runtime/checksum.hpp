// The room: sums that show that work was done right, and numbers to work on.
#pragma once

#include <stdint.h>

namespace guest {

/// FNV-1a over 64-bit words (each taken whole, not byte by byte).
class Checksum {
 public:
  void add(uint64_t word) { value_ = (value_ ^ word) * 0x100000001b3; }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xcbf29ce484222325;
};

/// Scatters the bits of a number (splitmix64's finalizer); sums of these do not depend on their order.
inline uint64_t scatter(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Marsaglia's xorshift64: the same stream for the same seed.
class Xorshift {
 public:
  explicit Xorshift(uint64_t seed) : state_(scatter(seed) | 1) {}
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

 private:
  uint64_t state_;
};

}  // namespace guest
