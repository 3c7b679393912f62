// The room: a load that forgets: the average of what it was, less of it the longer ago.
// Not here: what is averaged (runqueue: its weight), who wants that (Balancer::memory).
// Rules: by half-lives, avg(t + d) = load + (avg(t) - load) 2^(-d / half_life) while the load stays the same. A load of
//   1024 that came to a quiet place is seen as 512, 768 and 896 after one, two and three half-lives. Source: Linux's
//   per-entity load tracking (kernel/sched/pelt.c), whose half-life is 32 periods of 1024 us, in which it counts; here
//   time is not cut into periods.
//   By a window W, at each change of the load avg += (load - avg) d / W for the d since the last one, if d < W; else
//   avg = load. Source: Xen's credit2 (xen/common/sched/credit2.c, update_runq_load), where W is 2^30 ns; it averages
//   how many are runnable, and at more events than those that change it.
// Invariants: the average lies between the least and the greatest load; off, it is the load. The decay is exact within
//   2^-13 (linear between 32 steps a half-life), the average within that of the load's changes and 2^-16; by windows
//   it is exact within 2^-16 for each change.
#pragma once

#include <array>
#include <cstdint>

#include "sched/vocabulary/time.hpp"

namespace roost {

struct LoadMemory {
  enum class By : std::uint8_t { HalfLife, Window } by = By::HalfLife;
  Duration length{0};  // 0: nothing is remembered
  friend bool operator==(const LoadMemory&, const LoadMemory&) = default;
};

class LoadAverage {
 public:
  LoadAverage() = default;
  /// Of a load that has been 0.
  LoadAverage(LoadMemory memory, Time now) : LoadAverage(memory, now, 0) {}
  /// Which has come to `average` by now.
  LoadAverage(LoadMemory memory, Time now, std::uint64_t average)
      : memory_(memory), since_(now), average_(average << kFraction) {}

  const LoadMemory& memory() const { return memory_; }
  bool on() const { return memory_.length > Duration{0}; }
  /// The load was `load` from when this was last told until `now`.
  void advance(std::uint64_t load, Time now) {
    if (!on() || now <= since_) return;
    average_ = after(load, now);
    since_ = now;
  }
  /// What it is at `now`, the load having been `load` since advance() was last called.
  std::uint64_t at(std::uint64_t load, Time now) const {
    return on() ? (after(load, now) + kOne / 2) >> kFraction : load;
  }

 private:
  static constexpr unsigned kFraction = 16;
  static constexpr std::uint64_t kOne = 1U << kFraction;  // a load of 2^47 fits: 2^30 vCPUs of any weight
  std::uint64_t after(std::uint64_t load, Time now) const;

  LoadMemory memory_;
  Time since_{};
  std::uint64_t average_ = 0;  // in 1 / kOne, at since_
};

}  // namespace roost
