#include "sched/balance/epoch_balancer.hpp"

#include <algorithm>
#include <utility>

#include "sched/balance/plan_pull.hpp"

namespace roost {

namespace {

constexpr Duration kNextPair = std::chrono::microseconds(10);

constexpr auto kConstants = with_costs(std::array{
    time_constant("epoch", "how often one pCPU looks at all", EpochRules{}.epoch, std::chrono::microseconds(100),
                  std::chrono::seconds(100)),
    count_constant("pairs", "how often in an epoch it gives for the heaviest", EpochRules{}.pairs, 1, 4096),
});

/// The lowest that runs something; kNoPcpu: none seems to.
PcpuId lowest_busy(const Topology& topology, const LoadView& view) {
  for (std::size_t w = 0; w < words_for(topology.pcpu_count()); ++w)
    if (const std::uint64_t busy = view.fronts(w) & ~view.idle(w)) return lowest_in(w, busy);
  return kNoPcpu;
}

}  // namespace

constexpr BalanceEntry kEpochEntry{
    {"epoch", "pull when dry; from time to time one pCPU gives for the heaviest of all",
     "FreeBSD 15-CURRENT sched_ule.c sched_balance()", kConstants, "epoch_balancer"},
    [](const Topology& topology, const ConstantValues& constants) -> std::unique_ptr<Balancer> {
      return std::make_unique<EpochBalancer>(
          topology, EpochRules{.epoch = constants.time("epoch"),
                               .pairs = static_cast<std::uint32_t>(constants.count("pairs")),
                               .cost = cost_of(constants)});
    }};

EpochBalancer::EpochBalancer(Topology topology, EpochRules rules)
    : topology_(std::move(topology)), rules_(rules), turns_(topology_.pcpu_count()) {
  check(rules_.epoch > Duration{0}, "an epoch is longer than nothing");
}

Time EpochBalancer::next_epoch(Time now) const {
  return time_at((now.time_since_epoch() / rules_.epoch + 1) * rules_.epoch.count());
}

Time EpochBalancer::next_due(PcpuId self, Time now) {
  if (turns_[self].due == kNever) turns_[self].due = next_epoch(now);
  return turns_[self].due;
}

Advice EpochBalancer::plan(PcpuId self, Trigger trigger, const LoadView& view, Time now) {
  Advice advice;
  if (trigger == Trigger::NewIdle) {
    advice = plan_pull(self, topology_, rules_.cost, view);
  } else {
    Turn& turn = turns_[self];
    turn.due = next_epoch(now);
    const PcpuId giver = lowest_busy(topology_, view) == self ? heaviest_giver(view, now) : kNoPcpu;
    turn.push.lasting = true;  // so long that it pays the price
    if (giver != kNoPcpu) advice = plan_push(giver, topology_, {.cost = rules_.cost}, view, turn.push);
    if (!advice.plan) begin(turn);
  }
  if (advice.plan) advice.plan->seen_at = now;
  return advice;
}

PcpuId EpochBalancer::heaviest_giver(const LoadView& view, Time now) const {
  const std::size_t words = words_for(topology_.pcpu_count());
  const auto first = static_cast<std::size_t>(now.time_since_epoch() / rules_.epoch) % words;
  PcpuId heaviest = kNoPcpu;
  LoadSnapshot load;
  std::size_t looked = 0;
  for (std::size_t i = 0; i < words && looked < kMostGivers; ++i) {
    const std::size_t w = (first + i) % words;
    for_each_in(w, view.giving(w) & view.fronts(w), [&](PcpuId pcpu) {
      const LoadSnapshot here = view.load(pcpu);
      ++looked;
      if (here.available() == 0) return;
      const bool better =
          heaviest == kNoPcpu || lighter(load, here) || (pcpu < heaviest && !lighter(here, load));
      if (!better) return;
      heaviest = pcpu;
      load = here;
    });
  }
  return heaviest;
}

void EpochBalancer::outcome(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved, Time now) {
  if (plan.how != MoveHow::Push) return;
  Turn& turn = turns_[self];
  const bool again = moved > 0 || (moved_nobody(outcome) && !turn.push.coarse);
  const std::uint32_t given = turn.given + 1;
  if (!again || given >= rules_.pairs) {
    begin(turn);
    return;
  }
  turn.given = given;
  turn.push.coarse = moved == 0;  // none was light enough for half of the difference: one that still helps
  turn.due = std::min(turn.due, now + kNextPair);
}

}  // namespace roost
