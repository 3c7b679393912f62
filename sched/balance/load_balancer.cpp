#include "sched/balance/load_balancer.hpp"

#include <algorithm>
#include <utility>

#include "sched/balance/plan_pull.hpp"

namespace roost {

namespace {

constexpr std::string_view kHeader = "load_balancer";
using Amount = PushRules::Amount;
constexpr PushRules kUsual;
constexpr std::string_view kAmounts[]{"damped", "one"};
constexpr std::array kOfPush{
    time_constant("period", "how often a pCPU looks whether it has too much", BalancerChoice::kPeriod,
                  std::chrono::microseconds(10), std::chrono::seconds(100)),
    count_constant("threshold", "weight per full pCPU: a smaller difference stays", kUsual.threshold, 0, 100000),
    count_constant("hysteresis", "so much beyond the threshold before anything moves", kUsual.hysteresis, 0, 100000),
    count_constant("damping", "percent of what exceeds the threshold that moves; 50 makes both equal", kUsual.damping,
                   1, 100),
    choice_constant("amount", "damped, or one vCPU at a time", kAmounts),
    hot_constant(),
    initiator_constant(),
};
constexpr auto kPullConstants = with_costs(std::array{hot_constant()});
constexpr auto kPushConstants = with_costs(kOfPush);
constexpr auto kActiveConstants = with_costs(std::array{
    kOfPush[0], kOfPush[1], kOfPush[2], kOfPush[3], kOfPush[4], kOfPush[5], kOfPush[6],
    count_constant("tries", "looks in a row that find so before who runs is asked to move", BalancerChoice{}.tries, 1,
                   100),
});

PushRules rules_of(const ConstantValues& constants) {
  return {.threshold = constants.count("threshold"),
          .hysteresis = constants.count("hysteresis"),
          .damping = constants.count("damping"),
          .amount = constants.choice<Amount>("amount"),
          .initiator = constants.choice<Initiator>("initiator"),
          .hot = {constants.time("hot")},
          .cost = cost_of(constants)};
}

template <bool pull, bool push, bool swap = false, bool active = false>
std::unique_ptr<Balancer> make(const Topology& topology, const ConstantValues& constants) {
  BalancerChoice choice{.pull = pull, .push = push, .swap = swap, .active = active};
  if (push) choice.period = constants.time("period");
  if (push) choice.rules = rules_of(constants);
  else if (pull) choice.rules = {.hot = {constants.time("hot")}, .cost = cost_of(constants)};
  if (active) choice.tries = static_cast<std::uint32_t>(constants.count("tries"));
  return std::make_unique<LoadBalancer>(topology, choice);
}

}  // namespace

constexpr BalanceEntry kNoneEntry{{"none", "a vCPU stays where placement put it", "Roost", {}, kHeader},
                                  make<false, false>};
constexpr BalanceEntry kPullEntry{{"pull", "a pCPU that runs dry takes from the nearest worth the cost",
                                   "the cost rule R_i - R_j > C as in Zircon", kPullConstants, kHeader},
                                  make<true, false>};
constexpr BalanceEntry kPushEntry{{"push", "a pCPU with too much gives half of the difference to the lightest",
                                   "Roost; damping after the theory of periodic push", kPushConstants, kHeader},
                                  make<false, true>};
constexpr BalanceEntry kHybridEntry{
    {"hybrid", "pull when dry and push when the period has passed", "pull and push", kPushConstants, kHeader},
    make<true, true>};
constexpr BalanceEntry kSwapEntry{
    {"swap", "hybrid, and where all are too heavy to go, two change places", "hybrid and Xen credit2.c consider()",
     kPushConstants, kHeader},
    make<true, true, true>};
constexpr BalanceEntry kActiveEntry{
    {"active", "hybrid, and who runs is asked to move to a faster or less crowded core",
     "pull, push and Linux 6.1 fair.c need_active_balance()", kActiveConstants, kHeader},
    make<true, true, false, true>};

LoadBalancer::LoadBalancer(Topology topology, BalancerChoice choice)
    : topology_(std::move(topology)), choice_(choice), better_(topology_), turns_(topology_.pcpu_count()),
      runners_(choice.active ? topology_.pcpu_count() : 0) {
  check(choice_.period > Duration{0}, "a period is longer than nothing");
  for (Turn& turn : turns_) turn.period = choice_.period;
}

Time LoadBalancer::next_due(PcpuId self, Time now) {
  if (!choice_.push) return kNever;
  Turn& turn = turns_[self];
  if (turn.due == kNever)
    turn.due = now + choice_.period * static_cast<std::int64_t>(index(self) + 1) /
                         static_cast<std::int64_t>(turns_.size());
  return turn.due;
}

Advice LoadBalancer::plan(PcpuId self, Trigger trigger, const LoadView& view, Time now) {
  Advice advice;
  if (trigger == Trigger::NewIdle && choice_.pull) {
    advice = plan_pull(self, topology_, choice_.rules.cost, view);
    if (auto& plan = advice.plan; plan && choice_.rules.hot.counts())  // its failures lie far away
      plan->spares = choice_.rules.hot.spares(topology_.distance(plan->from, self), turns_[self].dry_failures);
  }
  if (trigger == Trigger::Periodic && choice_.push) advice = push(self, view, now);
  if (advice.plan) advice.plan->seen_at = now;
  return advice;
}

Advice LoadBalancer::push(PcpuId self, const LoadView& view, Time now) {
  Turn& turn = turns_[self];
  Advice advice = plan_push(self, topology_, choice_.rules, view, turn.push);
  if (choice_.active) look_at_running(self, view, advice);
  const bool misplaced = choice_.active && runners_[self].misplaced.any();
  const bool something_to_do = advice.plan || turn.push.lasting || misplaced;
  turn.period = something_to_do ? choice_.period : std::min(turn.period * 2, choice_.period * kMaxPeriods);
  turn.due = now + turn.period;
  return advice;
}

/// After what push had to say.
void LoadBalancer::look_at_running(PcpuId self, const LoadView& view, Advice& advice) {
  Runner& runner = runners_[self];
  if (advice.plan) {
    runner.misplaced.forget();
    if (turns_[self].push.failures > choice_.tries && view.load(advice.plan->to).idle())
      advice.plan = plan_active(self, advice.plan->to);
    return;
  }
  BetterPlaces::Place place;
  for (const Topology::Ring& ring : topology_.around(self)) {
    if (!leads_elsewhere(ring, self, view)) continue;
    advice.looked_at.insert(ring.distance);
    place = better_.find(self, ring, view);
    if (place.pcpu != kNoPcpu) break;
  }
  if (runner.misplaced.insists(place, choice_.tries)) advice.plan = plan_active(self, place.pcpu);
}

void LoadBalancer::outcome(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved, Time) {
  Turn& turn = turns_[self];
  PushState& push = turn.push;
  if (plan.how == MoveHow::Pull) turn.dry_failures = moved > 0 ? 0 : turn.dry_failures + 1;
  if (plan.how == MoveHow::Active) push.failures = 0;
  if (plan.how == MoveHow::Pull || plan.how == MoveHow::Active) return;
  ++push.failures;
  if (moved > 0)
    push.forget();
  else if (choice_.swap && push.coarse && !push.exchange && outcome == PlanOutcome::StaleTooHeavy)
    push.exchange = true;
  else if (moved_nobody(outcome)) {  // none of those that wait was light enough, or may run there
    push.coarse = !push.coarse;
    push.exchange = false;
  }
}

}  // namespace roost
