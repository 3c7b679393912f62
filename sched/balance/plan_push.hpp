// The room: what a pCPU with waiting vCPUs gives to the lightest other.
// Rules: the receiver is the nearest idle pCPU of another runqueue that is as fast, else the nearest idle one, else the
//   one of least weight per capacity, the nearest of equals (the lowest id in a ring); of a ring of more than
//   kMostReceivers so many, the next ids first: different givers look at different ones, and weight spreads from part
//   to part. Under initiator=first busy ones beyond its part are for the first giver of the part alone (initiator). It
//   gets `damping` percent of what the difference exceeds the threshold by (50: what would make the two equal, half of
//   the difference on equal pCPUs) at most; where no waiting vCPU is as light as that (`coarse`), one that still leaves
//   the heavier of the two lighter. So the loads, sorted heaviest first, fall with every move, and no
//   set of vCPUs that do not block is moved for ever. Where even that one is too heavy, two may change places
//   (`exchange`), if both have some to give. The move must also be worth its cost, unless the difference has lasted
//   (`lasting`): then the cost is paid once and every slice after gains; and the backlogs of two queues of hogs only
//   tell whose slice is younger. An idle receiver has no threshold. Who ran here a moment ago stays (cache_hot).
// Constants: threshold, 0; hysteresis, 0; damping, 50 percent; amount, damped: see PushRules. initiator,
//   each: see initiator. hot: see cache_hot. The parts of C: see migration_cost. kMostReceivers, 64 of each ring: more
//   evens out a large ring in fewer periods and reads a cache line for each, 64 lines of another node some 9 us.
#pragma once

#include <cstddef>

#include "sched/balance/balancer.hpp"
#include "sched/balance/cache_hot.hpp"
#include "sched/balance/cost_rule.hpp"
#include "sched/balance/initiator.hpp"

namespace roost {

inline constexpr std::size_t kMostReceivers = 64;

struct PushRules {
  std::int64_t threshold = 0;   // T, of weight per full pCPU: a smaller difference stays; more moves less for noise
  std::int64_t hysteresis = 0;  // H: where nothing moved the last time, T + H is needed to begin
  std::int64_t damping = 50;    // d, percent of what exceeds T: 50 makes both equal but for T; more overshoots on old
                                // loads, less takes more periods
  enum class Amount : std::uint8_t { Damped, One };
  Amount amount = Amount::Damped;  // that, or one vCPU at a time: it needs more periods, and foresees nothing
  Initiator initiator = Initiator::Each;  // who gives to who is busy beyond its part, of those that have some to give
  CacheHot hot{};
  MigrationCost cost{};
};

struct PushState {       // of the giving pCPU, from one period to the next
  bool lasting = false;  // there was a difference the last time too, not worth its cost then
  bool coarse = false;   // no waiting vCPU was light enough for half of it
  bool exchange = false; // none was light enough at all, and two may change places
  bool moving = false;   // the difference was beyond the threshold
  std::uint32_t failures = 0;  // plans in a row that moved nobody
  /// Somebody has gone, or there is nothing to do: what the last looks have found holds no more.
  void forget() { *this = {.moving = moving}; }
};

struct Receiver {
  PcpuId pcpu = kNoPcpu;
  Distance distance = Distance::Same;
  LoadSnapshot load{};
};

/// The nearest idle pCPU of another runqueue that is as fast as `self`'s; if there is none among kMostReceivers of each
/// ring, the nearest idle one. `among`: of these alone; null: of all.
Receiver nearest_idle(PcpuId self, const Topology& topology, const LoadView& view, const PcpuSet* among);

Advice plan_push(PcpuId self, const Topology& topology, const PushRules& rules, const LoadView& view,
                 PushState& state);

}  // namespace roost
