// The room: shares as nice levels, for disciplines whose published rules speak of nice or of priorities.
// Rules: a step of nice is a factor of 1.25 in weight, nice 0 is the usual weight (100, which stands for Linux's 1024).
//   Source: Linux kernel/sched/core.c, sched_prio_to_weight: each step about 10 percent of a pCPU between two.
// Deviation: weights below those of nice 19 or above those of nice -20 count as these.
#pragma once

#include "sched/vocabulary/weight.hpp"

namespace roost {

inline constexpr int kMinNice = -20, kMaxNice = 19;

/// The nice level whose weight is nearest to this one, in ratio: -20 (heaviest) .. 19.
constexpr int nice_of(Weight weight) {
  // Nice n weighs 100 * 1.25^-n; the limit between two levels is their geometric mean. All are scaled by 10^6.
  int nice = 0;
  std::int64_t scaled = value(weight) * 1'000'000;        // of nice 0: 100,000,000
  constexpr std::int64_t kUpper = 111'803'399;            // 10^8 * sqrt(1.25)
  constexpr std::int64_t kLower = 89'442'719;             // 10^8 / sqrt(1.25)
  while (scaled > kUpper && nice > kMinNice) scaled = scaled * 4 / 5, --nice;
  while (scaled < kLower && nice < kMaxNice) scaled = scaled * 5 / 4, ++nice;
  return nice;
}

}  // namespace roost
