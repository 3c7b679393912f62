// The room: a random but lawful life of a few vCPUs on a few runqueues, one step at a time.
// Not here: where randomness comes from (a test's seed, a fuzzer's bytes), what is compared after each step.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
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
  EnqueueWhy enqueued = EnqueueWhy::Wake;
  LeaveWhy left = LeaveWhy::Blocked;
  VcpuId charged = kNoVcpu;             // ran on rq until now; charged before the rest of the step
  Duration ran{0};
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

  RunqueueWalk(Discipline& discipline, std::size_t vcpus, std::size_t runqueues, Dice dice);

  WalkStep step();
  Runqueue& runqueue(RunqueueId rq) { return runqueues_[rq]; }
  Weight weight(VcpuId vcpu) const { return table_[vcpu].weight; }
  void check_invariants() const;

 private:
  WalkStep turn(RunqueueId rq);
  WalkStep stop(RunqueueId rq);
  WalkStep arrive(RunqueueId rq);
  WalkStep migrate(RunqueueId rq);
  void charge(WalkStep& step);
  template <typename Id>
  Id any(std::size_t count) {
    return id_at<Id>(dice_(count));
  }

  Dice dice_;
  RunqueueTable table_;
  IdVector<RunqueueId, Runqueue> runqueues_;
  IdVector<RunqueueId, Time> charged_at_;
  IdVector<VcpuId, std::uint8_t> started_;  // it forks once
  std::optional<WalkStep> owed_;  // the second half of a migration
  Time now_{};
};

}  // namespace roost::kit
