#include "vmm/caches/cache_decay.hpp"

#include "sched/vocabulary/check.hpp"

namespace roost {

namespace {

constexpr std::uint32_t kMostWays = 32;
__extension__ using Wide = unsigned __int128;

/// Probabilities in 1/2^62: e^-64 still has 32 bits of it.
using Poisson = std::array<std::uint64_t, kMostWays + 1>;

/// P(0 .. 32) at mean `mean`, in 1/2^32, below 128.
Poisson poisson(std::uint64_t mean) {
  Poisson p{};
  // e^-mean as (e^-(mean/128))^128, squared seven times: the digits that exp_of_minus lacks would be its error.
  Wide first = static_cast<Wide>(exp_of_minus(mean / 128)) << 30;
  for (int i = 0; i < 7; ++i) first = first * first >> 62;
  p[0] = static_cast<std::uint64_t>(first);
  for (std::size_t k = 1; k < p.size(); ++k)
    p[k] = static_cast<std::uint64_t>(static_cast<Wide>(p[k - 1]) * mean / k >> 32);
  return p;
}

}  // namespace

std::uint64_t lines_left_in_set(std::uint32_t ways, std::uint64_t ours, std::uint64_t theirs) {
  check(ways >= 1 && ways <= kMostWays, "a cache has 1 to 32 ways");
  const Poisson a = poisson(ours), b = poisson(theirs);
  Wide sum = 0;
  for (std::uint32_t evicted = 0; evicted < ways; ++evicted) {
    const std::uint32_t room = ways - evicted;
    // E[min(a, room)] = room - sum over a < room of (room - a) P(a): no tail to sum.
    Wide missing = 0;
    for (std::uint32_t held = 0; held < room; ++held) missing += static_cast<Wide>(room - held) * a[held];
    const Wide all = static_cast<Wide>(room) << 62;
    sum += ((all > missing ? all - missing : 0) >> 16) * b[evicted] >> 46;
  }
  return static_cast<std::uint64_t>(sum >> 30);
}

CacheDecay::CacheDecay(CacheShape shape) : shape_(shape) {
  check(raw(shape.capacity) > 0, "a cache has lines");
  if (shape.ways == 0) return;
  for (std::size_t fill = 0; fill < kFills; ++fill) {
    // Without lines of ours, those of one line: the limit for few.
    const std::uint64_t ours = fill == 0 ? kOne / 256 : fill * shape.ways * kOne / 16;
    const std::uint64_t undisturbed = lines_left_in_set(shape.ways, ours, 0);
    for (std::size_t misses = 0; misses < kMisses; ++misses) {
      const std::uint64_t theirs = misses * shape.ways * kOne / 16;
      table_[fill][misses] = scaled(lines_left_in_set(shape.ways, ours, theirs), kOne, undisturbed);
    }
  }
}

Lines CacheDecay::left(Lines resident, Lines misses) const {
  if (raw(resident) == 0 || raw(misses) == 0) return resident;
  const std::uint64_t gone = ratio(misses, shape_.capacity);
  if (shape_.ways == 0) return times(resident, exp_of_minus(gone));
  return times(resident, std::min(survival(ratio(resident, shape_.capacity), gone), kOne));
}

/// Between four neighbours of the table.
std::uint64_t CacheDecay::survival(std::uint64_t fill, std::uint64_t misses) const {
  constexpr std::uint64_t kStep = kOne / 16;
  if (misses >= (kMisses - 1) * kStep) return 0;
  fill = std::min(fill, kOne - 1);
  const std::size_t row = fill / kStep, column = misses / kStep;
  const std::uint64_t down = fill % kStep, right = misses % kStep;
  const auto between = [&](const std::array<std::uint64_t, kMisses>& values) {
    return (values[column] * (kStep - right) >> 28) + (values[column + 1] * right >> 28);
  };
  return (between(table_[row]) * (kStep - down) + between(table_[row + 1]) * down) >> 28;
}

}  // namespace roost
