// The room: the multi-level feedback queue discipline: who uses little is served first, without being told who that is.
// Rules: 1. A vCPU on a higher level runs before those on lower ones, and preempts them when it comes. 2. On one level
//   they take turns. 3. A new vCPU starts on the top level. 4. Once it has used up its allotment on a level, counted
//   over all its runs and sleeps there, it goes down a level. 5. Every `boost` everybody goes to the top level, with a
//   whole allotment. A level's allotment is twice that of the level above; a turn lasts until it is used up. Who is
//   preempted goes on at the head of its level, who wakes or yields joins the tail; both with what is left.
//   Source: R. and A. Arpaci-Dusseau, Operating Systems: Three Easy Pieces, chapter 8, rules 1 to 5 of its summary
//   (pages.cs.wisc.edu/~remzi/OSTEP/cpu-sched-mlfq.pdf).
// Deviations: a turn is what is left of an allotment; in the book a level's time slice may be shorter. Boosts happen at
//   whole multiples of `boost` of the run's time, and reach a sleeper when it comes back.
// Constants: levels, 3: more tell sleepers from hogs more finely, and take longer to do so. allotment, 10 ms on the top
//   level (so 10, 20, 40): shorter finds hogs sooner, longer lets short bursts end. boost, 1 s: how long a low level
//   may starve at most; shorter lets hogs disturb the short ones more often.
// Starvation bound: boost + n top allotments: after a boost it stands on the top level, where nobody comes ahead of it.
//   Where m pCPUs that may run it share the runqueue, an m-th of the n allotments: a boost cuts the slices of all.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: constant time, but for a pick that some of those who wait may not have: the original's own rule is a list.
// Invariants: whoever waits is in the list of its level; nobody waits with its allotment used up. Nothing allocates.
// Limits: 2^15 times the allotment, 10 s at most, is below the 64 bits of a time by far.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/level_lists.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct MlfqConstants {
  std::int64_t levels = 3;
  Duration allotment = std::chrono::milliseconds(10);
  Duration boost = std::chrono::seconds(1);
};

class Mlfq final : public Discipline {
 public:
  static constexpr std::size_t kMostLevels = 16;

  Mlfq(std::size_t max_vcpus, std::size_t runqueues, MlfqConstants constants = {});

  void admit(VcpuId vcpu, const VcpuTraits&) override { jobs_[vcpu] = Job{}; }
  void reweigh(VcpuId, Weight) override {}
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId, VcpuId running, Duration ran, Time) override { jobs_[running].used += ran; }
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  /// From the tail of the lowest level: it would wait longest.
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  Urgency urgency(RunqueueId rq) const override;
  /// Minus its level; the top one is 0.
  Urgency urgency_of(VcpuId vcpu) const override { return -static_cast<Urgency>(jobs_[vcpu].level); }
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].lists.length(); }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&jobs_[vcpu]); }
  Duration waits_at_most(const Crowd& crowd) const override;
  void check_invariants(RunqueueId rq) const override;

 private:
  struct alignas(64) Job {  // of a vCPU; level and used hold until the boost after `boosts`
    VcpuLinks links;
    std::uint32_t level = 0;
    std::int64_t boosts = 0;
    Duration used{0};  // of its allotment on this level
  };
  struct alignas(64) Queue {
    LevelLists<kMostLevels> lists;
    std::int64_t boosts = 0;  // those that have reached it
  };

  auto links_of() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return jobs_[vcpu].links; };
  }
  auto links_of() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return jobs_[vcpu].links; };
  }
  std::int64_t boosts_until(Time now) const { return nanoseconds(now) / nanoseconds(constants_.boost); }
  Duration allotment(std::uint32_t level) const { return constants_.allotment * (std::int64_t{1} << level); }
  static std::uint32_t level_in(const Queue& queue, const Job& job) {
    return job.boosts == queue.boosts ? job.level : 0;
  }
  void boost(Queue& queue, Time now);
  static void boost(Job& job, std::int64_t boosts);

  IdVector<VcpuId, Job> jobs_;
  IdVector<RunqueueId, Queue> queues_;
  MlfqConstants constants_;
};

extern const DisciplineEntry kMlfqEntry;

}  // namespace roost
