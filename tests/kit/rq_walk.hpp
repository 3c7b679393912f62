// The room: a random but lawful life of a few vCPUs on a few runqueues, one step at a time.
// Each runqueue has one pCPU, or several that share it: then each vCPU may run on some of them only. Weights and
//   affinities change as they may: while the vCPU neither waits nor runs.
// Not here: where randomness comes from (a test's seed, a fuzzer's bytes), what is compared after each step.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sched/runqueue/runqueue.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost::kit {

/// A number below the bound.
using Dice = std::function<std::uint64_t(std::uint64_t bound)>;

struct WalkStep {  // what was done, so that a model can do the same
  enum class Kind { Enqueue, Leave, Pick } kind = Kind::Pick;
  RunqueueId rq{0};
  VcpuId vcpu = kNoVcpu;                // of Enqueue and Leave
  std::optional<Weight> weight = std::nullopt;  // its weight from now on; before it is enqueued
  EnqueueWhy enqueued = EnqueueWhy::Wake;
  LeaveWhy left = LeaveWhy::Blocked;
  std::vector<std::pair<VcpuId, Duration>> charged = {};  // who ran on rq until now, in turn; before the rest
  PickRequest request{Time{}};
  std::optional<Pick> pick = std::nullopt;  // what came of Pick
  Time now{};
};

class RunqueueWalk {
 public:
  static constexpr std::size_t kVms = 4;  // vCPU v belongs to VM v % kVms
  /// A third of all have none.
  static Reservation reservation(VcpuId vcpu) {
    const auto v = static_cast<std::int64_t>(index(vcpu));
    if (v % 3 == 0) return {};
    return {std::chrono::milliseconds(1 + v % 4), std::chrono::milliseconds(5 + v % 3 * 5)};
  }

  /// `pcpus`: of each runqueue.
  RunqueueWalk(Discipline& discipline, std::size_t vcpus, std::size_t runqueues, Dice dice, std::size_t pcpus = 1);

  WalkStep step();
  Runqueue& runqueue(RunqueueId rq) { return runqueues_[rq]; }
  /// By pCPU; kNoVcpu: nobody.
  std::span<const VcpuId> running(RunqueueId rq) const { return running_[rq]; }
  Weight weight(VcpuId vcpu) const { return table_[vcpu].weight; }
  void check_invariants() const;

 private:
  class Allowed;

  WalkStep turn(RunqueueId rq);
  WalkStep stop(RunqueueId rq, std::size_t pcpu);
  WalkStep arrive(RunqueueId rq);
  WalkStep migrate(RunqueueId rq);
  void change(WalkStep& step);
  void charge(WalkStep& step, std::size_t pcpu);
  void charge_all(WalkStep& step);
  std::uint32_t some_pcpus() { return static_cast<std::uint32_t>(1 + dice_((1U << pcpus_) - 1)); }
  template <typename Id>
  Id any(std::size_t count) {
    return id_at<Id>(dice_(count));
  }

  Dice dice_;
  std::size_t pcpus_;
  RunqueueTable table_;
  IdVector<RunqueueId, Runqueue> runqueues_;
  IdVector<RunqueueId, std::vector<VcpuId>> running_;
  IdVector<VcpuId, Time> charged_at_;
  IdVector<VcpuId, std::uint8_t> started_;      // it forks once
  IdVector<VcpuId, std::uint32_t> may_run_on_;  // bit i: on the i-th pCPU of any runqueue
  std::vector<Allowed> allowed_;                // by pCPU
  std::optional<WalkStep> owed_;  // the second half of a migration
  Time now_{};
};

class RunqueueWalk::Allowed final : public MayRun {
 public:
  Allowed(const IdVector<VcpuId, std::uint32_t>& may_run_on, std::size_t pcpu)
      : may_run_on_(may_run_on), pcpu_(pcpu) {}
  bool operator()(VcpuId vcpu) const override { return (may_run_on_[vcpu] >> pcpu_ & 1) != 0; }

 private:
  const IdVector<VcpuId, std::uint32_t>& may_run_on_;
  std::size_t pcpu_;
};

}  // namespace roost::kit
