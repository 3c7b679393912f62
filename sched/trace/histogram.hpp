// The room: a log-linear histogram of durations: 16 steps per power of two, so every figure is within 6.3% of it.
// Invariants: exact below 32 ns; max(), sum() and count() are exact.
// Memory: the powers of two from the least to the greatest sample, 16 counters each, all as narrow as the largest count
//   allows, four bits at first: a vCPU's waits of 1 us to 1 ms take 80 bytes until one bucket has more than 15 of them,
//   then 160 until one has more than 255.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "sched/vocabulary/time.hpp"

namespace roost {

class Histogram {
 public:
  Histogram() = default;
  Histogram(const Histogram& other)
      : first_(other.first_), buckets_(other.buckets_), log_bits_(other.log_bits_), sum_(other.sum_),
        max_(other.max_) {
    if (buckets_ == 0) return;
    bytes_ = std::make_unique<std::uint8_t[]>(bytes_of(buckets_, log_bits_));
    std::memcpy(bytes_.get(), other.bytes_.get(), bytes_of(buckets_, log_bits_));
  }
  Histogram(Histogram&& other) noexcept { swap(other); }
  Histogram& operator=(Histogram other) noexcept {
    swap(other);
    return *this;
  }
  ~Histogram() = default;

  void add(Duration sample) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds(sample), 0));
    add_to(bucket_of(ns), 1);
    sum_ += ns;
    max_ = std::max(max_, ns);
  }
  void merge(const Histogram& other) {
    other.for_each_bucket([&](std::size_t bucket, std::uint64_t count) { add_to(bucket, count); });
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
  }

  std::uint64_t count() const {
    std::uint64_t count = 0;
    for_each_bucket([&](std::size_t, std::uint64_t of_bucket) { count += of_bucket; });
    return count;
  }
  Duration max() const { return Duration(static_cast<std::int64_t>(max_)); }
  Duration sum() const { return Duration(static_cast<std::int64_t>(sum_)); }
  /// The least value that `permille` of 1000 samples do not exceed, rounded up to its bucket's end; 0 if empty.
  Duration percentile(std::uint32_t permille) const {
    const std::uint64_t rank = (count() * permille + 999) / 1000;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_; ++i) {
      seen += get(i);
      if (seen >= rank && seen > 0) return Duration(static_cast<std::int64_t>(std::min(last_of(first_ + i), max_)));
    }
    return Duration{0};
  }

  /// Calls visit(last, count) for every bucket that is not empty, shortest first; `last` is the longest sample, in
  /// nanoseconds, that falls into it.
  template <typename F>
  void for_each(F visit) const {
    for_each_bucket([&](std::size_t bucket, std::uint64_t count) { visit(last_of(bucket), count); });
  }

  static constexpr std::size_t bucket_of(std::uint64_t ns) {
    if (ns < kSteps) return ns;
    const auto shift = static_cast<std::size_t>(std::bit_width(ns)) - 5;  // ns >> shift lies in [16, 32)
    return kSteps + shift * kSteps + ((ns >> shift) - kSteps);
  }
  static constexpr std::uint64_t last_of(std::size_t bucket) {
    if (bucket < kSteps) return bucket;
    const std::size_t shift = (bucket - kSteps) / kSteps;
    return ((kSteps + (bucket - kSteps) % kSteps + 1) << shift) - 1;
  }

 private:
  static constexpr std::size_t kSteps = 16;
  static constexpr std::uint8_t kNarrowest = 2, kByte = 3, kWidest = 6;  // log2 of a counter's bits

  void swap(Histogram& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(first_, other.first_);
    std::swap(buckets_, other.buckets_);
    std::swap(log_bits_, other.log_bits_);
    std::swap(sum_, other.sum_);
    std::swap(max_, other.max_);
  }
  static std::size_t bytes_of(std::size_t buckets, std::size_t log_bits) { return (buckets << log_bits) / 8; }
  std::uint64_t get(std::size_t place) const {
    if (log_bits_ == kNarrowest) return bytes_[place / 2] >> (place % 2 * 4) & 15;
    std::uint64_t count = 0;  // little endian: the counter's bytes are the low ones
    std::memcpy(&count, &bytes_[bytes_of(place, log_bits_)], bytes_of(1, log_bits_));
    return count;
  }
  /// `count` fits.
  void set(std::size_t place, std::uint64_t count) {
    if (log_bits_ == kNarrowest) {
      const std::uint64_t other = place % 2 == 0 ? bytes_[place / 2] & 0xf0U : bytes_[place / 2] & 0x0fU;
      bytes_[place / 2] = static_cast<std::uint8_t>(other | count << (place % 2 * 4));
      return;
    }
    std::memcpy(&bytes_[bytes_of(place, log_bits_)], &count, bytes_of(1, log_bits_));
  }
  void add_to(std::size_t bucket, std::uint64_t more) {
    if (bucket < first_ || bucket - first_ >= buckets_) reach(bucket);
    const std::size_t place = bucket - first_;
    if (log_bits_ == kByte && more < 256U - bytes_[place]) {  // most of all
      bytes_[place] = static_cast<std::uint8_t>(bytes_[place] + more);
      return;
    }
    const std::uint64_t count = get(place) + more;
    while (log_bits_ < kWidest && count >> (1U << log_bits_) != 0) rebuild(first_, buckets_, log_bits_ + 1U);
    set(place, count);
  }
  /// Makes room up to `bucket`, by whole powers of two.
  void reach(std::size_t bucket) {
    const std::size_t low = bucket / kSteps * kSteps, high = low + kSteps;
    if (buckets_ == 0) return rebuild(low, kSteps, log_bits_);
    const std::size_t first = std::min<std::size_t>(first_, low);
    rebuild(first, std::max<std::size_t>(high, first_ + buckets_) - first, log_bits_);
  }
  void rebuild(std::size_t first, std::size_t size, std::size_t log_bits) {
    Histogram next;
    next.first_ = static_cast<std::uint16_t>(first);
    next.buckets_ = static_cast<std::uint16_t>(size);
    next.log_bits_ = static_cast<std::uint8_t>(log_bits);
    next.bytes_ = std::make_unique<std::uint8_t[]>(bytes_of(size, log_bits));
    for_each_bucket([&](std::size_t bucket, std::uint64_t count) { next.set(bucket - first, count); });
    next.sum_ = sum_;
    next.max_ = max_;
    swap(next);
  }
  template <typename F>
  void for_each_bucket(F visit) const {
    for (std::size_t i = 0; i < buckets_; ++i)
      if (const std::uint64_t count = get(i)) visit(first_ + i, count);
  }

  std::unique_ptr<std::uint8_t[]> bytes_;  // buckets_ counters of 1 << log_bits_ bits, from bucket first_ on
  std::uint16_t first_ = 0, buckets_ = 0;
  std::uint8_t log_bits_ = kNarrowest;
  std::uint64_t sum_ = 0, max_ = 0;
};
static_assert(std::endian::native == std::endian::little);

}  // namespace roost
