#include "sched/contract/contract_run.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace roost {

namespace {

constexpr RunqueueId kQueue{0};
constexpr std::array<std::uint32_t, 5> kWeights{10, 100, 100, 300, 1000};
constexpr Duration kBurst = std::chrono::milliseconds(6), kSleep = std::chrono::milliseconds(12);

}  // namespace

ContractRun::ContractRun(const ContractWalk::Maker& make, std::uint64_t seed)
    : random_(seed, 1), subjects_(2 + random_.below(kMostVcpus - 1)) {
  discipline_ = make({.max_vcpus = subjects_.size(), .runqueues = 1, .seed = seed});
  Crowd crowd;
  std::vector<Weight> weights;
  for (std::size_t v = 0; v < subjects_.size(); ++v) {
    weights.push_back(Weight{kWeights[random_.below(kWeights.size())]});
    crowd.add(weights.back());
  }
  for (std::size_t v = 0; v < subjects_.size(); ++v) {
    Subject& subject = subjects_[id_at<VcpuId>(v)];
    crowd.own = weights[v];
    subject.bound = discipline_->waits_at_most(crowd);
    bounded_ = bounded_ || subject.bound != kNoBound;
    subject.sleeps = random_.below(2) == 0;
    discipline_->admit(id_at<VcpuId>(v),
                       {.vm = id_at<VmId>(v / 4), .weight = weights[v], .allowed = PcpuSet::first(1)});
  }
}

void ContractRun::run(std::uint64_t picks) {
  if (!bounded_) return;
  owned_by(*discipline_, [&] {
    for (std::size_t v = 0; v < subjects_.size(); ++v) {
      subjects_[id_at<VcpuId>(v)].burst = up_to(kBurst);
      enqueue(id_at<VcpuId>(v), EnqueueWhy::Fork, "forks");
    }
    while (timed_ < picks) {
      if (current_ == kNoVcpu) pick();
      const Time ends = current_ == kNoVcpu ? until_ : std::min(until_, now_ + subjects_[current_].burst);
      run_to(std::min(ends, next_wake()));
      wake_those_due();
      check_waits();
    }
  });
}

void ContractRun::pick() {
  const std::optional<Pick> pick = discipline_->pick(kQueue, PickRequest(now_));
  until_ = pick ? pick->until : kNever;
  if (!pick || pick->vcpu == kNoVcpu) return;
  current_ = pick->vcpu;
  subjects_[current_].waits = false;
  ++timed_;
  note("is picked", current_);
}

void ContractRun::run_to(Time next) {
  const Duration ran = next - now_;
  now_ = next;
  if (current_ == kNoVcpu) return;
  Subject& subject = subjects_[current_];
  discipline_->charge(kQueue, current_, ran, now_);
  subject.burst -= ran;
  if (subject.burst > Duration{0}) {
    if (now_ >= until_) stop("ends its slice", EnqueueWhy::SliceEnd);
    return;
  }
  subject.burst = up_to(kBurst);
  if (!subject.sleeps) return stop("yields", EnqueueWhy::Yield);
  subject.wakes = now_ + up_to(kSleep);
  note("blocks", current_);
  discipline_->leave(kQueue, std::exchange(current_, kNoVcpu), LeaveWhy::Blocked, now_);
}

void ContractRun::stop(const char* did, EnqueueWhy why) { enqueue(std::exchange(current_, kNoVcpu), why, did); }

void ContractRun::enqueue(VcpuId vcpu, EnqueueWhy why, const char* did) {
  subjects_[vcpu].waits = true;
  subjects_[vcpu].waits_since = now_;
  note(did, vcpu);
  discipline_->enqueue(kQueue, vcpu, why, now_);
}

void ContractRun::wake_those_due() {
  for (std::size_t v = 0; v < subjects_.size(); ++v) {
    const auto vcpu = id_at<VcpuId>(v);
    if (subjects_[vcpu].wakes > now_) continue;
    subjects_[vcpu].wakes = kNever;
    enqueue(vcpu, EnqueueWhy::Wake, "wakes");
    if (current_ != kNoVcpu && discipline_->preempts(kQueue, vcpu, current_, now_))
      stop("is preempted", EnqueueWhy::Preempted);
  }
}

void ContractRun::check_waits() {
  for (std::size_t v = 0; v < subjects_.size(); ++v) {
    const auto vcpu = id_at<VcpuId>(v);
    const Subject& subject = subjects_[vcpu];
    const Duration waited = now_ - subject.waits_since;
    if (!subject.waits || subject.bound == kNoBound || waited <= subject.bound) continue;
    break_contract(*discipline_, ContractRule::RunsInTime,
                   called(vcpu) + " of " + std::to_string(subjects_.size()) + " on one pCPU has waited for " +
                       std::to_string(nanoseconds(waited)) + " ns, and was to wait for " +
                       std::to_string(nanoseconds(subject.bound)) + " ns at most");
  }
}

Time ContractRun::next_wake() const {
  Time first = kNever;
  for (const Subject& subject : subjects_) first = std::min(first, subject.wakes);
  return first;
}

std::string ContractRun::last_steps() const {
  std::string text;
  for (std::uint64_t i = noted_ - std::min<std::uint64_t>(noted_, last_.size()); i < noted_; ++i) {
    const Step& step = last_[i % last_.size()];
    text += told_at(step.at, called(step.vcpu) + " " + step.did);
  }
  return text;
}

}  // namespace roost
