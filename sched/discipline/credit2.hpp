// The room: Xen's credit2: whoever has the most credit runs next.
// Rules: credit is nanoseconds of running of the heaviest vCPU: running burns it at max weight / weight of real time,
//   down to -init. Everyone starts with `init`. The queue is in order of credit. Whoever is picked runs until its
//   credit is that of the first who waits, if that has any, else until its own is gone: at least `least` (and
//   `ratelimit`, if it was not running already) and at most `init`. When nobody's credit is above 0 a new epoch begins:
//   everyone gets `init`, as often as it takes the first above 0, up to init + carryover; sleepers too. Whoever just
//   ran goes on if nobody has more credit, or if it has not run for `ratelimit` yet; after a Yield the next one goes
//   first. A newcomer preempts with more credit. Where several pCPUs share the runqueue, whoever last ran on another
//   pCPU must have `resist` more than what runs or just ran, and gets `compensation` once it is moved. Migrated: credit
//   is kept.
//   Source: Xen xen/common/sched/credit2.c (commit 07b0eb5d and 2026).
// Deviations: who comes with more credit runs once what runs has used its ratelimit up; in Xen who comes within it
//   kicks nobody (tickle_score) and waits for the end of the run. Max weight is that of those who waited or ran here in
//   this epoch, not of all who are assigned, asleep or not. A sleeper that wakes elsewhere has missed the epochs that
//   began meanwhile. The number of `init`s of an epoch goes by the first in the queue, not by who is picked where
//   affinity or resistance makes them two. What runs elsewhere at an epoch's beginning is charged later, not then.
//   Average loads are the runqueue's, of weights: balance=domains,average_over=1074ms (load_average). No caps of its
//   own (the gate has them), no soft affinity, no marks of pCPUs already kicked. Victims are the least credit first:
//   the original looks for the pair that evens the loads. Equals go by the lower id, there by who came first.
// Constants: init, 10 ms: an epoch's part; longer ones switch less among hogs. least, 0.5 ms: switches cost.
//   ratelimit, 1 ms: the least run before a preemption, so that wakeups cannot cause switches without end; a wakeup
//   waits for it. carryover, 0.5 ms: what a sleeper may bring into an epoch. resist, 0.5 ms: cold caches against order.
//   compensation, 50 us: the cost of a move.
// Starvation bound: (n - 1) (init + carryover + compensation + M * (the greatest weight) / w) + n * init, where M =
//   max(least, ratelimit, init) is the longest stint: nobody is farther ahead in credit, and a new epoch adds as much
//   to who waits. None where several pCPUs share the runqueue: those who run for less at a time than the compensation,
//   each time on another pCPU, gain credit as they run.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: O(log n); a new epoch O(n), once all have used up their credit; victims O(n). A heap doubles when it is
//   full; nothing else allocates.
// Invariants: a heap by credit; nobody here is heavier than max weight.
// Limits: credit is 64 bits of nanoseconds: 2.9 years of a vCPU of weight 1 beside one of 10000 that does nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/vcpu_heap.hpp"
#include "sched/containers/vcpu_list.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct Credit2Constants {
  Duration init = std::chrono::milliseconds(10);
  Duration least = std::chrono::microseconds(500);
  Duration ratelimit = std::chrono::milliseconds(1);
  Duration carryover = std::chrono::microseconds(500);
  Duration resist = std::chrono::microseconds(500);
  Duration compensation = std::chrono::microseconds(50);
};

class Credit2 final : public Discipline {
 public:
  static constexpr std::size_t kRoom = 16;

  Credit2(std::size_t max_vcpus, std::size_t runqueues, Credit2Constants constants = {});

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override;
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  Urgency urgency(RunqueueId rq) const override;
  /// Its credit, in nanoseconds.
  Urgency urgency_of(VcpuId vcpu) const override;
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].heap.size(); }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&purses_[vcpu]); }
  Duration waits_at_most(const Crowd& crowd) const override;
  void check_invariants(RunqueueId rq) const override;

 private:
  using Heap = VcpuHeap<std::int64_t>;
  struct alignas(64) Purse {  // of a vCPU
    std::int64_t spent = 0;      // credit = given of its runqueue - spent; so a new epoch is one addition
    std::int64_t remainder = 0;  // of the last division by the weight, so that no nanosecond is lost
    std::int64_t weight = 1;
    std::int64_t ran_ns = 0;     // since it began to run, its stints in a row together
    std::uint32_t position = 0;  // in the heap, while it waits
    RunqueueId home = kNoRunqueue;
    VcpuLinks running;
    PcpuId pcpu = kNoPcpu;       // where it last ran in this runqueue
    bool waits = false;
    std::int64_t left_given = 0;  // of home, when it left
  };
  struct alignas(64) Queue {
    Heap heap;              // who waits, by what was spent: the least has the most credit
    VcpuList running;
    std::int64_t given = 0;  // to each, in all epochs so far
    std::int64_t max_weight = 1;
    VcpuId put = kNoVcpu;   // ran until the moment before the next pick
    bool yields = false;
  };

  auto positions() {
    return [this](VcpuId vcpu) -> std::uint32_t& { return purses_[vcpu].position; };
  }
  auto positions() const {
    return [this](VcpuId vcpu) { return purses_[vcpu].position; };
  }
  auto running() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return purses_[vcpu].running; };
  }
  auto running() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return purses_[vcpu].running; };
  }
  static std::int64_t credit(const Queue& queue, const Purse& purse) { return queue.given - purse.spent; }
  void come(RunqueueId rq, Purse& purse, EnqueueWhy why);
  VcpuId candidate(const Queue& queue, const PickRequest& request, VcpuId put, PcpuId pcpu) const;
  bool resists(const Queue& queue, const Purse& mover, VcpuId against, PcpuId pcpu) const;
  void new_epoch(Queue& queue, VcpuId picked, std::int64_t top);
  std::int64_t stint_ns(const Queue& queue, const Purse& next, bool goes_on) const;

  IdVector<VcpuId, Purse> purses_;
  IdVector<RunqueueId, Queue> queues_;
  std::int64_t init_ns_, least_ns_, ratelimit_ns_, most_credit_, resist_ns_, compensation_ns_;
};

extern const DisciplineEntry kCredit2Entry;

}  // namespace roost
