// The room: the dispatcher of Windows NT: 32 levels, boosts for those who wake and for those who starve.
// Rules: the first of the highest level runs for what is left of its quantum; a higher level preempts. Levels 16 .. 31
//   are real-time and fixed. The others have a base level, and a current one that is never below it:
//   - Who wakes is lifted to base + boost, 15 at most; a boost counts from the base, and lowers nobody. A wait costs a
//     third of a tick of the quantum, which a boost above 0 has made new before. With a base of 14 or more the quantum
//     is new and whole.
//   - At a quantum's end the level falls by one, the quantum is new, the place is the tail of the level. Who yields is
//     treated likewise. Who is preempted goes to the head of its level with the rest of its quantum.
//   - Once a second the balance set manager looks at 16 who wait, level by level from where it stopped last, and lifts
//     up to 10 of those who have waited for `starved` to 15, for 4/3 of a tick; at the end of that they fall to one
//     below the level that they had, and wakeups until then neither lift them nor give them a new quantum.
//   Base levels by weight: 8 (normal) for 100, one less for three steps of nice, 2 .. 14; nice -20 is real-time, 24.
//   Who is given away: the highest level first, from its head, as an idle processor searches the others.
//   Sources: Microsoft, "Scheduling Priorities" and "Priority Boosts" (levels, boosts, their decay by one per time
//   slice, none at 16 and above); ReactOS, which follows NT 5.2, ntoskrnl/ke/thrdschd.c and balmgr.c (wakeups, decay,
//   who starves), ntoskrnl/ps/process.c (quanta in thirds of a tick: 6 on clients, 36 on servers); wdm.h (boosts).
// Deviations: quanta are exact times, not ticks. The balance set manager looks at each runqueue by itself every second
//   (Windows: at one processor's a second, in turn), when it is next looked at after the second began; missed rounds
//   are not made up for. All wakeups have one boost (Windows: 1 for disks and events, 2 for networks, 6 for keyboards,
//   8 for sound); no foreground, no ideal processor.
// Constants: ticks, 2: of a quantum; 12 on servers, 6 for a client's foreground: longer switches less and answers those
//   of the same level later. tick, 15.625 ms. boost, 1: larger ones answer wakeups sooner, and hogs wait. starved, 4 s:
//   shorter bounds waits and weakens the levels.
// Starvation bound: starved + 1 s * (n / 10 + 2) + n quanta: the balance set manager finds it, lifts it to 15, and
//   those who were there before go first, the sooner the more pCPUs share the runqueue. None where a weight is
//   real-time, nor where more than 16 may wait: a round that has looked at 16 of one level begins there again.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: constant time; once a second a look at 16 who wait.
// Invariants: each waits in the list of its level, at its base or above, 15 at most if dynamic, with some quantum left.
// Limits: below a level that is never idle one gets 4/3 of a tick in every 4 seconds or more; 10 a second are lifted at
//   most.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/level_lists.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct WindowsNtConstants {
  std::int64_t ticks = 2;
  Duration tick = std::chrono::microseconds(15'625);
  std::int64_t boost = 1;
  Duration starved = std::chrono::seconds(4);
};

class WindowsNt final : public Discipline {
 public:
  static constexpr int kLevels = 32;
  static constexpr int kRealTime = 16;    // this level and those above are fixed
  static constexpr int kMostDynamic = 15;
  static constexpr int kTimeCritical = 14;  // from this base on waits cost nothing
  static constexpr int kNormal = 8;
  static constexpr int kRealTimeBase = 24;
  static constexpr int kUnitsPerTick = 3, kStarvedUnits = 4;
  static constexpr Duration kScanPeriod = std::chrono::seconds(1);
  static constexpr int kMostScanned = 16, kMostLifted = 10;

  WindowsNt(std::size_t max_vcpus, std::size_t runqueues, WindowsNtConstants constants = {});

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override;
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  /// The level, 0 .. 31.
  Urgency urgency(RunqueueId rq) const override;
  Urgency urgency_of(VcpuId vcpu) const override { return states_[vcpu].level; }
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].lists.length(); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&states_[vcpu]); }
  Duration waits_at_most(const Crowd& crowd) const override;
  void check_invariants(RunqueueId rq) const override;

 private:
  struct alignas(64) State {  // of a vCPU
    VcpuLinks links;
    Duration left{0};         // of its quantum
    Time waits_since{};
    std::int8_t base = kNormal, level = kNormal;
    std::int8_t lifted = 0;   // by so many levels, by the balance set manager
  };
  using Lists = LevelLists<kLevels>;  // level 31 first
  struct alignas(64) Queue {
    Lists lists;
    std::int64_t scanned = 0;  // the last second that was begun with a look
    int resume = 0;            // at this level
  };

  auto links_of() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return states_[vcpu].links; };
  }
  auto links_of() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return states_[vcpu].links; };
  }
  static std::size_t place_of(int level) { return static_cast<std::size_t>(kLevels - 1 - level); }
  Duration quantum() const { return constants_.tick * constants_.ticks; }
  Duration unit() const { return constants_.tick / kUnitsPerTick; }
  void end_quantum(State& state) const;
  void wake_up(State& state) const;
  void scan(Queue& queue, Time now);
  void lift(Queue& queue, VcpuId vcpu);

  IdVector<VcpuId, State> states_;
  IdVector<RunqueueId, Queue> queues_;
  WindowsNtConstants constants_;
};

extern const DisciplineEntry kWindowsNtEntry;

}  // namespace roost
