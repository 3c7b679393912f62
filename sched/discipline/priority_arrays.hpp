// The room: Linux 2.6's O(1) scheduler: two arrays of lists by priority, and bonuses for those who sleep.
// Rules: a vCPU's nice is its weight's (a step is a factor of 1.25), its static priority 120 + nice: 100 .. 139, the
//   least first. Its sleep average lies in 0 .. 1 s; its bonus is a tenth of a second of it each, less 5: -5 .. 5; its
//   priority is the static one less the bonus, within 100 .. 139.
//   - There are an active and an expired array, each with a list for each priority and a bitmap of those not empty. The
//     head of the first list of the active array runs; where that array is empty, the two change places.
//   - A timeslice is timeslice * (140 - static) / 20, four times that below 120, 5 ms at least: 800 ms for nice -20,
//     100 ms for 0, 5 ms for 19. It is used over runs and sleeps. At its end the priority is worked out anew, and the
//     vCPU joins the tail in the expired array; in the active one if it is interactive and nobody starves.
//   - Interactive: its priority is as good as with a bonus of (nice + 20) / 4 - 3, rounded down: 2 for nice 0; nice 19
//     never is. Such ones take turns within a priority, of 10 ms * 2^(4 - bonus) * cpus (bonus 5 as 4), while as much
//     of the timeslice is left.
//   - Starving (EXPIRED_STARVING): since the first timeslice that ended after the arrays changed, `starvation` times
//     all who wait or run has passed; or somebody with a better static priority has expired since.
//   - The sleep average falls by the time run, each run's being divided by bonus + 5 (1 at least), and 1 s at most. It
//     rises by the time slept; but where that exceeds a ceiling that the average is below, to the ceiling, which is
//     1 s * ((nice + 20) / 4 + 3) / 10 - 1 ms: 799 ms for nice 0. For who was not lifted to the ceiling, 38/128 of the
//     time that it waits after a wakeup count as sleep too. Priorities change at wakeups, after such a wait and at
//     the end of a timeslice.
//   - A wakeup and a fork go to the tail in the active array, and preempt who has a worse priority. Who is preempted
//     goes on at the head of its list. Who yields goes to the tail in the expired array, with the rest of its slice.
//   - A migration keeps all, which array it waits in too. Victims: the expired array first, the best priority first,
//     each list from its tail (move_tasks).
//   - A fork has its parent's bonus * 95 / 100 (CHILD_PENALTY); here that of one that always sleeps: 900 ms.
//   Source: Linux 2.6.22, kernel/sched.c, with HZ = 1000.
// Deviations: no real-time priorities (0 .. 99), no SCHED_BATCH, no groups. A timeslice ends on its nanosecond, not at
//   a tick; what was run beyond it is forgotten; who blocks at that very time expires when it wakes. Every sleep is
//   interruptible, and no wakeup is an interrupt's. A fork gets a timeslice of its own, not half of its parent's; who
//   finishes has no parent to charge (EXIT_WEIGHT). A cap's time is no sleep. Who comes to the expired array preempts
//   nobody. There is one clock, so no timestamp is shifted. Where several pCPUs share the runqueue, who may run nobody
//   of the active array is given the first of the expired one.
// Constants: timeslice, 100 ms: of nice 0 (DEF_TIMESLICE): longer switches less; the expired wait longer. starvation,
//   1 s, 0 for never: longer favours the interactive over the expired. cpus, 1: what Linux takes from the host: turns
//   of interactive ones are as many times as long, to spare caches.
// Starvation bound: of n that wait or run, nobody waits longer than 2 n (starvation + 2 timeslices), the longest of
//   theirs: the arrays change within half of that, and who is in the active array runs before they change again. At
//   nice 0: 2.4 s * n. Several pCPUs that share the runqueue are through with an array sooner, each after a timeslice
//   that it had begun: no more than that. None where some may run on some of these pCPUs only: a pCPU whose active
//   array has nobody for it serves the expired one by priority.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: constant time; where affinity restricts the asker, O(n). Nothing allocates.
// Invariants: who waits is in the list of its priority in the array that it says, with some timeslice left.
// Limits: none within 290 years.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "sched/containers/level_lists.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct PriorityArraysConstants {
  Duration timeslice = std::chrono::milliseconds(100);
  Duration starvation = std::chrono::seconds(1);
  std::int64_t cpus = 1;
};

