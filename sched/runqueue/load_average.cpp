#include "sched/runqueue/load_average.hpp"

#include <algorithm>

namespace roost {

namespace {

__extension__ using Wide = unsigned __int128;
constexpr std::size_t kSteps = 32;
constexpr std::uint64_t kStep = 18'051'468'387'014'017'850ULL;  // 2^64 2^(-1/32)

/// 2^(-i/32) in 1 / 2^32, for i of 0 .. 32.
constexpr std::array<std::uint64_t, kSteps + 1> decays() {
  std::array<std::uint64_t, kSteps + 1> table{};
  Wide value = Wide{1} << 63;
  for (std::uint64_t& entry : table) {
    entry = static_cast<std::uint64_t>((value + (Wide{1} << 30)) >> 31);
    value = (value * kStep) >> 64;
  }
  return table;
}
constexpr auto kDecays = decays();

/// 2^(-time / half_life) in 1 / 2^32.
std::uint64_t decay(Duration time, Duration half_life) {
  const std::int64_t halves = time / half_life;
  if (halves >= 33) return 0;
  const auto rest = static_cast<std::uint64_t>((time % half_life).count());
  const auto part = static_cast<std::uint64_t>((Wide{rest} << 16) / static_cast<std::uint64_t>(half_life.count()));
  const std::size_t step = part >> 11;
  const std::uint64_t above = kDecays[step], below = kDecays[step + 1];
  return (above - (above - below) * (part & 2047) / 2048) >> halves;
}

/// What is left of a window, in 1 / 2^32.
std::uint64_t rest_of(Duration window, Duration time) {
  if (time >= window) return 0;
  return static_cast<std::uint64_t>((static_cast<Wide>((window - time).count()) << 32) /
                                    static_cast<std::uint64_t>(window.count()));
}

}  // namespace

std::uint64_t LoadAverage::after(std::uint64_t load, Time now) const {
  const Duration since = std::max(now - since_, Duration{0});
  const bool halves = memory_.by == LoadMemory::By::HalfLife;
  const std::uint64_t kept = halves ? decay(since, memory_.length) : rest_of(memory_.length, since);
  const std::uint64_t target = load << kFraction;
  const std::uint64_t from = std::min(target, average_), far = std::max(target, average_) - from;
  const auto left = static_cast<std::uint64_t>((Wide{far} * kept) >> 32);  // of the way to the load
  return target >= average_ ? target - left : target + left;
}

}  // namespace roost
