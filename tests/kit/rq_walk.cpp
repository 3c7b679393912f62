#include "tests/kit/rq_walk.hpp"

#include <algorithm>
#include <array>

namespace roost::kit {

namespace {
constexpr std::array<std::uint32_t, 8> kWeights{1, 50, 100, 100, 200, 300, 1000, 10000};
}

RunqueueWalk::RunqueueWalk(Discipline& discipline, std::size_t vcpus, std::size_t runqueues, Dice dice,
                           std::size_t pcpus)
    : dice_(std::move(dice)),
      pcpus_(pcpus),
      table_(discipline, vcpus),
      running_(runqueues, std::vector<VcpuId>(pcpus, kNoVcpu)),
      charged_at_(vcpus),
      started_(vcpus),
      may_run_on_(vcpus) {
  const auto share = static_cast<std::uint16_t>(pcpus);
  for (std::size_t r = 0; r < runqueues; ++r)
    runqueues_.emplace_back(table_, id_at<RunqueueId>(r), 1024U * share, share);
  for (std::size_t p = 0; p < pcpus; ++p) allowed_.emplace_back(may_run_on_, p);
  for (std::size_t v = 0; v < vcpus; ++v) {
    const auto vcpu = id_at<VcpuId>(v);
    may_run_on_[vcpu] = some_pcpus();
    table_.admit(vcpu, {.vm = id_at<VmId>(v % kVms),
                        .weight = Weight{kWeights[dice_(kWeights.size())]},
                        .allowed = PcpuSet::first(1),
                        .reservation = reservation(vcpu)});
  }
}

WalkStep RunqueueWalk::step() {
  if (owed_) {  // a vCPU on its way between two runqueues arrives before anything else happens
    WalkStep step = *std::exchange(owed_, std::nullopt);
    charge_all(step);
    change(step);
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
  const std::size_t pcpu = dice_(pcpus_);
  if (running_[rq][pcpu] != kNoVcpu) return stop(rq, pcpu);
  WalkStep step{.kind = WalkStep::Kind::Pick, .rq = rq, .request = PickRequest(now_), .now = now_};
  if (pcpus_ > 1) step.request = {now_, id_at<PcpuId>(index(rq) * pcpus_ + pcpu), &allowed_[pcpu]};
  step.pick = runqueues_[rq].pick(step.request);
  if (!step.pick || step.pick->vcpu == kNoVcpu) return step;
  running_[rq][pcpu] = step.pick->vcpu;
  charged_at_[step.pick->vcpu] = now_;
  return step;
}

WalkStep RunqueueWalk::stop(RunqueueId rq, std::size_t pcpu) {
  WalkStep step{.kind = WalkStep::Kind::Enqueue, .rq = rq, .vcpu = running_[rq][pcpu], .now = now_};
  dice_(2) == 0 ? charge_all(step) : charge(step, pcpu);
  running_[rq][pcpu] = kNoVcpu;
  switch (dice_(5)) {
    case 0: step.enqueued = EnqueueWhy::Preempted; break;
    case 1: step.enqueued = EnqueueWhy::SliceEnd; break;
    case 2: step.enqueued = EnqueueWhy::Yield; break;
    default:
      step.kind = WalkStep::Kind::Leave;
      step.left = dice_(4) == 0 ? LeaveWhy::Throttled : LeaveWhy::Blocked;
      runqueues_[rq].leave(step.vcpu, step.left, now_);
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
  charge_all(step);
  change(step);
  runqueues_[rq].enqueue(vcpu, why, now_);
  return step;
}

/// The first of the victims that may run on some pCPU there, or one after it.
WalkStep RunqueueWalk::migrate(RunqueueId rq) {
  const auto to = any<RunqueueId>(runqueues_.size());
  const Allowed& there = allowed_[dice_(pcpus_)];
  std::array<VcpuId, 5> victims;
  const auto end = victims.begin() + static_cast<std::ptrdiff_t>(runqueues_[rq].victims(victims));
  const auto first = std::find_if(victims.begin(), end, there);
  if (first == end || to == rq) return turn(rq);
  const auto chosen = std::find_if(first + static_cast<std::ptrdiff_t>(dice_(2)), end, there);
  const VcpuId vcpu = chosen == end ? *first : *chosen;
  WalkStep step{.kind = WalkStep::Kind::Leave, .rq = rq, .vcpu = vcpu, .left = LeaveWhy::Migrating, .now = now_};
  charge_all(step);
  runqueues_[rq].leave(vcpu, LeaveWhy::Migrating, now_);
  owed_ = WalkStep{
      .kind = WalkStep::Kind::Enqueue, .rq = to, .vcpu = vcpu, .enqueued = EnqueueWhy::Migrated, .now = now_};
  return step;
}

/// Whose step it is has another weight, or may run elsewhere, now and then.
void RunqueueWalk::change(WalkStep& step) {
  if (dice_(8) == 0) may_run_on_[step.vcpu] = some_pcpus();
  const Weight weight{kWeights[dice_(kWeights.size())]};
  if (dice_(4) != 0 || weight == table_[step.vcpu].weight) return;
  step.weight = weight;
  const VcpuTraits traits{.weight = weight, .allowed = PcpuSet::first(1), .reservation = reservation(step.vcpu)};
  const EnqueueWhy why = runqueues_[step.rq].admit(step.vcpu, traits, step.enqueued);
  check(why == step.enqueued, "a new weight is no new beginning");
}

void RunqueueWalk::charge(WalkStep& step, std::size_t pcpu) {
  const VcpuId vcpu = running_[step.rq][pcpu];
  const Duration ran = now_ - std::exchange(charged_at_[vcpu], now_);
  step.charged.emplace_back(vcpu, ran);
  runqueues_[step.rq].charge(vcpu, ran, now_);
}

void RunqueueWalk::charge_all(WalkStep& step) {
  for (std::size_t p = 0; p < pcpus_; ++p)
    if (running_[step.rq][p] != kNoVcpu) charge(step, p);
}

void RunqueueWalk::check_invariants() const {
  for (const Runqueue& runqueue : runqueues_) runqueue.check_invariants();
}

}  // namespace roost::kit
