#include "sched/balance/proxy_balancer.hpp"

#include <algorithm>
#include <utility>

#include "sched/balance/plan_pull.hpp"
#include "sched/topology/nearest.hpp"

namespace roost {

namespace {

/// Whatever else a move costs, it is worth it.
constexpr MigrationCost kFree{.lock = Duration::min() / 4};

DomainRules without_giving(DomainRules rules) {
  rules.gives = false;
  return rules;
}

}  // namespace

ProxyBalancer::ProxyBalancer(const Topology& topology, DomainRules rules, Duration tick)
    : topology_(topology), domains_(topology, without_giving(rules)), tick_(tick), turns_(topology.pcpu_count()) {}

/// Ticks are spread over one, so that not all pCPUs look at once.
Time ProxyBalancer::next_due(PcpuId self, Time now) {
  Turn& turn = turns_[self];
  if (turn.tick == kNever)
    turn.tick = now + tick_ * (static_cast<std::int64_t>(index(self)) + 1) / static_cast<std::int64_t>(turns_.size());
  return std::min(turn.tick, domains_.next_due(self, now));
}

Advice ProxyBalancer::plan(PcpuId self, Trigger trigger, const LoadView& view, Time now) {
  PcpuId helper = kNoPcpu;
  Turn& turn = turns_[self];
  if (trigger == Trigger::Periodic && now >= turn.tick) {
    turn.tick = now + tick_;
    if (view.load(self).available() > 0) helper = first_idle(self, view);
  }
  Advice advice = domains_.plan(self, trigger, view, now);
  advice.helper = helper;
  return advice;
}

/// Of another runqueue than `self`'s: in that one an idle pCPU has been called already.
PcpuId ProxyBalancer::first_idle(PcpuId self, const LoadView& view) const {
  for (std::size_t w = 0; w < words_for(turns_.size()); ++w)
    if (const std::uint64_t found = view.idle(w) & ~view.sharing(self, w)) return lowest_in(w, found);
  return kNoPcpu;
}

Advice ProxyBalancer::plan_for(PcpuId idle, const LoadView& view, Time now) const {
  Advice advice = plan_pull(idle, topology_, kFree, view);
  if (!advice.plan) return advice;
  advice.plan->cost = kNoCostRule;
  advice.plan->seen_at = now;
  return advice;
}

Duration ProxyBalancer::window() const {
  const Duration window = domains_.window();
  return window == Duration::max() ? window : window + 2 * tick_;
}

}  // namespace roost
