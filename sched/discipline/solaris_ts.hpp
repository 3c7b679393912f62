// The room: the time-sharing class of Solaris and illumos: 60 levels and a table that says, level by level, how long a
//   turn is and where one goes who used it up, slept, or waited too long.
// Rules: the first of the highest level runs for what is left of its quantum. The table of levels 0 .. 59:
//     level      quantum  used up  sleep return, waited too long
//      0 ..  9   200 ms   0        50
//     10 .. 19   160 ms   level-10 51
//     20 .. 29   120 ms   level-10 52
//     30 .. 39    80 ms   level-10 53 (54 from 35 on)
//     40 .. 58    40 ms   level-10 55 .. 58; 58 is the most for sleepers, who waits on 49 or above goes to 59
//          59     20 ms   49       59: it is never raised
//   Once a second everyone's wait counter rises; it is reset by any change below. A counter above 0 raises who waits at
//   once ("waited too long", to the tail of that level, with a new quantum, unless it is the same level), who runs at
//   once and who sleeps when it wakes ("sleep return", with a new quantum). Who used up its quantum goes down, to the
//   tail, with a new one.
//   A waker and who yields go to the tail; who is preempted goes to the head. All begin on 29. The level that counts
//   among vCPUs is the table's plus 3 for each step of nice below 0, less 3 for each above, within 0 .. 59. A higher
//   level preempts.
//   Who is given away: the highest level first, from its head, as disp_getbest takes threads.
//   Sources: Oracle, System Administration Guide, "Timesharing Parameter Table"; illumos ts_dptbl.c, ts.c (commit
//   2570281c), disp.c.
// Deviations: a quantum is exact time, not clock ticks; the table counts ticks, here of 10 ms (hz = 100). Who is
//   preempted keeps its quantum and goes to the head (illumos: to the tail with a new one, where a tick finds it below
//   one that waits). A waker never goes to the head (illumos: if it ran
//   within the same tick). Everybody's second is the same one, but those who wait are raised runqueue by runqueue, each
//   when it is next looked at; those of one level in their order. No interactive class, no swapping, no window of
//   100 us in which who was just queued is not stolen.
// Constants: update, 1 s: how often counters rise. Shorter bounds waits more tightly, but lifts hogs beside sleepers.
// Starvation bound: 3 updates + n * 200 ms where all weights are equal: two updates bring it to 59 from any level, and
//   those who stand there before it have a quantum each. Several pCPUs that share the runqueue are through with them
//   sooner. Otherwise none.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: constant time, but for the update, which looks at everyone who waits, as the original's does.
// Invariants: each waits in the list of its level, with some quantum left.
// Limits: waits are bounded only for equal weights: nice 19 takes 57 levels off, and such a vCPU may starve.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/level_lists.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class SolarisTs final : public Discipline {
 public:
  static constexpr int kLevels = 60;
  static constexpr int kFirstLevel = 29;
  static constexpr int kLevelsPerNice = 3;
  static constexpr Duration kUpdate = std::chrono::seconds(1);

  SolarisTs(std::size_t max_vcpus, std::size_t runqueues, Duration update = kUpdate);

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override;
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  /// The level, 0 .. 59.
  Urgency urgency(RunqueueId rq) const override;
  Urgency urgency_of(VcpuId vcpu) const override { return level_of(states_[vcpu]); }
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].lists.length(); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&states_[vcpu]); }
  Duration waits_at_most(const Crowd& crowd) const override;
  void check_invariants(RunqueueId rq) const override;

 private:
  struct alignas(64) State {  // of a vCPU
    VcpuLinks links;
    Duration left{0};         // of its quantum
    std::int64_t counted = 0; // the update as of which its wait counter is 0
    std::int16_t row = kFirstLevel;  // of the table
    std::int16_t nice = 0;
  };
  using Lists = LevelLists<kLevels>;  // level 59 first
  struct alignas(64) Queue {
    Lists lists;
    std::int64_t updated = 0;  // the last update that was made here
  };

  auto links_of() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return states_[vcpu].links; };
  }
  auto links_of() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return states_[vcpu].links; };
  }
  static int level_of(const State& state);
  static std::size_t place_of(const State& state) { return static_cast<std::size_t>(kLevels - 1 - level_of(state)); }
  std::int64_t updates_by(Time now) const { return now.time_since_epoch() / update_; }
  bool waited_too_long(const State& state, std::int64_t updates) const;
  void use_up(State& state, Time now) const;
  void return_from_sleep(State& state, Time now) const;
  void update(Queue& queue, Time now);
  void raise_waiting(Queue& queue, std::int64_t updates);

  IdVector<VcpuId, State> states_;
  IdVector<RunqueueId, Queue> queues_;
  Duration update_;
};

extern const DisciplineEntry kSolarisTsEntry;

}  // namespace roost
