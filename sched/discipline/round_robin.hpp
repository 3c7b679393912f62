// The room: the round-robin discipline: everyone in turn, the same slice for all.
// Rules: one list per runqueue. Who comes (Fork, Wake, Migrated) or has had its turn (SliceEnd, Yield) goes to the
//   tail; who was preempted goes to the head and keeps the rest of its slice. Nobody preempts anybody; weights are
//   ignored.
//   Source: Silberschatz, Galvin, Gagne, Operating System Concepts, "Round-Robin Scheduling".
// Deviations: none; what a preemption (by a cap, or a pCPU that goes offline) and a migration do is ours.
// Constants: slice, 3 ms: what weighted_fair gives two equal vCPUs, so that the two disciplines differ in order alone.
//   A woken vCPU may wait for n - 1 slices, so longer ones cost latency; shorter ones reload caches more often (up to
//   0.8 ms for 1 MiB).
// Starvation bound: (n - 1) slices of n that may be here: all others go first, once. Where m pCPUs that may run it
//   share the runqueue, an m-th of that: each is busy with others until then.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: constant time, but for a pick that some of those who wait may not have: the original's own rule is a list.
// Invariants: the list is linked both ways and as long as waiting() says. Nothing allocates.
#pragma once

#include <cstddef>

#include "sched/containers/vcpu_list.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class RoundRobin final : public Discipline {
 public:
  static constexpr Duration kSlice = std::chrono::milliseconds(3);

  RoundRobin(std::size_t max_vcpus, std::size_t runqueues, Duration slice = kSlice);

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId, Weight) override {}
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  Urgency urgency(RunqueueId rq) const override;
  Urgency urgency_of(VcpuId vcpu) const override;
  std::size_t waiting(RunqueueId rq) const override;
  Duration waits_at_most(const Crowd& crowd) const override;
  void check_invariants(RunqueueId rq) const override;

 private:
  struct alignas(64) Turn {  // of a vCPU
    VcpuLinks links;
    Duration left{0};        // of its slice
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
  Duration slice_;
};

extern const DisciplineEntry kRoundRobinEntry;

}  // namespace roost
