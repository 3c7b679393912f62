// The room: the balancer `domains`: each pCPU balances its scheduling domains, from the smallest to the whole host,
//   each at its own interval.
// Rules: a pCPU that runs dry pulls from the nearest ring worth the cost (plan_pull). Besides, when a domain's interval
//   has passed, a busy pCPU looks at what this domain adds to the next smaller one:
//   1. has it vCPUs to give, and idles somebody there: it gives the nearest of these one. An idle pCPU has no tick; so
//      a busy one acts for it (as in a tickless Linux a busy CPU kicks one that balances for all).
//   2. is somebody's load there greater than its own by more than the threshold, and is its own below the mean of both:
//      it pulls from the one of greatest load `damping` percent of the difference, but no more than takes either to
//      that mean (amount=average; damped: without that bound; one: one vCPU). The greatest, not the busiest part by its
//      mean: a mean hides one hot LLC. Where nothing moved the last time it must be greater by `hysteresis` more.
//      initiator=first: beyond its own part of the domain only the first busy pCPU of that part pulls (initiator).
//   The move must be worth its price, R_i - R_j > C, unless `patience` attempts in a row have failed; who ran there a
//   moment ago stays (cache_hot). The interval doubles when the domain is balanced, up to DomainRules::kSlowest of
//   them, and falls back when something was moved.
//   3. otherwise: would whoever it runs do better on an idle pCPU there (better_place)? And of 1: have too many
//      attempts failed because those that wait may not go? After `active` attempts in a row beyond the distance's own
//      (0 between siblings, 1 in a node, 2 between nodes) the one that runs is asked to move (active balance).
//   Source: Linux 6.1 kernel/sched/fair.c load_balance(), should_we_balance() and rebalance_domains(): intervals,
//   imbalance_pct, failures, the amount up to the average; need_active_balance().
// Deviations: unless initiator=first every busy pCPU balances its domains, where Linux chooses one for each group, an
//   idle one before a busy one; loads are weights, unless half_life makes them decaying averages as Linux's are, or
//   average_over as those of Xen's credit2 (load_average; an idle pCPU's is forgotten at once); who runs goes to idle
//   pCPUs only: among busy ones it will wait before long, and is pulled then.
// Constants: interval, 1 ms for each pCPU of the domain; damping, 50 percent; patience, 2; half_life, 0 (Linux: 32 ms)
//   and average_over, 0 (Xen: 1.07 s), the latter first; active, 2 (100: never); hysteresis, 0; amount, average;
//   initiator, each: see initiator. hot, 0: see cache_hot. groups, none; view,
//   own; hotplug, keep: see domain_groups. The parts of C: see migration_cost.
// Not work-conserving when: an idle pCPU is left alone by whoever has vCPUs to give until that one's interval for the
//   smallest domain of both has passed, `patience` times more if the move is not worth its price.
// Window: (patience + 2) times, or as many as who is hot is spared and 2 more if that is longer, the slowest interval
//   of the largest domain.
//   None under the faults of domain_groups.
// Invariants: a pCPU's turns are touched by its own thread alone.
#pragma once

#include <vector>

#include "sched/balance/balancer.hpp"
#include "sched/balance/better_place.hpp"
#include "sched/balance/domain_load.hpp"
#include "sched/balance/domain_tunables.hpp"
#include "sched/topology/domains.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class DomainBalancer final : public Balancer {
 public:
  DomainBalancer(Topology topology, DomainRules rules);

  Time next_due(PcpuId self, Time now) override;
  Advice plan(PcpuId self, Trigger trigger, const LoadView& view, Time now) override;
  PlanOutcome still_holds(const Plan& plan, const LoadSnapshot& from, const LoadSnapshot& to) const override {
    return look_again(plan, from, to);
  }
  Duration window() const override { return window_; }
  LoadMemory memory() const override { return rules_.memory; }
  bool moves_running() const override { return rules_.active < DomainRules::kNeverActive; }
  void has_idled(PcpuId self, Duration idled, Time now) override;
  void outcome(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved, Time now) override;

 private:
  static constexpr std::uint32_t kRunDry = UINT32_MAX;  // a plan of a pCPU that ran dry: about no domain

  struct DomainTurn {  // of one domain around one pCPU
    Time due{};           // since time 0 until it has begun
    Duration interval{0};
    std::uint32_t failures = 0;
    bool coarse = false;  // no waiting vCPU was light enough for the amount
    bool moving = false;  // the last look found more than the threshold
    Misplaced misplaced{};  // whoever runs here
  };
  struct alignas(64) Turn {  // of a pCPU
    std::vector<DomainTurn> domains;  // as Domains::around() and Topology::around()
    std::uint32_t planned_for = kRunDry;  // the one that the last plan is about
    bool begun = false;                   // next_due() was asked
    std::uint32_t dry_failures = 0;       // pulls in a row, when it had run dry, that moved nobody
    bool confined = false;                // to its node, for ever: hotplug=forget
    Occupied occupied{};
  };
  struct Look {  // what was found in a domain
    std::optional<Plan> plan;
    bool balanced = true;
  };

  const DomainTunables& tunables(PcpuId self, std::size_t level) const {
    return tunables_[domains_.around(self)[level]];
  }
  Look look(PcpuId self, std::size_t level, const LoadView& view);
  static Look give(Plan plan, const LoadSnapshot& mine, const LoadSnapshot& theirs);
  Duration price(PcpuId self, std::size_t level, const LoadSnapshot& from) const;
  void spare(Plan& plan, std::uint32_t failures) const;
  bool may_cross(PcpuId self, const Plan& plan, const LoadView& view) const;
  void see_hotplug(PcpuId self, const LoadView& view);
  std::uint64_t amount(std::uint64_t own, const DomainLoad& theirs, std::uint64_t mean) const;
  Look take(PcpuId self, std::size_t level, const LoadSnapshot& mine, const LoadView& view);
  Look look_at_running(PcpuId self, std::size_t level, const LoadView& view);

  Topology topology_;
  Domains domains_;
  DomainRules rules_;
  DomainGroups groups_;
  BetterPlaces better_;
  std::vector<DomainTunables> tunables_;  // by domain
  IdVector<PcpuId, Turn> turns_;
  Duration window_{0};
};

extern const BalanceEntry kDomainsEntry;

}  // namespace roost
