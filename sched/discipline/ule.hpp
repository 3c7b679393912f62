// The room: FreeBSD's ULE: interactive vCPUs first, by a score of sleep and run; the others in a turning queue.
// Rules: a score is made of the time slept and run of late (5 s at most; older time fades): 50 * run / sleep where
//   sleep is more, else 50; nice is added. Below 30 a vCPU is interactive, at one of 59 levels by its score. Others are
//   batch, at one of 109 levels: (nice + 20) * 5 / 4, plus 0 .. 58 by the part of the last 10 to 11 s that it ran.
//   Interactive ones run first, the least level first, in turn within one. The batch queue turns: a vCPU is put `level`
//   slots after the insertion slot, the first slot from the removal slot on runs next; once both slots are one, each
//   tick turns the insertion slot, by 2, 2, 2, 1 and so on, and the removal slot follows when it is empty. So whoever
//   waits comes first in the end, among batch ones. A slice is 12 ticks of 1 / 127 s divided by the others that wait or
//   run, 2 at least; what is used of it counts until it ends or the vCPU sleeps; a fork has 2 ticks left. Preempted: to
//   the head of its level, batch to the removal slot. An interactive newcomer preempts a batch vCPU. Levels are worked
//   out anew at ticks and at wakeups; a sleeper waits on the level that it had, a batch one on the first batch level
//   (static_boost), and its new level counts once it runs. Who yields waits on the last batch level, interactive or
//   not (kern_synch.c, sys_yield): a spinner that kept its level would run again before the holder of its lock.
//   Victims: interactive ones first, then batch ones in their order.
//   Source: FreeBSD 15-CURRENT sys/kern/sched_ule.c, one runqueue of 256 slots (as in github.com/obiwac/freebsd-s0ix,
//   commit 166434c3); Bouron et al., The Battle of the Schedulers, USENIX ATC 2018 (starvation).
// Deviations: running is charged as it happens, not in ticks. Every wakeup counts as one from another CPU, and every
//   sleep. Who forks has no parent to inherit from: it is interactive, at score 0, until it has run
//   (sched_interact_score: 50). A runqueue's ticks come at multiples of a tick on all pCPUs. No kernel, real-time and
//   idle classes. Levels end at 106, so nobody is put into the slot that is still drained, which the original avoids.
// Constants: tick, 7.874 ms (127 Hz): the unit of slices; a shorter one answers sooner and switches more. interact,
//   30: the score below which a vCPU is interactive; a greater one starves more of the others. static_boost, 1: 0 lets
//   a batch sleeper wait on its own level instead.
// Starvation bound: none: interactive vCPUs that fill a pCPU starve batch ones (Bouron et al., 2018).
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick. But interactive vCPUs that fill
//   a pCPU leave nothing to batch ones, for ever.
// Costs: constant time, some words of bitmaps; where affinity restricts the asker, O(n). Nothing allocates.
// Invariants: who waits is in the list of its slot; the removal slot is not empty unless it is the insertion slot.
// Limits: none within 290 years.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/level_lists.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct UleConstants {
  Duration tick = std::chrono::nanoseconds(7'874'016);
  std::int64_t interact = 30;
  std::int64_t static_boost = 1;
};

class Ule final : public Discipline {
 public:
  static constexpr std::size_t kInteractive = 59, kBatch = 109;
  static constexpr std::uint8_t kLastLevel = 106;

  Ule(std::size_t max_vcpus, std::size_t runqueues, UleConstants constants = {});

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override;
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  Urgency urgency(RunqueueId rq) const override;
  /// 59 .. 1 for interactive vCPUs, 0 .. -108 for batch ones.
  Urgency urgency_of(VcpuId vcpu) const override;
  std::size_t waiting(RunqueueId rq) const override {
    return queues_[rq].interactive.length() + queues_[rq].batch.length();
  }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&threads_[vcpu]); }
  void check_invariants(RunqueueId rq) const override;

 private:
  struct alignas(64) Thread {  // of a vCPU
    std::int64_t run_ns = 0, sleep_ns = 0;             // of late, for the score
    std::int64_t cpu_ns = 0, from_ns = 0, until_ns = 0;  // it ran cpu_ns between these times
    std::int64_t used_ns = 0;                          // of its slice
    std::int64_t left_at_ns = 0;
    VcpuLinks links;
    RunqueueId home = kNoRunqueue;
    std::int8_t nice = 0;
    bool interactive = true;
    bool waits = false;
    std::uint8_t level = 0;
    bool own_interactive = true;  // from when it runs on
    std::uint8_t own_level = 0;
    std::uint8_t slot = 0;  // where it waits: its level, or a slot of the turning queue
  };
  struct alignas(64) Queue {
    LevelLists<kInteractive> interactive;
    LevelLists<kBatch> batch;
    std::size_t insert = 0, remove = 0;  // slots of the turning queue
    std::int64_t turns = 0;              // of four
    std::int64_t ticks = 0;              // so far
    std::size_t running = 0;
  };

  auto links() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return threads_[vcpu].links; };
  }
  auto links() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return threads_[vcpu].links; };
  }
  static std::size_t first_slot(const Queue& queue);
  static void follow(Queue& queue);
  void turn_until(Queue& queue, Time now) const;
  void wake(Thread& thread, Time now);
  void put(Queue& queue, VcpuId vcpu, bool preempted);
  void take(Queue& queue, VcpuId vcpu);
  static void fade(Thread& thread);
  static void count_cpu(Thread& thread, std::int64_t ran, std::int64_t now);
  void set_own_level(Thread& thread) const;
  static void take_own_level(Thread& thread);
  std::int64_t slice_ns(const Queue& queue) const;

  IdVector<VcpuId, Thread> threads_;
  IdVector<RunqueueId, Queue> queues_;
  std::int64_t tick_ns_, interact_;
  bool boosts_;
};

extern const DisciplineEntry kUleEntry;

}  // namespace roost
