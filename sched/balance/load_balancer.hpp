// The room: the balancers none, pull, push, hybrid, swap and active: which plans are made, and when.
// Rules: pull, if chosen, when a pCPU runs dry. Push, if chosen, whenever its period has passed; the period doubles, up
//   to kMaxPeriods, while there is nothing to do and falls back once there is; the first looks are spread over a
//   period, so that not all pCPUs look at once. Both: hybrid. swap: hybrid; besides, where all that wait are too heavy
//   to go, one changes places with a lighter one of the receiver (exchange). active: hybrid; besides, where a look
//   finds nobody to give and whoever runs would do better on an idle pCPU (better_place), more than `tries` looks in a
//   row, that one is asked to move; likewise if so many pushes in a row to an idle one have failed.
// Constants: period, 10 ms: shorter finds an imbalance sooner and moves more for the noise of short runs (Linux: a
//   millisecond per pCPU of the domain). kMaxPeriods, 8 of them: how long a new imbalance may go unseen. tries, 3: as
//   Linux's cache_nice_tries + 2 within a node; less moves vCPUs off warm caches for what a wakeup would have mended.
//   How much, from which difference on and at what price: see plan_push, cache_hot and migration_cost.
// Not work-conserving when: none and push leave a dry pCPU dry (push until the next period of one that has too much).
//   pull and hybrid leave what is not worth its cost, and what came after the pCPU went to sleep, until the next wakeup
//   (hybrid: or the next period of who has too much).
// Window: with push, 2 * (kMaxPeriods + 1) periods: the longest period may have just begun when the vCPU comes, the
//   next look may find it not worth its cost, and the one after that moves it whatever it costs. Without push, none.
// Invariants: a pCPU's state is touched by its own thread alone.
#pragma once

#include "sched/balance/balancer.hpp"
#include "sched/balance/better_place.hpp"
#include "sched/balance/cost_rule.hpp"
#include "sched/balance/plan_push.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct BalancerChoice {
  static constexpr Duration kPeriod = std::chrono::milliseconds(10);

  bool pull = true;
  bool push = true;
  bool swap = false;    // besides push
  bool active = false;  // likewise
  Duration period = kPeriod;
  std::uint32_t tries = 3;
  PushRules rules{};  // of pull: cost and hot
};

class LoadBalancer final : public Balancer {
 public:
  static constexpr std::int64_t kMaxPeriods = 8;

  LoadBalancer(Topology topology, BalancerChoice choice);

  Time next_due(PcpuId self, Time now) override;
  Advice plan(PcpuId self, Trigger trigger, const LoadView& view, Time now) override;
  PlanOutcome still_holds(const Plan& plan, const LoadSnapshot& from, const LoadSnapshot& to) const override {
    return look_again(plan, from, to);
  }
  Duration window() const override { return choice_.push ? 2 * (kMaxPeriods + 1) * choice_.period : Duration::max(); }
  bool moves_running() const override { return choice_.active; }
  void has_idled(PcpuId self, Duration idled, Time now) override {
    if (!runners_[self].occupied.since_last(idled, now)) runners_[self].misplaced.forget();
  }
  void outcome(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved, Time now) override;

 private:
  struct alignas(64) Turn {  // of a pCPU
    Time due = kNever;       // until it is first asked
    Duration period{0};
    PushState push;
    std::uint32_t dry_failures = 0;  // pulls in a row that moved nobody
  };
  struct alignas(64) Runner {    // whoever runs here, to an active balancer
    Misplaced misplaced;
    Occupied occupied;
  };
  Advice push(PcpuId self, const LoadView& view, Time now);
  void look_at_running(PcpuId self, const LoadView& view, Advice& advice);

  Topology topology_;
  BalancerChoice choice_;
  BetterPlaces better_;
  IdVector<PcpuId, Turn> turns_;
  IdVector<PcpuId, Runner> runners_;  // empty unless it is active
};

extern const BalanceEntry kNoneEntry, kPullEntry, kPushEntry, kHybridEntry, kSwapEntry, kActiveEntry;

}  // namespace roost
