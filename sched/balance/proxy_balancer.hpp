// The room: the balancer `proxy`: scheduling domains, where idle pCPUs have no tick and one of them balances for all.
// Rules: as domains, but that nobody gives: where a busy pCPU has vCPUs to give and others idle, it wakes one of these.
//   1. a busy pCPU looks at its tick whether it has more than whom it runs (nr_running >= 2). If so, and a pCPU idles,
//   the idle one of the lowest number is kicked, unless one that was kicked has not done yet (find_new_ilb(): the first
//   of nohz.idle_cpus_mask; kick_ilb(): one balancer at a time; in pools, one in each). 2. the one that was kicked
//   looks for each idle pCPU, from the next higher number on and around, for itself last: it pulls for it one vCPU,
//   from the nearest ring that has some to give and there from the longest backlog, whatever that costs. It stops when
//   it has something to run itself. 3. who was kicked and no longer idles does nothing. Source: Linux 6.1
//   kernel/sched/fair.c nohz_balancer_kick(), kick_ilb(), _nohz_idle_balance().
// Deviations: Linux kicks, too, where more than one CPU of an LLC is busy, to spread them, and for misfits; here
//   whoever runs is asked by its own pCPU, as in domains. Linux lets an idle CPU be balanced for only once its own
//   interval has passed; here whenever there is something to give.
// Constants: balance_tick, 4 ms (HZ=250): shorter finds idle pCPUs sooner and kicks more. The others are those of
//   domains.
// Not work-conserving when: an idle pCPU is left alone until the next tick of whoever has vCPUs to give, and while
//   another is balanced for.
// Window: that of domains and two ticks.
// Invariants: a pCPU's turn is touched by its own thread alone; what is planned for others needs no state.
#pragma once

#include "sched/balance/domain_balancer.hpp"

namespace roost {

class ProxyBalancer final : public Balancer {
 public:
  ProxyBalancer(const Topology& topology, DomainRules rules, Duration tick);

  Time next_due(PcpuId self, Time now) override;
  Advice plan(PcpuId self, Trigger trigger, const LoadView& view, Time now) override;
  Advice plan_for(PcpuId idle, const LoadView& view, Time now) const override;
  PlanOutcome still_holds(const Plan& plan, const LoadSnapshot& from, const LoadSnapshot& to) const override {
    return look_again(plan, from, to);
  }
  Duration window() const override;
  LoadMemory memory() const override { return domains_.memory(); }
  bool moves_running() const override { return domains_.moves_running(); }
  void has_idled(PcpuId self, Duration idled, Time now) override { domains_.has_idled(self, idled, now); }
  void outcome(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved, Time now) override {
    domains_.outcome(self, plan, outcome, moved, now);
  }

 private:
  struct alignas(64) Turn {
    Time tick = kNever;  // until it is first asked
  };
  PcpuId first_idle(PcpuId self, const LoadView& view) const;

  Topology topology_;
  DomainBalancer domains_;
  Duration tick_;
  IdVector<PcpuId, Turn> turns_;
};

extern const BalanceEntry kProxyEntry;

}  // namespace roost
