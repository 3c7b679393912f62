// The room: the host's clock, the only place where live time comes from.
#pragma once

#include <time.h>

#include "sched/vocabulary/time.hpp"

namespace roost::host {

inline Duration read_clock(clockid_t which) {
  timespec ts{};
  clock_gettime(which, &ts);
  return Duration{ts.tv_sec * 1'000'000'000LL + ts.tv_nsec};
}

/// CLOCK_MONOTONIC: the same for all CPUs, never goes back. About 25 ns a read.
inline Time monotonic_now() { return Time{read_clock(CLOCK_MONOTONIC)}; }

/// CPU time of the calling thread. About 0.7 us a read.
inline Duration thread_cpu_time() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace roost::host
