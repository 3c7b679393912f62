#include "tests/kit/rq_walk.hpp"

#include <array>
#include <utility>

#include "tests/kit/who_runs.hpp"

namespace roost::kit {

namespace {
constexpr std::array<std::uint32_t, 8> kWeights{1, 50, 100, 100, 200, 300, 1000, 10000};
}

RunqueueWalk::RunqueueWalk(Discipline& discipline, std::size_t vcpus, std::size_t runqueues, Dice dice)
    : dice_(std::move(dice)), table_(discipline, vcpus), charged_at_(runqueues), started_(vcpus) {
  for (std::size_t r = 0; r < runqueues; ++r) runqueues_.emplace_back(table_, id_at<RunqueueId>(r));
  for (std::size_t v = 0; v < vcpus; ++v)
    table_.admit(id_at<VcpuId>(v), {.vm = id_at<VmId>(v % kVms),
                                    .weight = Weight{kWeights[dice_(kWeights.size())]},
                                    .allowed = PcpuSet::first(1),
                                    .reservation = reservation(id_at<VcpuId>(v))});
}

WalkStep RunqueueWalk::step() {
  if (owed_) {  // a vCPU on its way between two runqueues arrives before anything else happens
    WalkStep step = *std::exchange(owed_, std::nullopt);
    runqueues_[step.rq].enqueue(step.vcpu, step.enqueued, step.now);
    return step;
  }
  now_ += Duration(static_cast<std::int64_t>(dice_(dice_(4) == 0 ? 10'000'000 : 500'000)));
  const auto rq = any<RunqueueId>(runqueues_.size());
  switch (dice_(8)) {
    case 0: return migrate(rq);
    case 1:
    case 2:
    case 3: return arrive(rq);
    default: return turn(rq);
  }
}

WalkStep RunqueueWalk::turn(RunqueueId rq) {
  if (who_runs(runqueues_[rq]) != kNoVcpu) return stop(rq);
  WalkStep step{.kind = WalkStep::Kind::Pick, .rq = rq, .now = now_};
  step.pick = runqueues_[rq].pick(now_);
  charged_at_[rq] = now_;
  return step;
}

WalkStep RunqueueWalk::stop(RunqueueId rq) {
  WalkStep step{.kind = WalkStep::Kind::Enqueue, .rq = rq, .now = now_};
  step.vcpu = who_runs(runqueues_[rq]);
  charge(step);
  switch (dice_(5)) {
    case 0: step.enqueued = EnqueueWhy::Preempted; break;
    case 1: step.enqueued = EnqueueWhy::SliceEnd; break;
    case 2: step.enqueued = EnqueueWhy::Yield; break;
    default:
      step.kind = WalkStep::Kind::Leave;
      runqueues_[rq].leave(step.vcpu, LeaveWhy::Blocked, now_);
      return step;
  }
  runqueues_[rq].enqueue(step.vcpu, step.enqueued, now_);
  return step;
}

WalkStep RunqueueWalk::arrive(RunqueueId rq) {
  const auto vcpu = any<VcpuId>(table_.size());
  if (table_[vcpu].place != RunqueuePlace::Nowhere) return turn(rq);
  const EnqueueWhy why = std::exchange(started_[vcpu], std::uint8_t{1}) != 0 ? EnqueueWhy::Wake : EnqueueWhy::Fork;
  WalkStep step{.kind = WalkStep::Kind::Enqueue, .rq = rq, .vcpu = vcpu, .enqueued = why, .now = now_};
  charge(step);
  runqueues_[rq].enqueue(vcpu, why, now_);
  return step;
}

WalkStep RunqueueWalk::migrate(RunqueueId rq) {
  const auto to = any<RunqueueId>(runqueues_.size());
  std::array<VcpuId, 3> victims;
  const std::size_t found = runqueues_[rq].victims(victims);
  if (found == 0 || to == rq) return turn(rq);
  const VcpuId vcpu = victims[dice_(found)];
  WalkStep step{.kind = WalkStep::Kind::Leave, .rq = rq, .vcpu = vcpu, .left = LeaveWhy::Migrating, .now = now_};
  charge(step);
  runqueues_[rq].leave(vcpu, LeaveWhy::Migrating, now_);
  owed_ = WalkStep{
      .kind = WalkStep::Kind::Enqueue, .rq = to, .vcpu = vcpu, .enqueued = EnqueueWhy::Migrated, .now = now_};
  return step;
}

void RunqueueWalk::charge(WalkStep& step) {
  step.charged = who_runs(runqueues_[step.rq]);
  if (step.charged == kNoVcpu) return;
  step.ran = now_ - std::exchange(charged_at_[step.rq], now_);
  runqueues_[step.rq].charge(step.charged, step.ran, now_);
}

void RunqueueWalk::check_invariants() const {
  for (const Runqueue& runqueue : runqueues_) runqueue.check_invariants();
}

}  // namespace roost::kit
