// The room: points and spans of time, in integer nanoseconds.
// Not here: reading a clock. The clock type has no now(): time is always an argument (law 1).
#pragma once

#include <chrono>
#include <cstdint>

namespace roost {

struct WorldClock {  // real nanoseconds in the live world, virtual ones in the simulated world
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<WorldClock>;
  static constexpr bool is_steady = true;
};

using Duration = WorldClock::duration;
using Time = WorldClock::time_point;

/// Later than any event: "no timer set", "no slice end".
inline constexpr Time kNever = Time::max();

constexpr std::int64_t nanoseconds(Duration d) { return d.count(); }
constexpr std::int64_t nanoseconds(Time t) { return t.time_since_epoch().count(); }
constexpr Time time_at(std::int64_t ns) { return Time{Duration{ns}}; }

}  // namespace roost
