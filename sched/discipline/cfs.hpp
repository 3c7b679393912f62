// The room: Linux's completely fair scheduler: whoever has had the least of its share runs next.
// Rules: each vCPU has a virtual time v, which runs at 100 / weight of real time while the vCPU runs. The least v runs
//   next, the lower id of equals. A period is `latency`, or, where more run or wait than latency / granularity (8),
//   granularity for each; a slice is period * weight / all weights, `granularity` at least. What runs also stops once
//   it has run for `granularity` and its v is ahead of the least that waits by more than its slice: this cuts the
//   slices of light vCPUs. min_v is the least v on the runqueue; it never falls. Fork starts at min_v plus its slice in
//   virtual time (START_DEBIT). Wake starts where it was, but no more than latency / 2 behind min_v
//   (GENTLE_FAIR_SLEEPERS). Migrated keeps its distance from min_v. A newcomer preempts if what runs is ahead of it by
//   more than `wakeup`, as virtual time of the newcomer's weight, or has had its slice as it is now.
//   LAST buddy: who was preempted while 8 or more were runnable runs next, unless that is unfair: ahead of the least v
//   by more than `wakeup`. Yield: the next one in order runs first, unless that is unfair in the same way (skip buddy).
//   Victims: who ran or came longest ago first (the tail of cfs_tasks).
//   Source: Linux 6.1 kernel/sched/fair.c, features.h.
// Beside weighted_fair, which is our reading of the same idea: that has one constant slice as a least where this has
//   the stretched period, counts those who wait only where this counts those who run too, starts a fork at the floor
//   where this makes it pay a slice first, has no second reason to stop, and no buddies. There a yield stands behind
//   all who wait, so a guest that spins and yields lets the holder of its lock run; here it lets one go first at most.
// Deviations: no groups. A slice ends on its nanosecond, not at the tick after it; it is as computed at the pick, and
//   looked at again only when somebody comes. A fork has no parent to inherit v from. LAST is set by every preemption.
//   A sleeper that wakes elsewhere takes its distance from min_v as of when it left, less what min_v would have risen
//   while it slept had nobody come or gone (there it reads the other's min_v without a lock). Where several pCPUs share
//   the runqueue, min_v follows the one last charged. Equals go by the lower id, there by who came first.
// Constants: latency 6 ms, granularity 0.75 ms, wakeup 1 ms, each times 1 + log2(min(cpus, 8)). latency: longer rounds
//   switch less and answer later. granularity: below it caches are reloaded too often. wakeup: smaller answers a wakeup
//   sooner, larger preempts less. cpus, 8: what Linux takes from the host.
// Starvation bound: D * (W - w) / 100 + (n - 1) P, where P = max(latency, n * granularity) is the longest slice and D =
//   latency / 2 + (P + wakeup) * 100 / (the least weight) the farthest that it may stand ahead of another in v. None
//   where several pCPUs share the runqueue: a heavy one that always runs beside lighter ones falls behind them in v
//   without limit, and if it has to share its pCPU later it goes first for as long.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: O(log n); where affinity restricts the asker, O(n) at worst. A heap doubles when it is full; nothing else
//   allocates.
// Invariants: a heap by v; weight is the sum over all who wait or run; a buddy waits here.
// Limits: v is 64 bits of nanoseconds: a vCPU of weight 1 may run alone for 2.9 years.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/vcpu_heap.hpp"
#include "sched/containers/vcpu_list.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct CfsConstants {
  Duration latency = std::chrono::milliseconds(6);
  Duration granularity = std::chrono::microseconds(750);
  Duration wakeup = std::chrono::milliseconds(1);
  std::int64_t cpus = 8;
};

class Cfs final : public Discipline {
 public:
  static constexpr std::size_t kRoom = 16;

  Cfs(std::size_t max_vcpus, std::size_t runqueues, CfsConstants constants = {});

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override;
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  Urgency urgency(RunqueueId rq) const override;
  /// How far behind min_v, in virtual nanoseconds; negative: ahead.
  Urgency urgency_of(VcpuId vcpu) const override;
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].heap.size(); }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&shares_[vcpu]); }
  Duration waits_at_most(const Crowd& crowd) const override;
  void check_invariants(RunqueueId rq) const override;

 private:
  using Heap = VcpuHeap<std::int64_t>;
  struct alignas(64) Share {  // of a vCPU
    std::int64_t v = 0;
    std::int64_t remainder = 0;  // of the last division by the weight, so that no nanosecond is lost
    std::int64_t weight = 1;
    std::int64_t ran_ns = 0;     // since it was picked
    VcpuLinks recent;
    std::uint32_t position = 0;  // in the heap, while it waits
    RunqueueId home = kNoRunqueue;
    bool waits = false;
    std::int64_t left_min_v = 0, left_weight = 1;  // of home, when it left
    Time left_at{};
  };
  struct alignas(64) Queue {
    Heap heap;             // who waits
    VcpuList recent;       // who waits or runs; who ran or came last stands first
    std::int64_t min_v = 0;
    std::int64_t weight = 0;  // of all
    VcpuId last = kNoVcpu, skip = kNoVcpu;
  };

  auto positions() {
    return [this](VcpuId vcpu) -> std::uint32_t& { return shares_[vcpu].position; };
  }
  auto positions() const {
    return [this](VcpuId vcpu) { return shares_[vcpu].position; };
  }
  auto recent() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return shares_[vcpu].recent; };
  }
  auto recent() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return shares_[vcpu].recent; };
  }
  std::int64_t slice_ns(std::size_t runnable, std::int64_t weight, std::int64_t all) const;
  std::int64_t stint_ns(const Queue& queue, const Share& next) const;
  void come(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now);
  std::int64_t woken(RunqueueId rq, const Share& share, Time now) const;
  bool unfair(VcpuId instead, VcpuId least) const;
  VcpuId first(const Queue& queue, const PickRequest& request, VcpuId but) const;
  static void clear_buddies(Queue& queue, VcpuId vcpu);
  static void raise_min_v(Queue& queue, std::int64_t running);
  void remove(Queue& queue, VcpuId vcpu);

  IdVector<VcpuId, Share> shares_;
  IdVector<RunqueueId, Queue> queues_;
  std::int64_t latency_ns_, granularity_ns_, wakeup_ns_;
  std::size_t few_;  // as many fit into one latency
};

extern const DisciplineEntry kCfsEntry;

}  // namespace roost
