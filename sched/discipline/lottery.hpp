// The room: the lottery discipline: proportional shares by luck.
// Rules: a vCPU holds as many tickets as its weight. Each quantum goes to the holder of a ticket that is drawn, each of
//   those that wait as likely as another. Who used only a fraction f of a quantum (it blocked or yielded, or was taken
//   off) holds 1 / f times its tickets until it starts its next quantum: it wins the more often the less it takes.
//   Nobody preempts anybody.
//   Source: C. Waldspurger, W. Weihl, Lottery Scheduling: Flexible Proportional-Share Resource Management, OSDI 1994.
//   Each runqueue draws from a stream of its own, which the run's seed and its number fix: one seed is one trace.
// Deviations: 1 / f is at most 1000, and is counted in 1024ths of a ticket. No ticket transfers, currencies or
//   inflation by a vCPU itself.
// Constants: quantum, 10 ms: a share of p is sqrt(p (1 - p) / n) off after n quanta, so shorter is fairer sooner, and
//   switches more often (the paper's prototype: 100 ms).
// Starvation bound: none: luck; a wait of k quanta has a chance of (1 - w / W)^k.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: O(log n), by a tree of partial sums; a pick that some of those who wait may not have draws among the others in
//   O(n). The tree doubles when it is full: nothing else allocates.
// Invariants: the tickets are the sum over those who wait; each has some.
// Limits: 64 bits of tickets: 10,000 of weight, times 1024, times 1000, for 900,000 vCPUs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/ticket_tree.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/random_stream.hpp"

namespace roost {

class Lottery final : public Discipline {
 public:
  static constexpr Duration kQuantum = std::chrono::milliseconds(10);
  static constexpr std::int64_t kPart = 1024;             // of a ticket
  static constexpr std::int64_t kMostCompensation = 1000;  // times its tickets

  Lottery(const DisciplineScope& scope, Duration quantum = kQuantum);

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override { players_[vcpu].tickets = value(weight); }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId, VcpuId, VcpuId, Time) const override { return false; }
  /// The last ones of the tree: luck has no order.
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  /// Nobody is more urgent than another.
  Urgency urgency(RunqueueId rq) const override { return queues_[rq].tree.empty() ? kNoUrgency : 0; }
  Urgency urgency_of(VcpuId) const override { return 0; }
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].tree.size(); }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&players_[vcpu]); }
  void check_invariants(RunqueueId rq) const override;

 private:
  struct alignas(64) Player {  // a vCPU
    std::int64_t tickets = 1;
    Duration used{0};          // of its last quantum; the whole of it before its first
    std::uint32_t position = 0;
  };
  struct alignas(64) Queue {  // of a runqueue
    TicketTree tree;
    RandomStream luck;
  };

  auto positions() {
    return [this](VcpuId vcpu) -> std::uint32_t& { return players_[vcpu].position; };
  }
  auto positions() const {
    return [this](VcpuId vcpu) { return players_[vcpu].position; };
  }
  std::uint64_t tickets_of(const Player& player) const;
  VcpuId drawn(Queue& queue, const PickRequest& request) const;

  IdVector<VcpuId, Player> players_;
  IdVector<RunqueueId, Queue> queues_;
  Duration quantum_;
};

extern const DisciplineEntry kLotteryEntry;

}  // namespace roost
