// The room: the weighted fair discipline: the waiting vCPU that is farthest behind its share runs next.
// Rules: each vCPU has a virtual time, which runs at 100 / weight of real time while the vCPU runs, and not at all
//   while it waits. The least virtual time is picked, the lower id of equals, for a slice of latency * weight / all
//   weights that wait, `slice` at least. Each runqueue has a floor, the least virtual time in it, which never falls.
//   Fork starts at the floor. Wake starts where it was; Migrated and a Wake elsewhere start at the same distance from
//   the floor (a sleeper's less what it missed there); a Wake no more than `credit` behind it. Yield stands
//   behind all who wait now, once: its virtual time stays and counts again when its turn comes (a spinner that only
//   went behind the next one would keep the pCPU from whoever is farther ahead, such as the holder of its lock). A
//   newcomer preempts if it is behind what runs by more than `granularity` of its own running. Where several pCPUs
//   share the runqueue, the floor follows the one last charged.
//   Source: Linux 6.1 kernel/sched/fair.c (CFS).
// Deviations: no groups, buddies and load averages (`cfs` has the buddies). Fork starts at the floor, without the debit
//   of a slice. A slice is `slice` at least, where Linux makes the round longer for as many as there are, and ends when
//   it is over, not at the next tick. Yield goes behind all, in Linux behind the next one.
// Constants: latency, 6 ms: one round while few run; longer rounds switch less and answer later. slice, 1 ms: below
//   it the reload of caches (up to 0.8 ms for 1 MiB) eats the slice (Linux 0.75, Xen 1 ms). granularity, 1 ms: smaller
//   answers a wakeup sooner, larger preempts less (Linux 1 ms). credit, 3 ms: how much a sleeper may catch up, half of
//   the latency as in Linux: more favours sleepers over hogs.
// Starvation bound: D * (W - w) / 100 + (n - 1) S, where S = max(latency, slice) is the longest slice and D = credit +
//   granularity + S * 100 / (the least weight) the farthest that it may stand ahead of another in virtual time: each
//   of the others runs until it has caught up, and at most a slice longer. Where m pCPUs share the runqueue, an m-th of
//   that and a slice more: while one runs, the floor may rise above it; it is within the credit again when it is put
//   back. None where some may run on some of these pCPUs only: who has one to itself gets ahead without limit.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: O(log n), but for Yield, which looks for the last one among the n/2 leaves of the heap.
// Invariants: a heap per runqueue, each member knows its position; no member is behind the floor by more than `credit`.
//   A heap doubles when it is full (amortised; it starts with room for kRoom): nothing else allocates.
// Limits: virtual time is 64 bits of nanoseconds: a vCPU of weight 1 may run alone for 2.9 years.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "sched/containers/vcpu_heap.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct WeightedFairConstants {
  Duration latency = std::chrono::milliseconds(6);
  Duration slice = std::chrono::milliseconds(1);
  Duration granularity = std::chrono::milliseconds(1);
  Duration credit = std::chrono::milliseconds(3);
};

class WeightedFair final : public Discipline {
 public:
  static constexpr std::size_t kRoom = 8;

  WeightedFair(std::size_t max_vcpus, std::size_t runqueues, WeightedFairConstants constants = {});

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override {
    shares_[vcpu].weight = value(weight);
    shares_[vcpu].remainder = 0;
  }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  /// Those who would wait longest first.
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  Urgency urgency(RunqueueId rq) const override;
  /// How far behind the floor, in virtual nanoseconds; negative: ahead.
  Urgency urgency_of(VcpuId vcpu) const override;
  std::size_t waiting(RunqueueId rq) const override;
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&shares_[vcpu]); }
  Duration waits_at_most(const Crowd& crowd) const override;
  void check_invariants(RunqueueId rq) const override;

 private:
  struct Vtime {  // nanoseconds of a vCPU of weight 100
    std::int64_t ns = 0;
    friend auto operator<=>(const Vtime&, const Vtime&) = default;
  };

  struct alignas(64) Share {  // of a vCPU
    Vtime vtime;
    std::int64_t remainder = 0;     // of the last division by the weight, so that no nanosecond is lost
    std::int64_t weight = 0;
    RunqueueId home = kNoRunqueue;  // where it is, or was last
    std::uint32_t position = 0;     // in the heap, while it waits
    Vtime left_floor;               // of home, when the vCPU left it
    std::int64_t left_weight = 0;   // of those who waited there then
    Time left_at{};
  };
  /// By where each stands: its virtual time; after a yield, later than that.
  using Heap = VcpuHeap<Vtime>;
  struct alignas(64) Queue {  // of a runqueue
    Heap heap;
    Vtime floor;
    std::int64_t weight = 0;  // of those who wait
  };

  auto positions() {
    return [this](VcpuId vcpu) -> std::uint32_t& { return shares_[vcpu].position; };
  }
  auto positions() const {
    return [this](VcpuId vcpu) { return shares_[vcpu].position; };
  }
  static void raise_floor(Queue& queue, Vtime running);
  Vtime within_credit(const Queue& queue, Vtime vtime) const;
  Vtime woken(RunqueueId rq, const Share& share, Time now) const;
  void remove(Queue& queue, std::uint32_t position);

  IdVector<VcpuId, Share> shares_;
  IdVector<RunqueueId, Queue> queues_;
  WeightedFairConstants constants_;
};

extern const DisciplineEntry kWeightedFairEntry;

}  // namespace roost
