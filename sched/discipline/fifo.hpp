// The room: the first-in, first-out discipline: whoever came first runs until it blocks.
// Rules: one list per runqueue. Who comes (Fork, Wake, Migrated) or yields goes to the tail; the head runs until it
//   blocks, finishes or yields: there are no slices, Pick::until is kNever. Nobody preempts anybody; weights are
//   ignored. Who is stopped all the same (Preempted or SliceEnd: a cap, a pCPU that goes offline) goes to the head.
//   Source: Silberschatz, Galvin, Gagne, Operating System Concepts, "First-Come, First-Served Scheduling"; the places
//   of the preempted and of those who yield as in POSIX.1-2017, 2.8.4, SCHED_FIFO.
// Deviations: none of first-come, first-served; of SCHED_FIFO, its priorities: there is one.
// Constants: none.
// Starvation bound: none: who never blocks keeps the pCPU.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick. But a vCPU that does not block
//   keeps its pCPU for ever, and whoever waits behind it: with guests that spin for each other, let none wait.
// Costs: constant time, but for a pick that some of those who wait may not have: the original's own rule is a list.
// Invariants: the list is linked both ways and as long as waiting() says. Nothing allocates.
#pragma once

#include <cstddef>

#include "sched/containers/vcpu_list.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class Fifo final : public Discipline {
 public:
  Fifo(std::size_t max_vcpus, std::size_t runqueues) : turns_(max_vcpus), queues_(runqueues) {}

  void admit(VcpuId vcpu, const VcpuTraits&) override { turns_[vcpu] = Turn{}; }
  void reweigh(VcpuId, Weight) override {}
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId, VcpuId, Duration, Time) override {}
  bool preempts(RunqueueId, VcpuId, VcpuId, Time) const override { return false; }
  /// From the tail: it would wait longest.
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  /// Nobody is more urgent than another.
  Urgency urgency(RunqueueId rq) const override { return queues_[rq].list.empty() ? kNoUrgency : 0; }
  Urgency urgency_of(VcpuId) const override { return 0; }
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].list.length(); }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&turns_[vcpu]); }
  void check_invariants(RunqueueId rq) const override;

 private:
  struct alignas(64) Turn {  // of a vCPU
    VcpuLinks links;
  };
  struct alignas(64) Queue {
    VcpuList list;
  };
  auto links_of() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return turns_[vcpu].links; };
  }
  auto links_of() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return turns_[vcpu].links; };
  }

  IdVector<VcpuId, Turn> turns_;
  IdVector<RunqueueId, Queue> queues_;
};

extern const DisciplineEntry kFifoEntry;

}  // namespace roost
