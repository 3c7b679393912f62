// The room: the stride discipline: proportional shares without luck.
// Rules: a vCPU holds as many tickets as its weight; its stride is 2^20 / tickets. The least pass runs next, the lower
//   id of equals, for a quantum; its pass then grows by its stride, or by the fraction of it that it used.
//   Each runqueue has a global pass, which grows by 2^20 / (all tickets that wait or run here) per quantum run here.
//   Who leaves (blocks, migrates) remembers its pass less the global one, its remain; who comes starts at the global
//   pass and its remain; a new vCPU's remain is its stride. A change of tickets scales the remain as it does the
//   stride. Nobody preempts anybody.
//   Source: C. Waldspurger, W. Weihl, Stride Scheduling: Deterministic Proportional-Share Resource Management, MIT/LCS
//   TM-528, 1995, with its dynamic operations.
// Deviations: the global pass follows the time that is charged here, not the clock: where several pCPUs share the
//   runqueue, or a pCPU is away, it stays the mean of the passes. No ticket transfers, currencies or hierarchy.
// Constants: quantum, 10 ms: shares are exact within one quantum for any two, so shorter is fairer and answers
//   sooner, and switches more often (the paper's prototype: 100 ms).
// Starvation bound: none is stated. On one runqueue the others run until their passes exceed that of who waits; but who
//   migrates brings along what it is ahead, each time anew.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: O(log n); a pick that some of those who wait may not have looks at those that are sooner. A heap doubles when
//   it is full: nothing else allocates.
// Invariants: each member of a runqueue's heap knows its position and stands at its pass; the tickets are the sum over
//   those who wait and run here.
// Limits: passes are 64 bits: a vCPU of one ticket may run alone for 2^43 quanta. All tickets of a runqueue and the
//   quantum in nanoseconds are below 2^31 each; no single charge exceeds an hour.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/vcpu_heap.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class Stride final : public Discipline {
 public:
  static constexpr Duration kQuantum = std::chrono::milliseconds(10);
  static constexpr std::int64_t kStride1 = 1 << 20;

  Stride(std::size_t max_vcpus, std::size_t runqueues, Duration quantum = kQuantum);

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override;
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId, VcpuId, VcpuId, Time) const override { return false; }
  /// The greatest pass first.
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  Urgency urgency(RunqueueId rq) const override;
  /// How far its pass is behind the global one.
  Urgency urgency_of(VcpuId vcpu) const override;
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].heap.size(); }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&clients_[vcpu]); }
  void check_invariants(RunqueueId rq) const override;

 private:
  /// A whole number of passes, and a rest in units of 1 / (tickets * quantum), so that no nanosecond is lost.
  struct Meter {
    std::int64_t pass = 0, rest = 0;
    void advance(Duration ran, std::int64_t tickets_times_quantum);
  };
  struct alignas(64) Client {  // of a vCPU
    Meter meter;                 // its pass here; its remain while it is in no runqueue
    std::int64_t tickets = 1;
    RunqueueId home = kNoRunqueue;
    std::uint32_t position = 0;  // in the heap, while it waits
  };
  using Heap = VcpuHeap<std::int64_t>;
  struct alignas(64) Queue {  // of a runqueue
    Heap heap;                // by pass
    Meter global;
    std::int64_t tickets = 0;  // of those who wait or run here
  };

  auto positions() {
    return [this](VcpuId vcpu) -> std::uint32_t& { return clients_[vcpu].position; };
  }
  auto positions() const {
    return [this](VcpuId vcpu) { return clients_[vcpu].position; };
  }
  static void set_tickets(Queue& queue, std::int64_t tickets);

  IdVector<VcpuId, Client> clients_;
  IdVector<RunqueueId, Queue> queues_;
  std::int64_t quantum_;
};

extern const DisciplineEntry kStrideEntry;

}  // namespace roost
