// The room: Xen's first credit scheduler: three priorities, each in turn, and credit that decides which.
// Rules: priorities are BOOST, UNDER and OVER; each runqueue is a list, BOOST first, in turn within a priority.
//   Credit is kept as the time that it buys (the original counts 10 to a millisecond); running burns it.
//   Accounting, every `slice`: the active vCPUs share a slice of credit by weight, plus what all of them together are
//   short of; nobody gets more than a slice and its part of that shortage, and what it may not have goes to the others.
//   Who then has less than 0 is OVER, and is forgiven all below -slice; the others are UNDER. Who has more than a slice
//   is no longer active and keeps half. Then the list is sorted anew, in turn within a priority.
//   Time, every `tick`: who runs loses its BOOST and is active from then on.
//   Waking: UNDER becomes BOOST. A vCPU that is preempted, has had its slice or comes goes behind those of its
//   priority; after a Yield, behind one of a lower priority too. A newcomer of a higher priority preempts, but who has
//   run for less than `ratelimit` goes on until then. Migrated: priority and credit are kept, without a boost.
//   Victims go from the head of the list, who yielded last.
//   Source: Xen xen/common/sched/credit.c (commit 0e60f1d9 and 2026).
// Deviations: accounting is done for each runqueue and at the next event there, where the original has one list of
//   active vCPUs and a timer for all. So a sleeper is not on it: when it wakes it gets, for each period that it missed,
//   what it would have got beside those it left. Weights are of vCPUs, not of domains. Running is charged as it happens
//   and not at ticks, which come at multiples of `tick` on all pCPUs. BOOST stands before UNDER after sorting too. Caps
//   are the gate's. A runqueue where nothing happened for more than 100 periods accounts for the last 100.
// Constants: slice, 30 ms: a hog's turn, and the period of accounting; shorter ones answer sooner and reload caches
//   more often. tick, 10 ms: for how long a boost may be used. ratelimit, 1 ms: the least run before a preemption; a
//   wakeup waits for it. pcpus, 1: how many share a runqueue; each brings a slice of credit a period.
// Starvation bound: none is stated. Of n equal hogs each waits 2 n - 1 slices at most, in Xen too (its rules
//   let one of 8 hogs wait for 14); but who wakes stands before who is OVER, and may spend more than it earns.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: constant time; accounting O(n) once a period. The original's own rule is a list. Where affinity restricts
//   the asker, a pick is O(n).
// Invariants: one level list per priority, and one for those within their ratelimit; active ones that wait or run
//   here are listed, their weights summed up.
// Limits: what is shared out in a period ends at 2^62 / 10^4 ns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/level_lists.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct CreditConstants {
  Duration slice = std::chrono::milliseconds(30);
  Duration tick = std::chrono::milliseconds(10);
  Duration ratelimit = std::chrono::milliseconds(1);
  std::int64_t pcpus = 1;
};

class Credit final : public Discipline {
 public:
  Credit(std::size_t max_vcpus, std::size_t runqueues, CreditConstants constants = {});

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override { purses_[vcpu].weight = value(weight); }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  Urgency urgency(RunqueueId rq) const override;
  /// BOOST 0, UNDER -1, OVER -2.
  Urgency urgency_of(VcpuId vcpu) const override { return -static_cast<Urgency>(purses_[vcpu].priority); }
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].lists.length(); }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&purses_[vcpu]); }
  void check_invariants(RunqueueId rq) const override;

  /// In nanoseconds of running.
  std::int64_t credit_of(VcpuId vcpu) const { return purses_[vcpu].credit; }

 private:
  enum Priority : std::uint8_t { Boost, Under, Over };
  static constexpr std::size_t kHeld = 0;  // the level of those within their ratelimit
  static constexpr std::size_t kLevels = 4;
  static std::size_t level_of(Priority priority) { return 1 + static_cast<std::size_t>(priority); }

  struct alignas(64) Purse {  // of a vCPU
    std::int64_t credit = 0;
    std::int64_t weight = 1;
    std::int64_t ran_ns = 0;       // since it began to run
    VcpuLinks links, active_links;
    RunqueueId home = kNoRunqueue;
    Priority priority = Under;
    bool active = false;           // and listed, while it waits or runs
    std::uint8_t level = 0;        // the list it is in, while it waits
    std::int64_t left_period = 0;  // when it left
    std::int64_t income = 0;       // in a period, beside those it left
  };
  struct alignas(64) Queue {
    LevelLists<kLevels> lists;
    VcpuList active;
    std::int64_t active_weight = 0;
    std::int64_t shortage = 0;  // what all active ones together had below 0 at the last accounting
    std::int64_t period = 0;    // accounted for so far
  };

  auto links() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return purses_[vcpu].links; };
  }
  auto links() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return purses_[vcpu].links; };
  }
  auto active_links() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return purses_[vcpu].active_links; };
  }
  auto active_links() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return purses_[vcpu].active_links; };
  }
  void come(RunqueueId rq, VcpuId vcpu, EnqueueWhy why);
  void earn_asleep(Purse& purse, std::int64_t periods) const;
  void put(Queue& queue, VcpuId vcpu, std::size_t level, bool yields);
  void take(Queue& queue, VcpuId vcpu);
  void activate(Queue& queue, VcpuId vcpu);
  void deactivate(Queue& queue, VcpuId vcpu);
  void account_until(Queue& queue, Time now);
  void account(Queue& queue);
  void receive(Queue& queue, VcpuId vcpu, std::int64_t share);
  void sort(Queue& queue);

  IdVector<VcpuId, Purse> purses_;
  IdVector<RunqueueId, Queue> queues_;
  std::int64_t slice_ns_, tick_ns_, ratelimit_ns_, pcpus_;
};

extern const DisciplineEntry kCreditEntry;

}  // namespace roost