class PriorityArrays final : public Discipline {
 public:
  static constexpr int kLevels = 40;  // priorities 100 .. 139 are levels 0 .. 39 here
  static constexpr Duration kMaxSleep = std::chrono::seconds(1);
  static constexpr Duration kMinTimeslice = std::chrono::milliseconds(5);
  static constexpr Duration kGranularity = std::chrono::milliseconds(10);

  PriorityArrays(std::size_t max_vcpus, std::size_t runqueues, PriorityArraysConstants constants = {});

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override;
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId, VcpuId running, Duration ran, Time) override {
    tasks_[running].left -= ran;
    tasks_[running].ran += ran;
  }
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  Urgency urgency(RunqueueId rq) const override;
  /// 139 less the priority; 40 more in the active array, and while it runs.
  Urgency urgency_of(VcpuId vcpu) const override;
  std::size_t waiting(RunqueueId rq) const override { return waiting(queues_[rq]); }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&tasks_[vcpu]); }
  Duration waits_at_most(const Crowd& crowd) const override;
  void check_invariants(RunqueueId rq) const override;

 private:
  struct alignas(64) Task {  // of a vCPU
    VcpuLinks links;
    Duration left{0};      // of its timeslice
    Duration sleep_avg{0};
    Duration ran{0};       // since it was picked
    Time since{};          // it sleeps, or waits after a wakeup
    RunqueueId home = kNoRunqueue;
    std::int8_t fixed = 20;  // its static priority less 100
    std::int8_t level = 20;  // its priority less 100
    std::uint8_t array = 0;  // of home, while it waits
    bool expired = false;    // where it waited when it migrated
    bool asleep = false;
    bool counts_wait = false;  // as sleep
    bool waits = false;
  };
  using Lists = LevelLists<kLevels>;
  struct alignas(64) Queue {
    std::array<Lists, 2> arrays;
    std::uint8_t active = 0;
    std::size_t running = 0;
    bool clock_runs = false;         // a timeslice has ended since the arrays changed
    std::int8_t best_expired = kLevels;  // static priority less 100
    Time first_end{};                // of a timeslice, if the clock runs
  };

  auto links() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return tasks_[vcpu].links; };
  }
  auto links() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return tasks_[vcpu].links; };
  }
  static const Lists& active(const Queue& queue) { return queue.arrays[queue.active]; }
  static const Lists& expired(const Queue& queue) { return queue.arrays[queue.active ^ 1]; }
  static std::size_t waiting(const Queue& queue) { return queue.arrays[0].length() + queue.arrays[1].length(); }
  static std::int64_t bonus(const Task& task);
  static std::int8_t level_of(const Task& task);
  static int delta(const Task& task);
  static bool interactive(const Task& task) { return task.level <= task.fixed - delta(task); }
  static void sleep(Task& task, Duration slept);
  static void wake(Task& task, Time now);
  static void stop_running(Queue& queue, Task& task);
  Duration timeslice(const Task& task) const;
  Duration turn(const Task& task) const;
  bool starving(const Queue& queue, const Task& task, Time now) const;
  bool ends_timeslice(Queue& queue, Task& task, Time now) const;
  void put(RunqueueId rq, VcpuId vcpu, bool expired, bool first);
  void take(Queue& queue, VcpuId vcpu);

  IdVector<VcpuId, Task> tasks_;
  IdVector<RunqueueId, Queue> queues_;
  PriorityArraysConstants constants_;
};

extern const DisciplineEntry kPriorityArraysEntry;

}  // namespace roost
