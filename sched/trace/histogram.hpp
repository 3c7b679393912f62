// The room: a log-linear histogram of durations: 32 steps per power of two, so every figure is within 3.2% of it.
// Invariants: count() == the sum of all buckets; exact below 32 ns; max() and sum() are exact.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "sched/vocabulary/time.hpp"

namespace roost {

class Histogram {
 public:
  void add(Duration sample) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds(sample), 0));
    const std::size_t bucket = bucket_of(ns);
    if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
    ++buckets_[bucket];
    ++count_;
    sum_ += ns;
    max_ = std::max(max_, ns);
  }
  void merge(const Histogram& other) {
    if (other.buckets_.size() > buckets_.size()) buckets_.resize(other.buckets_.size());
    for (std::size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
  }

  std::uint64_t count() const { return count_; }
  Duration max() const { return Duration(static_cast<std::int64_t>(max_)); }
  Duration sum() const { return Duration(static_cast<std::int64_t>(sum_)); }
  /// The least value that `permille` of 1000 samples do not exceed, rounded up to its bucket's end; 0 if empty.
  Duration percentile(std::uint32_t permille) const {
    const std::uint64_t rank = (count_ * permille + 999) / 1000;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= rank && seen > 0) return Duration(static_cast<std::int64_t>(std::min(last_of(i), max_)));
    }
    return Duration{0};
  }

  /// Calls visit(last, count) for every bucket that is not empty, shortest first; `last` is the longest sample, in
  /// nanoseconds, that falls into it.
  template <typename F>
  void for_each(F visit) const {
    for (std::size_t i = 0; i < buckets_.size(); ++i)
      if (buckets_[i] > 0) visit(last_of(i), static_cast<std::uint64_t>(buckets_[i]));
  }

  static constexpr std::size_t bucket_of(std::uint64_t ns) {
    if (ns < kSteps) return ns;
    const auto shift = static_cast<std::size_t>(std::bit_width(ns)) - 6;  // ns >> shift lies in [32, 64)
    return kSteps + shift * kSteps + ((ns >> shift) - kSteps);
  }
  static constexpr std::uint64_t last_of(std::size_t bucket) {
    if (bucket < kSteps) return bucket;
    const std::size_t shift = (bucket - kSteps) / kSteps;
    return ((kSteps + (bucket - kSteps) % kSteps + 1) << shift) - 1;
  }

 private:
  static constexpr std::size_t kSteps = 32;
  std::vector<std::uint64_t> buckets_;  // grows to the largest bucket used: a few hundred at most
  std::uint64_t count_ = 0, sum_ = 0, max_ = 0;
};

}  // namespace roost
