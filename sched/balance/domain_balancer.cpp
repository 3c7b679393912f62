#include "sched/balance/domain_balancer.hpp"

#include <algorithm>
#include <utility>

#include "sched/balance/domain_load.hpp"
#include "sched/balance/plan_pull.hpp"
#include "sched/balance/proxy_balancer.hpp"
#include "sched/topology/nearest.hpp"

namespace roost {

namespace {

constexpr DomainRules kUsual;
using Amount = DomainRules::Amount;
using Compare = GroupRules::Compare;
using View = GroupRules::View;
using Hotplug = GroupRules::Hotplug;
constexpr std::string_view kAmounts[]{"average", "damped", "one"};
constexpr std::string_view kGroups[]{"none", "mean", "least"}, kViews[]{"own", "first"}, kHotplugs[]{"keep", "forget"};

// Those of proxy; but for the first, a tick, those of domains too.
constexpr auto kConstants = with_costs(std::array{
    time_constant("balance_tick", "of a busy pCPU, at which it looks whether to kick an idle one",
                  std::chrono::milliseconds(4), std::chrono::microseconds(100), std::chrono::seconds(1)),
    time_constant("interval", "between two looks at a domain, for each of its pCPUs", kUsual.per_pcpu,
                  std::chrono::microseconds(10), std::chrono::seconds(1)),
    count_constant("damping", "percent of the difference that moves", kUsual.damping, 1, 100),
    count_constant("patience", "failed attempts before the price no longer counts", kUsual.patience, 0, 100),
    time_constant("half_life", "of the weights' decaying averages; 0: weights as they are", kUsual.memory.length,
                  Duration{0}, std::chrono::seconds(10)),
    time_constant("average_over", "if not 0, the window of the weights' averages as in credit2, and no half_life",
                  Duration{0}, Duration{0}, std::chrono::seconds(10)),
    count_constant("active", "failed attempts beyond 0 to 2 by distance before who runs is asked to move; 100: never",
                   kUsual.active, 0, DomainRules::kNeverActive),
    count_constant("hysteresis", "percent beyond the threshold before anything begins to move", kUsual.hysteresis, 0,
                   1000),
    choice_constant("amount", "damped, but no more than takes either to the mean; damped; one vCPU", kAmounts),
    initiator_constant(),
    hot_constant(),
    choice_constant("groups", "parts of a domain that are compared as a whole: by their mean (a fault) or least",
                    kGroups),
    choice_constant("view", "whose parts: those around the asker, or around the lowest pCPU (a fault)", kViews),
    choice_constant("hotplug", "forget: who saw a pCPU offline never looks at other nodes again (a fault)", kHotplugs),
});

LoadMemory memory_of(const ConstantValues& constants) {
  const Duration window = constants.time("average_over");
  if (window > Duration{0}) return {.by = LoadMemory::By::Window, .length = window};
  return {.by = LoadMemory::By::HalfLife, .length = constants.time("half_life")};
}

DomainRules rules_of(const ConstantValues& constants) {
  return {.per_pcpu = constants.time("interval"),
          .damping = static_cast<std::uint32_t>(constants.count("damping")),
          .patience = static_cast<std::uint32_t>(constants.count("patience")),
          .memory = memory_of(constants),
          .active = static_cast<std::uint32_t>(constants.count("active")),
          .hysteresis = static_cast<std::uint32_t>(constants.count("hysteresis")),
          .amount = constants.choice<Amount>("amount"),
          .initiator = constants.choice<Initiator>("initiator"),
          .hot = {constants.time("hot")},
          .groups = {.compare = constants.choice<Compare>("groups"),
                     .view = constants.choice<View>("view"),
                     .hotplug = constants.choice<Hotplug>("hotplug")},
          .cost = cost_of(constants)};
}

}  // namespace

constexpr BalanceEntry kDomainsEntry{
    {"domains", "each domain at its own interval: pull when dry, pull up to the mean, give to who idles",
     "Linux 6.1 fair.c load_balance(), without groups", std::span(kConstants).subspan(1), "domain_balancer"},
    [](const Topology& topology, const ConstantValues& constants) -> std::unique_ptr<Balancer> {
      return std::make_unique<DomainBalancer>(topology, rules_of(constants));
    }};

constexpr BalanceEntry kProxyEntry{
    {"proxy", "as domains, but a busy pCPU kicks an idle one, which balances for all that idle",
     "Linux 6.1 fair.c nohz_balancer_kick()", kConstants, "proxy_balancer"},
    [](const Topology& topology, const ConstantValues& constants) -> std::unique_ptr<Balancer> {
      return std::make_unique<ProxyBalancer>(topology, rules_of(constants), constants.time("balance_tick"));
    }};

DomainBalancer::DomainBalancer(Topology topology, DomainRules rules)
    : topology_(std::move(topology)),
      domains_(topology_),
      rules_(rules),
      groups_(topology_, rules.groups),
      better_(topology_),
      turns_(topology_.pcpu_count()) {
  for (std::size_t d = 0; d < domains_.size(); ++d) {
    tunables_.push_back(tunables_of(domains_[d], rules_));
    const std::uint32_t spared = rules_.hot.window > Duration{0} ? CacheHot::tries(domains_[d].distance) + 1 : 0;
    const std::uint32_t failures = std::max(rules_.patience, spared);
    window_ = std::max(window_, tunables_.back().slowest * static_cast<std::int64_t>(failures + 2));
  }
  if (domains_.size() == 0 || !rules_.groups.conserve()) window_ = Duration::max();  // one pCPU: nowhere to go
  for (std::size_t p = 0; p < turns_.size(); ++p) {  // spread over the first interval, so that not all look at once
    const auto pcpu = id_at<PcpuId>(p);
    for (std::size_t level = 0; level < domains_.around(pcpu).size(); ++level) {
      const Duration interval = tunables(pcpu, level).interval;
      const Duration after = interval * static_cast<std::int64_t>(p + 1) / static_cast<std::int64_t>(turns_.size());
      turns_[pcpu].domains.push_back({.due = Time{} + after, .interval = interval});
    }
  }
}

Time DomainBalancer::next_due(PcpuId self, Time now) {
  Turn& turn = turns_[self];
  if (!std::exchange(turn.begun, true))
    for (DomainTurn& of : turn.domains) of.due += now - Time{};
  Time due = kNever;
  for (const DomainTurn& of : turn.domains) due = std::min(due, of.due);
  return due;
}

Advice DomainBalancer::plan(PcpuId self, Trigger trigger, const LoadView& view, Time now) {
  Advice advice;
  Turn& turn = turns_[self];
  turn.planned_for = kRunDry;
  if (rules_.groups.hotplug == Hotplug::Forget) see_hotplug(self, view);
  if (trigger == Trigger::NewIdle) {
    advice = plan_pull(self, topology_, rules_.cost, view);
    if (advice.plan && !may_cross(self, *advice.plan, view)) advice.plan.reset();
    if (advice.plan) spare(*advice.plan, turn.dry_failures);
  }
  for (std::size_t level = 0; level < turn.domains.size() && trigger == Trigger::Periodic && !advice.plan; ++level) {
    DomainTurn& here = turn.domains[level];
    if (now < here.due) continue;
    const Topology::Ring& ring = topology_.around(self)[level];
    if (turn.confined && ring.distance == Distance::Remote) {
      here.due = now + here.interval;
      continue;
    }
    const DomainTunables& tunables = this->tunables(self, level);
    Look found = look(self, level, view);
    if (found.balanced) here.failures = 0;
    if (!found.balanced && !found.plan) ++here.failures;
    if (found.balanced && moves_running()) found = look_at_running(self, level, view);
    here.interval = found.balanced ? std::min(here.interval * 2, tunables.slowest) : tunables.interval;
    here.due = now + here.interval;
    if (found.plan && may_cross(self, *found.plan, view)) advice.plan = found.plan;
    if (leads_elsewhere(ring, self, view)) advice.looked_at.insert(ring.distance);
    turn.planned_for = static_cast<std::uint32_t>(level);
  }
  if (advice.plan) advice.plan->seen_at = now;
  return advice;
}

void DomainBalancer::has_idled(PcpuId self, Duration idled, Time now) {
  Turn& turn = turns_[self];
  if (turn.occupied.since_last(idled, now)) return;
  for (DomainTurn& of : turn.domains) of.misplaced.forget();
}

DomainBalancer::Look DomainBalancer::look(PcpuId self, std::size_t level, const LoadView& view) {
  const LoadSnapshot mine = view.load(self);
  PcpuId idle = kNoPcpu;
  if (rules_.gives && mine.available() > 0)
    visit_some(topology_.around(self)[level], self, 1,
               [&](std::size_t word) { return view.idle(word) & ~view.sharing(self, word); },
               [&](PcpuId pcpu) { idle = pcpu; });
  if (idle == kNoPcpu) return take(self, level, mine, view);
  if (moves_running() && turns_[self].domains[level].failures > tunables(self, level).active)
    return {.plan = plan_active(self, idle), .balanced = false};
  Plan plan{.from = self, .to = idle, .how = MoveHow::Push, .cost = price(self, level, mine)};
  spare(plan, turns_[self].domains[level].failures);
  return give(plan, mine, view.load(idle));
}

DomainBalancer::Look DomainBalancer::give(Plan plan, const LoadSnapshot& mine, const LoadSnapshot& theirs) {
  if (!worthwhile(mine, theirs, plan.cost)) return {.plan = std::nullopt, .balanced = false};
  return {.plan = plan, .balanced = false};
}

/// What counts against a move in this domain: nothing, if too many attempts have failed.
Duration DomainBalancer::price(PcpuId self, std::size_t level, const LoadSnapshot& from) const {
  const DomainTunables& tunables = this->tunables(self, level);
  return turns_[self].domains[level].failures >= tunables.patience ? kNoCostRule
                                                                   : rules_.cost.of(tunables.distance, from);
}

void DomainBalancer::spare(Plan& plan, std::uint32_t failures) const {
  plan.spares = rules_.hot.spares(topology_.distance(plan.from, plan.to), failures);
}

bool DomainBalancer::may_cross(PcpuId self, const Plan& plan, const LoadView& view) const {
  if (rules_.groups.conserve()) return true;
  if (turns_[self].confined && topology_.distance(plan.from, plan.to) == Distance::Remote) return false;
  return groups_.may_cross(plan.from, plan.to, view);
}

void DomainBalancer::see_hotplug(PcpuId self, const LoadView& view) {
  turns_[self].confined = turns_[self].confined || misses_some(self, topology_, view);
}

/// What may go, so that neither passes the other: `difference`, per capacity, as far as the rules have it.
std::uint64_t DomainBalancer::amount(std::uint64_t own, const DomainLoad& theirs, std::uint64_t mean) const {
  const std::uint64_t damped = (theirs.greatest - own) * rules_.damping / 100;
  if (rules_.amount == Amount::Average) return std::min({damped, theirs.greatest - mean, mean - own});
  return rules_.amount == Amount::Damped ? damped : 0;
}

DomainBalancer::Look DomainBalancer::take(PcpuId self, std::size_t level, const LoadSnapshot& mine,
                                          const LoadView& view) {
  DomainTurn& here = turns_[self].domains[level];
  const auto busy = [&](std::size_t word) { return view.fronts(word) & ~view.idle(word); };
  if (rules_.initiator == Initiator::First && belongs_to_another(self, level, topology_, view, busy)) return {};
  const DomainTunables& tunables = this->tunables(self, level);
  const DomainLoad theirs = load_of(topology_.around(self)[level], self, view);
  const std::uint64_t own = load_per_capacity(mine);
  const std::uint64_t begins = tunables.threshold + (here.moving ? 0 : rules_.hysteresis);
  here.moving = theirs.busiest != kNoPcpu && theirs.greatest * 100 > own * begins;
  if (!here.moving) return {};
  const std::uint64_t mean = (theirs.mean * theirs.read + own) / (theirs.read + 1);
  const std::uint64_t most = movable_weight(theirs.of_busiest, mine);
  if (own >= mean || most == 0) return {};
  const std::uint64_t weight = amount(own, theirs, mean) * mine.capacity * 100 / (1024 * 1024);
  const bool coarse = here.coarse || weight == 0;
  const Duration cost = price(self, level, theirs.of_busiest);
  if (!worthwhile(theirs.of_busiest, mine, cost)) return {.plan = std::nullopt, .balanced = false};
  Plan plan{.from = theirs.busiest,
            .to = self,
            .how_many = coarse ? 1 : theirs.of_busiest.available(),
            .how = MoveHow::Pull,
            .cost = cost,
            .weight_limit = coarse ? most : std::min(weight, most)};
  spare(plan, here.failures);
  return {.plan = plan, .balanced = false};
}

/// Nobody who waits is to be moved: whoever runs, perhaps.
DomainBalancer::Look DomainBalancer::look_at_running(PcpuId self, std::size_t level, const LoadView& view) {
  const BetterPlaces::Place place = better_.find(self, topology_.around(self)[level], view);
  const bool insists = turns_[self].domains[level].misplaced.insists(place, tunables(self, level).active);
  Look found{.plan = std::nullopt, .balanced = place.pcpu == kNoPcpu};
  if (insists) found.plan = plan_active(self, place.pcpu);
  return found;
}

void DomainBalancer::outcome(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved, Time) {
  Turn& turn = turns_[self];
  if (turn.planned_for == kRunDry) {
    turn.dry_failures = moved > 0 ? 0 : turn.dry_failures + 1;
    return;
  }
  DomainTurn& here = turn.domains[turn.planned_for];
  here.failures = moved > 0 || plan.how == MoveHow::Active ? 0 : here.failures + 1;
  // None of those that wait was light enough, or may run here: next time the lightest that still leaves a gain.
  here.coarse = moved_nobody(outcome) && !here.coarse;
}

}  // namespace roost
