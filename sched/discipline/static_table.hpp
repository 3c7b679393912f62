// The room: a table of windows in time: each VM runs in its own, and in no other.
// Rules: time is cut into major frames, each frame into windows, from time 0 on; what is left of a frame after its last
//   window is nobody's. Window k belongs to VM k, and, if there are more VMs than windows, to VM k + n, k + 2n .. too
//   (n windows). Outside of its window a vCPU does not run: at the window's end it stops, and goes on in the next one.
//   In a window those who wait take turns of `slice`; who comes or yields goes to the tail, who was stopped goes to the
//   head with the rest of its turn. Nobody preempts anybody; weights are ignored.
//   Source: ARINC 653 part 1, partition scheduling: a fixed cyclic schedule of partition windows in a major frame.
// Deviations: windows are of one length, in the order of the VMs; ARINC's table is free. ARINC runs the processes of a
//   partition by priority; vCPUs have none. All runqueues have the same table, so a VM's vCPUs run at the same times on
//   all pCPUs. A vCPU may go to another pCPU; between windows there is no gap but what a switch takes.
// Constants: frame, 20 ms: how long a VM may have to wait for its window; shorter frames of the same shares switch more
//   often. window, 10 ms: with the frame, everyone's share: window / frame. slice, 2 ms: of those who share a window.
//   by_vcpu, 0: with 1 each vCPU has a window of its own, by its number. At most kMostWindows are used of a frame; a
//   window is at most a frame.
// Starvation bound: frame * (n * slice / window + 3): turns of all others, a window's worth in each frame, at least:
//   several pCPUs that share the runqueue take as many turns at a time.
// Not work-conserving when: nobody waits whose window it is: always but in the windows of those who never sleep.
// Costs: constant time. Victims: who may run now first, then the others.
// Invariants: each waits in the list of its window, with some turn left; who runs, runs in its window.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/level_lists.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct StaticTableConstants {
  Duration frame = std::chrono::milliseconds(20);
  Duration window = std::chrono::milliseconds(10);
  Duration slice = std::chrono::milliseconds(2);
  bool by_vcpu = false;
};

class StaticTable final : public Discipline {
 public:
  static constexpr std::size_t kMostWindows = 64;

  StaticTable(std::size_t max_vcpus, std::size_t runqueues, StaticTableConstants constants = {});

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId, Weight) override {}
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId, VcpuId, VcpuId, Time) const override { return false; }
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  Urgency urgency(RunqueueId rq) const override { return queues_[rq].lists.empty() ? kNoUrgency : 0; }
  Urgency urgency_of(VcpuId) const override { return 0; }
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].lists.length(); }
  Time eligible_at(VcpuId vcpu, Time now) const override { return opens(turns_[vcpu].window, now); }
  std::size_t dormant(RunqueueId rq, Time now) const override;
  Duration waits_at_most(const Crowd& crowd) const override;
  void check_invariants(RunqueueId rq) const override;

 private:
  struct alignas(64) Turn {  // of a vCPU
    VcpuLinks links;
    Duration left{0};
    std::size_t window = 0;
  };
  using Lists = LevelLists<kMostWindows>;
  struct alignas(64) Queue {
    Lists lists;
    Time looked{};  // at it, last
  };

  auto links_of() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return turns_[vcpu].links; };
  }
  auto links_of() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return turns_[vcpu].links; };
  }
  Time frame_begin(Time at) const { return at - at.time_since_epoch() % frame_; }
  Time window_begin(Time at, std::size_t window) const {
    return frame_begin(at) + window_ * static_cast<std::int64_t>(window);
  }
  /// Whose time it is; windows_ or more: nobody's.
  std::size_t window_at(Time at) const { return static_cast<std::size_t>((at - frame_begin(at)) / window_); }
  /// When that window is open at `now` or next.
  Time opens(std::size_t window, Time now) const;
  Time next_opening(const Queue& queue, const PickRequest& request) const;

  IdVector<VcpuId, Turn> turns_;
  IdVector<RunqueueId, Queue> queues_;
  Duration frame_, window_, slice_;
  std::size_t windows_;
  bool by_vcpu_;
};

extern const DisciplineEntry kStaticTableEntry;

}  // namespace roost
