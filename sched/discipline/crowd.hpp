// The room: who may wait beside a vCPU, summed up: what the bound of its wait depends on.
// Invariants: kNoBound is no span but the word for none; a bound that would exceed 2^62 ns is none.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sched/vocabulary/time.hpp"
#include "sched/vocabulary/weight.hpp"

namespace roost {

/// By its rule it may wait for ever.
inline constexpr Duration kNoBound = Duration::max();

/// All vCPUs that may be on one runqueue, one that waits there among them.
struct Crowd {
  std::int64_t vcpus = 0;
  std::int64_t weight = 0;  // the sum
  Weight lightest = kMaxWeight, heaviest = kMinWeight;
  Weight own = kDefaultWeight;  // of the one that waits
  std::int64_t pcpus = 1;       // of the runqueue's, those that may run it
  bool shared = false;          // some runqueue of the run has several pCPUs
  bool alike = true;            // and whoever may run on one of these may run on all of them

  void add(Weight more) {
    ++vcpus;
    weight += value(more);
    lightest = std::min(lightest, more);
    heaviest = std::max(heaviest, more);
  }
  void add(const Crowd& more) {
    vcpus += more.vcpus;
    weight += more.weight;
    lightest = std::min(lightest, more.lightest);
    heaviest = std::max(heaviest, more.heaviest);
  }
  std::int64_t others() const { return vcpus - 1; }
  std::int64_t weight_of_others() const { return weight - value(own); }
};

/// span * times / per, rounded up; kNoBound if it is that long.
inline Duration bound_of(Duration span, std::int64_t times, std::int64_t per = 1) {
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  const std::int64_t ns = nanoseconds(span);
  std::int64_t whole = 0, rest = 0;
  if (span == kNoBound) return kNoBound;
  if (__builtin_mul_overflow(ns / per, times, &whole) || whole > kMost) return kNoBound;
  if (__builtin_mul_overflow(ns % per, times, &rest)) return kNoBound;
  const std::int64_t sum = whole + rest / per + (rest % per != 0);
  return sum > kMost ? kNoBound : Duration(sum);
}

/// a + b, where either may be none.
inline Duration bound_sum(Duration a, Duration b) {
  const bool none = a == kNoBound || b == kNoBound || nanoseconds(a) > (std::int64_t{1} << 62) - nanoseconds(b);
  return none ? kNoBound : a + b;
}

/// While one waits, each pCPU that may run it runs others: how long that takes if these have so much to run before it
/// all together. `stint`: where there are several, each may have begun one that is not counted.
inline Duration bound_of_work(Duration work, const Crowd& crowd, Duration stint = Duration{0}) {
  return crowd.pcpus == 1 ? work : bound_sum(bound_of(work, 1, crowd.pcpus), stint);
}

/// What such a wait may come to where switches cost, slices overrun and messages take their time.
inline Duration tolerated(Duration bound) {
  return bound_sum(bound, bound == kNoBound ? bound : bound / 4 + std::chrono::milliseconds(1));
}

}  // namespace roost
