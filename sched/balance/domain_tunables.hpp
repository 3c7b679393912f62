// The room: how often, from which difference on, at what price and how much is balanced in a domain of a given size and
//   distance.
// Rules: the interval grows with the number of pCPUs that the domain spans, and doubles while there is nothing to do,
//   up to kSlowest intervals; threshold and price grow with the distance. Source: Linux 6.1 kernel/sched/topology.c: a
//   millisecond for each CPU of the domain, at most twice that while balanced; imbalance_pct 110 between siblings, 117
//   in a package. Between nodes 125 as Linux had it until 5.10: remote memory makes a wrong move dearer.
//   cache_nice_tries, 0 between siblings, 1 in a node and 2 between nodes, and the 2 more attempts that an active
//   balance waits for: likewise, and fair.c imbalanced_active_balance().
// Constants: see DomainRules: each with what it trades.
#pragma once

#include <cstdint>

#include "sched/balance/cache_hot.hpp"
#include "sched/balance/cost_rule.hpp"
#include "sched/balance/domain_groups.hpp"
#include "sched/balance/initiator.hpp"
#include "sched/runqueue/load_average.hpp"
#include "sched/topology/domains.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

struct DomainRules {
  static constexpr std::int64_t kSlowest = 8;  // intervals that a balanced domain waits at most

  Duration per_pcpu = std::chrono::milliseconds(1);  // shorter: found sooner, looked at for nothing more often
  std::uint32_t damping = 50;   // percent of the difference that moves, 50 makes both equal (d = 1/2); more overshoots
                                // on old loads (theory of damped push), less takes more intervals
  std::uint32_t patience = 2;   // failed attempts before the price no longer counts: less moves for noise
  LoadMemory memory;            // of the weights that are looked at (load_average); longer: less moves for bursts, and
                                // what has really changed is seen later, by placement too
  std::uint32_t active = 2;     // failed attempts beyond the distance's own before who runs is asked to move: less
                                // moves vCPUs off warm caches for what a wakeup would have mended
  static constexpr std::uint32_t kNeverActive = 100;
  std::uint32_t hysteresis = 0; // percent beyond the threshold before anything begins to move; more moves less for a
                                // difference that comes and goes, and leaves a small one for longer
  enum class Amount : std::uint8_t { Average, Damped, One };
  Amount amount = Amount::Average;  // the damped difference, up to the mean; that difference; one vCPU: each of less
                                    // foresight, and less to read
  Initiator initiator = Initiator::Each;  // who pulls from beyond its own part of a domain, of those that are busy
  CacheHot hot{};
  GroupRules groups{};
  bool gives = true;            // to who idles; else somebody else sees to those
  MigrationCost cost{};
};

struct DomainTunables {
  Duration interval;        // between two looks while there is something to do
  Duration slowest;         // between two looks while there is not
  std::uint32_t threshold;  // percent: the busiest must exceed so much of one's own load
  Duration cost;            // C of the rule R_i - R_j > C, without what remote memory slows down
  Distance distance;
  std::uint32_t damping;
  std::uint32_t patience;
  std::uint32_t active;     // failed attempts before who runs is asked to move
};

DomainTunables tunables_of(const SchedDomain& domain, const DomainRules& rules);

}  // namespace roost
