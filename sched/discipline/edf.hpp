// The room: earliest deadline first, with a constant bandwidth server for each vCPU.
// Rules: a vCPU has a budget Q in every period T: its reservation, or the constants. q is what is left of Q, d its
//   deadline. The earliest d runs, the lower id of equals, until q is used up; an earlier d preempts.
//   In a run those with a reservation come first, and admission counts them alone (discipline/reserved). Here all
//   others are ranked, and beyond their budgets these too, but where budgets are hard.
//   - Who wakes at t keeps q and d if q < (d - t) Q / T; otherwise, as in the beginning, d = t + T and q = Q.
//   - At q <= 0 the server is soft: d += T, q += Q, and it goes on; or hard: it waits until d, and is given the same
//     then (if even the new d is past, d = t + T and q = Q).
//   - Who yields waits once for all that wait now; q and d stay.
//   Weights are ignored. Sources: Liu and Layland (1973); Abeni and Buttazzo, "Integrating multimedia applications in
//   hard real-time systems" (1998); the hard rule: Linux, Documentation/scheduler/sched-deadline.rst.
//   Where m pCPUs share a runqueue, the m earliest deadlines run at any time, as far as affinities let them (global
//   EDF).
// Deviations: each runqueue is scheduled by itself. What was run beyond q
//   is owed. Time on a slower pCPU counts in full. Linux's yield gives up the rest of q; and there whoever has no
//   reservation is left to another class, behind all who have one. Whether the usual budgets fit is not asked. Victims:
//   the latest deadline first, then those who may not run.
// Constants: budget, 4 ms, and period, 10 ms: of who has no reservation (Xen's RTDS has these): a shorter period
//   answers sooner and switches more often. hard, 0: with 1 nobody gets more than Q in T, and what others leave is
//   lost.
// Starvation bound: none: whether the usual budgets fit is not asked; where they do not, who has the later deadline
//   waits.
// Not work-conserving when: hard, and all who wait have used their budgets up.
// Costs: O(log n), and as much for each that is ready again; a yield looks for the last of n / 2 leaves of the heap.
// Invariants: who waits is ready with q > 0, or depleted until d.
// Limits: Q is at least T / 1000, T at most 1 s. A soft server that ran alone for a time t has a deadline t T / Q
//   ahead, and waits for all who come later until theirs are there: it has had that time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/vcpu_heap.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/discipline/periodic_budget.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct EdfConstants {
  Duration budget = PeriodicBudget::kUsual.budget;
  Duration period = PeriodicBudget::kUsual.period;
  bool hard = false;
};

class Edf final : public Discipline {
 public:
  Edf(std::size_t max_vcpus, std::size_t runqueues, EdfConstants constants = {});

  Beyond beyond_reservations() const override { return constants_.hard ? Beyond::Waits : Beyond::Ranks; }
  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId, Weight) override {}
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId, VcpuId running, Duration ran, Time) override { servers_[running].left -= ran; }
  /// Also by one that is ready again before the slice ends: that must be cut anew.
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  /// The earlier the deadline, the larger: its nanoseconds, negative.
  Urgency urgency(RunqueueId rq) const override;
  Urgency urgency_of(VcpuId vcpu) const override { return -nanoseconds(servers_[vcpu].deadline); }
  std::size_t waiting(RunqueueId rq) const override;
  VcpuId most_urgent(RunqueueId rq) const override {
    const Heap& ready = queues_[rq].ready;
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
    Time deadline{};
    Time released{};             // when it last was ready again after it had been depleted
    std::uint32_t position = 0;  // in its heap, while it waits
    bool begun = false, depleted = false;
  };
  using Heap = VcpuHeap<Time>;
  struct alignas(64) Queue {
    Heap ready, depleted;  // by deadline; who yielded later than that
  };

  auto positions() {
    return [this](VcpuId vcpu) -> std::uint32_t& { return servers_[vcpu].position; };
  }
  auto positions() const {
    return [this](VcpuId vcpu) { return servers_[vcpu].position; };
  }
  static void begin(Server& server, Time now);
  static void wake_up(Server& server, Time now);
  static void postpone(Server& server);
  void replenish(Queue& queue, Time now);

  IdVector<VcpuId, Server> servers_;
  IdVector<RunqueueId, Queue> queues_;
  EdfConstants constants_;
};

extern const DisciplineEntry kEdfEntry;

}  // namespace roost
