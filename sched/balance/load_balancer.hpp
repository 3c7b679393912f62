// The room: the balancers none, pull, push and hybrid: which of the two plans are made, and when.
// Rules: pull, if chosen, when a pCPU runs dry. Push, if chosen, whenever its period has passed; the period doubles, up
//   to kMaxPeriods, while there is nothing to do and falls back once there is; the first
//   looks are spread over a period, so that not all pCPUs look at once. Both: hybrid.
// Constants: period, 10 ms: shorter finds an imbalance sooner and moves more for the noise of short runs (Linux: a
//   millisecond per pCPU of the domain). kMaxPeriods, 8 of them: how long a new imbalance may go unseen.
// Not work-conserving when: none and push leave a dry pCPU dry (push until the next period of one that has too much).
//   pull and hybrid leave what is not worth its cost, and what came after the pCPU went to sleep, until the next wakeup
//   (hybrid: or the next period of who has too much).
// Window: with push, 2 * (kMaxPeriods + 1) periods: the longest period may have just begun when the vCPU comes, the
//   next look may find it not worth its cost, and the one after that moves it whatever it costs. Without push, none.
// Invariants: a pCPU's state is touched by its own thread alone.
#pragma once

#include "sched/balance/balancer.hpp"
#include "sched/balance/cost_rule.hpp"
#include "sched/balance/plan_push.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct BalancerChoice {
  static constexpr Duration kPeriod = std::chrono::milliseconds(10);

  bool pull = true;
  bool push = true;
  Duration period = kPeriod;
  MigrationCost cost{};
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
  void outcome(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved, Time now) override;

 private:
  struct alignas(64) Turn {  // of a pCPU
    Time due = kNever;       // until it is first asked
    Duration period{0};
    PushState push;
  };
  Advice push(PcpuId self, const LoadView& view, Time now);

  Topology topology_;
  BalancerChoice choice_;
  IdVector<PcpuId, Turn> turns_;
};

extern const BalanceEntry kNoneEntry, kPullEntry, kPushEntry, kHybridEntry;

}  // namespace roost
