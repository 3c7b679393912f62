// The room: how long work takes on a simulated pCPU: at its speed, with the ticks that come in between.
// Rules: speed is in 1/1024 of a full pCPU. At every multiple of Tick::every since the beginning of time, whoever works
//   is held up for Tick::cost (half of the period at most). A stretch from a to b has the ticks of (a, b].
#pragma once

#include <algorithm>

#include "sched/vocabulary/time.hpp"

namespace roost {

struct Tick {
  Duration every{0};  // 0: none
  Duration cost{0};

  Duration held_up(Time from, Time to) const {
    if (every == Duration{0}) return Duration{0};
    return std::min(cost, every / 2) * (nanoseconds(to) / every.count() - nanoseconds(from) / every.count());
  }
};

/// When work begun at `from` is done; at no moment before it is.
inline Time end_of(Duration work, Time from, std::uint64_t speed, const Tick& tick) {
  if (speed != 1024) {
    const auto share = static_cast<std::int64_t>(speed);
    work = Duration{(work.count() * 1024 + share - 1) / share};
  }
  Time end = from + work;
  if (tick.every == Duration{0}) return end;
  for (;;) {  // a later end may have more ticks; each costs less than it takes to the next
    const Time with_ticks = from + work + tick.held_up(from, end);
    if (with_ticks == end) return end;
    end = with_ticks;
  }
}

/// How much work begun at `from` is done by `at`.
inline Duration done_by(Time at, Time from, std::uint64_t speed, const Tick& tick) {
  const Duration worked = std::max(at - from - tick.held_up(from, at), Duration{0});
  return worked * static_cast<std::int64_t>(speed) / 1024;
}

}  // namespace roost
