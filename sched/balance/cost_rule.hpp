// The room: when it is worth its cost to move a waiting vCPU, and how much weight may go.
// Rules: move from i to j only if R_i - R_j > C, with R the backlog (expected time until a newcomer would run) and C
//   the cost of the move (migration_cost): at equality nothing moves. Between pCPUs of speeds v_i and v_j a run s at i
//   takes s v_i / v_j at j: only if R_i + s > C + R_j + s v_i / v_j. A vCPU that waits where nothing runs is about to
//   run there: it is not up for taking. Source: the rule for queues of different speeds, as in list scheduling; Zircon
//   compares the expected runtime per CPU likewise.
// Deviations: backlogs are times already, as measured where they stand, so they are not divided by speeds again. The
//   rest of s v_i / v_j is cut off.
#pragma once

#include "sched/balance/migration_cost.hpp"
#include "sched/runqueue/load_snapshot.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

/// The cost of a move that is judged by weight alone.
inline constexpr Duration kNoCostRule = Duration::min();

/// How much longer whoever goes is expected to run there; less than nothing where that is faster.
Duration slowed_by(const LoadSnapshot& from, const LoadSnapshot& to);

/// R_i - R_j > C, and what different speeds have to say.
inline bool worthwhile(const LoadSnapshot& from, const LoadSnapshot& to, Duration cost) {
  const bool alike = from.capacity == to.capacity && from.pcpus == to.pcpus;
  return from.backlog - to.backlog - (alike ? Duration{0} : slowed_by(from, to)) > cost;
}

/// Has less weight per capacity.
inline bool lighter(const LoadSnapshot& a, const LoadSnapshot& b) {
  return a.weight * b.capacity < b.weight * a.capacity;
}

/// Its pCPUs are as fast as the other's, on average.
inline bool as_fast(const LoadSnapshot& load, const LoadSnapshot& as) {
  return std::uint64_t{load.capacity} * as.pcpus >= std::uint64_t{as.capacity} * load.pcpus;
}

/// How much weight can go from one to the other and leave the heavier of the two, per capacity, lighter than before.
/// Where several pCPUs share a runqueue and one idles, weights do not count: if that pCPU is as fast as those
/// of the other runqueue on average, whoever waits there gains (kAnyWeight); likewise where all who wait beside an idle
/// pCPU may not run yet. That comes to an end: each such move takes a pCPU out of idleness.
inline constexpr std::uint64_t kAnyWeight = UINT64_MAX - 1;  // the greatest limit that is one
std::uint64_t movable_weight(const LoadSnapshot& from, const LoadSnapshot& to);

}  // namespace roost
