// The room: how many of a vCPU's lines are left in a cache after others have missed in it.
// Not here: how many they missed (cache_model's odometer), growth (cache_growth).
// Invariants: 0 <= left <= before; more misses never leave more; no misses leave all.
//
// Two replacements. Random: each miss takes any line, so E e^(-m/C) are left. Least recently used in sets of w ways,
// after Thiebaut and Stone (1987): a set holds a ~ Poisson(E/S) of ours and gets b ~ Poisson(m/S) of theirs, which
// leave min(a, w - b). That sum is tabled once in E/C and m/C, as the share of what is there without misses, and
// interpolated.
#pragma once

#include <array>
#include <cstdint>

#include "vmm/caches/fixed_point.hpp"

namespace roost {

struct CacheShape {
  Lines capacity{};
  std::uint32_t ways = 0;  // 0: random replacement; else at most 32
};

/// The sum itself, per set of `ways`, in 1/2^32 of a line; `ours` and `theirs` are E/S and m/S in 1/2^32.
std::uint64_t lines_left_in_set(std::uint32_t ways, std::uint64_t ours, std::uint64_t theirs);

class CacheDecay {
 public:
  explicit CacheDecay(CacheShape shape);
  const CacheShape& shape() const { return shape_; }
  /// Of `resident` lines after `misses` by others in a full cache.
  Lines left(Lines resident, Lines misses) const;

 private:
  static constexpr std::size_t kFills = 17;   // E/C in sixteenths, from 0
  static constexpr std::size_t kMisses = 65;  // m/C in sixteenths, to 4: then less than 10^-7 of a line is left
  std::uint64_t survival(std::uint64_t fill, std::uint64_t misses) const;

  CacheShape shape_;
  std::array<std::array<std::uint64_t, kMisses>, kFills> table_{};
};

}  // namespace roost
