// The room: Xen's RTDS: a deferrable server for each vCPU, by earliest deadline.
// Rules: a vCPU has a budget B in every period P: its reservation, or the constants. At each period's end it gets B
//   anew, with the next end as its deadline, whether it runs, waits or sleeps; what was left of the old budget is lost.
//   While it sleeps its budget is kept (deferrable), until then. It runs for what is left of its budget.
//   - Order: the lower priority level first, in it the earlier deadline, then the lower id. An earlier one preempts.
//   - At the end of its budget: with extratime it gets B again and its level falls by one (its number rises), until its
//     period ends; without, it waits among the depleted until then.
//   - Periods are counted from time 0, also those that it sleeps through.
//   In a run those with a reservation come first, by bandwidth servers, and admission counts them alone
//   (discipline/reserved). Here all others are ranked, and, with extratime, these too beyond their budgets.
//   Sources: Xen, docs/features/sched_rtds.pandoc and xl.cfg(5); Xi, Wilson, Lu, Gill, "RT-Xen" (EMSOFT 2011);
//   Strosnider, Lehoczky, Sha (1995) for the deferrable server.
// Deviations: Xen has no reservations beside budgets, ranks all budgets alike, and leaves it to the user that they fit.
//   Each runqueue is scheduled by itself; Xen has one for the pool (with one for the machine it is that).
//   Ties go to the lower id, not to who came first. A yield, which does nothing in Xen, takes a level (with extratime)
//   but no budget: a spinner would else keep the pCPU from the lock's holder for its whole budget, turn after turn.
//   What was run beyond a budget is lost, not owed (as in Xen).
//   Victims: who would run last first, then the depleted.
// Constants: budget, 4 ms, and period, 10 ms: of who has no reservation, Xen's defaults: a shorter period answers
//   sooner and switches more often. extratime, 1, as in xl: with 0 nobody gets more than B in P, and what others leave
//   is lost.
// Starvation bound: none: whether the usual budgets fit is not asked; where they do not, of equal deadlines the higher
//   ids wait.
// Not work-conserving when: extratime is 0, and all who wait have used their budgets up.
// Costs: O(log n), and as much for each waiting vCPU whose period ends, when it is next looked; with equal periods that
//   is all of them at once.
// Invariants: who waits is ready with some budget, or depleted with none; its deadline is in both heaps the same.
// Limits: B is at least P / 1000, P at most 1 s. A vCPU that keeps its budget to the end of its period may run for 2 B
//   at once: others must leave room for that.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "sched/containers/vcpu_heap.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/discipline/periodic_budget.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct RtdsConstants {
  Duration budget = PeriodicBudget::kUsual.budget;
  Duration period = PeriodicBudget::kUsual.period;
  bool extratime = true;
};

class Rtds final : public Discipline {
 public:
  Rtds(std::size_t max_vcpus, std::size_t runqueues, RtdsConstants constants = {});

  Beyond beyond_reservations() const override { return constants_.extratime ? Beyond::Ranks : Beyond::Waits; }
  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId, Weight) override {}
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  /// Also by one that has a budget again before the slice ends: that must be cut anew.
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  /// Levels above deadlines: minus the deadline's nanoseconds, less 2^60 for a level.
  Urgency urgency(RunqueueId rq) const override;
  Urgency urgency_of(VcpuId vcpu) const override { return urgency_at(order_of(servers_[vcpu])); }
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].ends.size(); }
  VcpuId most_urgent(RunqueueId rq) const override {
    const auto& ready = queues_[rq].ready;
    return ready.empty() ? kNoVcpu : ready.front().vcpu;
  }
  Time eligible_at(VcpuId vcpu, Time now) const override;
  std::size_t dormant(RunqueueId rq, Time now) const override;
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&servers_[vcpu]); }
  void check_invariants(RunqueueId rq) const override;

 private:
  struct alignas(64) Server {  // of a vCPU
    Duration budget{0}, period{0};
    Duration left{0};
    Time deadline{};                  // the end of its period
    Time released{};                  // when it last had a budget again after it had been depleted
    std::uint32_t level = 0;
    std::uint32_t place = 0, end_at = 0;  // in its heap and in `ends`, while it waits
    bool depleted = false;
  };
  struct Order {
    std::uint32_t level = 0;
    Time deadline{};
    friend auto operator<=>(const Order&, const Order&) = default;
  };
  struct alignas(64) Queue {
    VcpuHeap<Order> ready;
    VcpuHeap<Time> depleted;
    VcpuHeap<Time> ends;  // of the periods of all who wait
  };

  auto places() {
    return [this](VcpuId vcpu) -> std::uint32_t& { return servers_[vcpu].place; };
  }
  auto places() const {
    return [this](VcpuId vcpu) { return servers_[vcpu].place; };
  }
  auto end_positions() {
    return [this](VcpuId vcpu) -> std::uint32_t& { return servers_[vcpu].end_at; };
  }
  auto end_positions() const {
    return [this](VcpuId vcpu) { return servers_[vcpu].end_at; };
  }
  static Order order_of(const Server& server) { return {server.level, server.deadline}; }
  static Urgency urgency_at(Order order);
  static void next_period(Server& server, Time now);
  void spend(Server& server) const;
  void insert(Queue& queue, VcpuId vcpu);
  void remove(Queue& queue, VcpuId vcpu);
  void replenish(Queue& queue, Time now);

  IdVector<VcpuId, Server> servers_;
  IdVector<RunqueueId, Queue> queues_;
  RtdsConstants constants_;
};

extern const DisciplineEntry kRtdsEntry;

}  // namespace roost
