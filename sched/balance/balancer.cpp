#include "sched/balance/balancer.hpp"

#include "sched/balance/cost_rule.hpp"

namespace roost {

PlanOutcome look_again(const Plan& plan, const LoadSnapshot& from, const LoadSnapshot& to) {
  if (plan.how == MoveHow::Active) {
    if (from.running == 0) return PlanOutcome::StaleGone;
    return to.idle() ? PlanOutcome::Done : PlanOutcome::StaleNotWorthwhile;
  }
  if (from.available() == 0) return PlanOutcome::StaleNothingWaits;
  if (plan.how == MoveHow::Swap && to.available() == 0) return PlanOutcome::StaleNothingWaits;
  if (!worthwhile(from, to, plan.cost)) return PlanOutcome::StaleNotWorthwhile;
  const bool limited = plan.weight_limit != UINT64_MAX;
  if (limited && plan.weight_limit > movable_weight(from, to)) return PlanOutcome::StaleNotWorthwhile;
  return PlanOutcome::Done;
}

}  // namespace roost
