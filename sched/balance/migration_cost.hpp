// The room: what it costs to move a waiting vCPU over a distance: C of the rule R_i - R_j > C, part by part.
// Rules: C = lock + tlb + cache of the distance; of siblings, which share their TLB, without the tlb part. Who goes to
//   another node runs remote_slowdown / 100 times as long there, its memory being where it was: a remote move costs
//   (remote_slowdown / 100 - 1) s besides, s being its expected run.
// Deviations: s is the mean over those who wait and run at the source, its backlog divided among them: a load does not
//   tell whom it will be.
// Constants: each may be set by its name where a balancer weighs costs. lock, 1 us: both runqueues' locks and lines,
//   held until the vCPU has gone over. tlb, 2 us: 64 entries of a first-level TLB, each a walk whose four tables lie in
//   L2: 64 * 30 ns. cache_smt, 1 us: the caches are shared; what remains is the switch. The others: the refill of 512
//   KiB (8192 lines) of warm cache at memory-level parallelism 4: 8192 / 4 * (latency of the next level that still has
//   the lines - 4 ns of L2), rounded. cache_llc, 22 us: 15 ns a line from the shared L3. cache_package, 197 us: 100 ns
//   out of another cluster's cache. cache_node, 217 us: 110 ns from local memory. cache_remote, 497 us: 190 ns from
//   remote memory (380 us), and some remote pages after. Sources of the latencies: AMD Rome's L3 and mesh (anandtech
//   14694), line transfers between clusters (nviennot/core-to-core-latency), DRAM local 110 ns and remote 190 ns.
//   remote_slowdown, 100 percent: more keeps vCPUs on their node; cache_remote has the first pages of it already. Too
//   small a cost moves vCPUs for gains that the refill eats; too large a one lets them wait.
#pragma once

#include <array>
#include <cstdint>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/constants.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

struct MigrationCost {
  Duration lock = std::chrono::microseconds(1);
  Duration tlb = std::chrono::microseconds(2);
  std::array<Duration, kDistances> cache{
      std::chrono::microseconds(0),    // Same
      std::chrono::microseconds(1),    // Smt
      std::chrono::microseconds(22),   // Llc
      std::chrono::microseconds(197),  // Package
      std::chrono::microseconds(217),  // Node
      std::chrono::microseconds(497),  // Remote
  };
  std::int64_t remote_slowdown = 100;  // percent

  Duration of(Distance distance) const {
    if (distance == Distance::Same) return Duration{0};
    return lock + (distance == Distance::Smt ? Duration{0} : tlb) + cache[static_cast<std::size_t>(distance)];
  }
  /// Likewise, of one who waits on `from`.
  Duration of(Distance distance, const LoadSnapshot& from) const;
};

/// How long one of those who wait or run there is expected to run.
inline Duration expected_run(const LoadSnapshot& load) {
  return load.runnable() == 0 ? Duration{0} : load.backlog / load.runnable();
}

inline constexpr std::size_t kCostConstants = 8;
constexpr std::array<ConstantInfo, kCostConstants> cost_constants() {
  constexpr MigrationCost usual;
  const auto part = [](std::string_view name, std::string_view about, Duration of) {
    return time_constant(name, about, of, Duration{0}, std::chrono::seconds(1));
  };
  return {part("lock", "of a move: both runqueues' locks and lines", usual.lock),
          part("tlb", "of a move out of its core: the TLB's refill", usual.tlb),
          part("cache_smt", "of a move between siblings: the cache's refill", usual.cache[1]),
          part("cache_llc", "likewise within an LLC", usual.cache[2]),
          part("cache_package", "likewise to another LLC of the package", usual.cache[3]),
          part("cache_node", "likewise to another package of the node", usual.cache[4]),
          part("cache_remote", "likewise to another node", usual.cache[5]),
          count_constant("remote_slowdown", "percent: how long a run takes away from its memory", usual.remote_slowdown,
                         100, 1000)};
}

/// The constants of a balancer that weighs costs: its own, then those of the cost.
template <std::size_t own>
constexpr std::array<ConstantInfo, own + kCostConstants> with_costs(const std::array<ConstantInfo, own>& infos) {
  std::array<ConstantInfo, own + kCostConstants> all{};
  for (std::size_t i = 0; i < own; ++i) all[i] = infos[i];
  for (std::size_t i = 0; i < kCostConstants; ++i) all[own + i] = cost_constants()[i];
  return all;
}

MigrationCost cost_of(const ConstantValues& constants);

}  // namespace roost
