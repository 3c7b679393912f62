// The room: the balancer `epoch`: one pCPU evens out the whole host, once in an epoch.
// Rules: a pCPU that runs dry pulls, as under `pull`. Besides, at each multiple of `epoch` the lowest pCPU that runs
//   something takes the heaviest of those that have vCPUs to give, by weight per capacity, the lowest id of equals, and
//   gives for it as under `push` (to the nearest idle pCPU, else to the lightest, half of the difference, whatever the
//   cost); then the next, `pairs` times at most, as long as somebody goes. Source: FreeBSD 15-CURRENT
//   sys/kern/sched_ule.c sched_balance(): one CPU balances for all, from time to time.
//   There is no `initiator`: one pCPU plans for all as it is.
// Constants: epoch, 100 ms: shorter finds an imbalance sooner, and moves more for the noise of short runs. pairs, 8:
//   more evens out more of a large host at a time; the pCPU that does it does nothing else. The parts of C: see
//   migration_cost. kMostGivers, 64, and the rest of a word: of more that have some to give so many are looked at, in
//   the next epoch the next ones.
// Not work-conserving when: a pCPU that has run dry finds nothing worth the cost, until an epoch's `pairs` reach those
//   that wait. All that are running are as old as the published loads: two may each find themselves the lowest, or
//   none.
// Window: none.
// Invariants: a pCPU's turn is touched by its own thread alone.
#pragma once

#include "sched/balance/balancer.hpp"
#include "sched/balance/cost_rule.hpp"
#include "sched/balance/plan_push.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

inline constexpr std::size_t kMostGivers = 64;

struct EpochRules {
  Duration epoch = std::chrono::milliseconds(100);
  std::uint32_t pairs = 8;
  MigrationCost cost{};
};

class EpochBalancer final : public Balancer {
 public:
  EpochBalancer(Topology topology, EpochRules rules);

  Time next_due(PcpuId self, Time now) override;
  Advice plan(PcpuId self, Trigger trigger, const LoadView& view, Time now) override;
  PlanOutcome still_holds(const Plan& plan, const LoadSnapshot& from, const LoadSnapshot& to) const override {
    return look_again(plan, from, to);
  }
  Duration window() const override { return Duration::max(); }
  void outcome(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved, Time now) override;

 private:
  struct alignas(64) Turn {
    Time due = kNever;        // until it is first asked
    std::uint32_t given = 0;  // pairs of this epoch
    PushState push;
  };
  /// Of an epoch in which nothing has been done yet.
  static void begin(Turn& turn) {
    turn.given = 0;
    turn.push = PushState{};
  }
  Time next_epoch(Time now) const;
  PcpuId heaviest_giver(const LoadView& view, Time now) const;

  Topology topology_;
  EpochRules rules_;
  IdVector<PcpuId, Turn> turns_;
};

extern const BalanceEntry kEpochEntry;

}  // namespace roost
