// The room: what it costs to move a waiting vCPU, and the rule that says when that is worth it.
// Rules: move from i to j only if R_i - R_j > C, with R the backlog (expected time until a newcomer would run) and C
//   the cost of the move by distance: at equality nothing moves. A vCPU that waits where nothing runs is about to run
//   there: it is not up for taking.
// Constants: the costs below; each is the refill of 512 KiB (8192 lines) of warm cache at memory-level parallelism 4:
//   8192 / 4 * (latency of the next level that still has the lines - 4 ns of L2), rounded. Sources of the latencies:
//   AMD Rome's L3 and mesh (anandtech 14694), line transfers between clusters (nviennot/core-to-core-latency), DRAM
//   local 110 ns and remote 190 ns. Too small a cost moves vCPUs for gains that the refill eats; too large a one lets
//   them wait.
#pragma once

#include <array>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

struct MigrationCost {
  std::array<Duration, kDistances> by_distance{
      std::chrono::microseconds(0),    // Same
      std::chrono::microseconds(2),    // Smt: the caches are shared, what remains is the switch itself
      std::chrono::microseconds(25),   // Llc: 15 ns a line from the shared L3
      std::chrono::microseconds(200),  // Package: 105 ns a line out of another cluster's cache
      std::chrono::microseconds(220),  // Node: 110 ns a line from local memory
      std::chrono::microseconds(500),  // Remote: 190 ns a line from remote memory (380 us), and some remote pages after
  };
  Duration of(Distance distance) const { return by_distance[static_cast<std::size_t>(distance)]; }
};

/// The cost of a move that is judged by weight alone.
inline constexpr Duration kNoCostRule = Duration::min();

/// R_i - R_j > C.
inline bool worthwhile(const LoadSnapshot& from, const LoadSnapshot& to, Duration cost) {
  return from.backlog - to.backlog > cost;
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
