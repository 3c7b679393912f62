// The room: whose caches are still warm where it waits, so that it is no victim.
// Rules: who ran on the pCPU that it waits for, or on one of those that share its runqueue, less than `window` ago is
//   not moved. Siblings share the caches: between them nobody is spared. After more attempts in a row that moved nobody
//   than `tries` of the distance (0 between siblings, 1 in a node, 2 between nodes) heat counts no more. It is an age,
//   and compared with no cost. Source: Linux 6.1 kernel/sched/fair.c task_hot() and can_migrate_task();
//   sysctl_sched_migration_cost, 500 us; topology.c cache_nice_tries.
// Constants: hot, 0 (linux-cfs, linux-eevdf: 500 us): longer keeps caches warm, and lets who waits do so while others
//   idle.
#pragma once

#include <cstdint>

#include "sched/topology/topology.hpp"
#include "sched/vocabulary/constants.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

struct CacheHot {
  Duration window{0};

  bool counts() const { return window > Duration{0}; }
  static constexpr std::uint32_t tries(Distance distance) {
    if (distance == Distance::Remote) return 2;
    return distance <= Distance::Smt ? 0 : 1;
  }
  /// Who ran less than so long ago is spared by a plan over `distance` after so many `failures` in a row.
  Duration spares(Distance distance, std::uint32_t failures) const {
    return distance <= Distance::Smt || failures > tries(distance) ? Duration{0} : window;
  }
};

constexpr ConstantInfo hot_constant() {
  return time_constant("hot", "who ran there less than so long ago is no victim", CacheHot{}.window, Duration{0},
                       std::chrono::seconds(1));
}

}  // namespace roost
