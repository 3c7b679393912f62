// The room: a discipline that is right but for one thing: it breaks one rule of the contract, in one way.
// Not here: the rules (sched/discipline/contract.hpp), who finds the breach.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "sched/discipline/discipline.hpp"
#include "sched/vocabulary/check.hpp"

namespace roost::kit {

enum class Lie : std::uint8_t {
  None,
  LosesOne,          // an enqueue is forgotten
  PicksAgain,        // it holds one twice: who was picked last is picked once more
  PicksElsewhere,    // from the other runqueue
  PicksUnknown,      // an id out of range
  PicksForbidden,    // whom the asker may not run
  PicksIneligible,   // who may not run yet, by its own eligible_at()
  PicksNobody,
  SaysNobodyYet,
  SliceOfNothing,
  SliceOfThePast,
  LooksAgainLate,
  CountsOneMore,
  CountsDormant,
  GivesUnknown,
  GivesWhoRuns,
  GivesTwice,
  GivesFewer,
  GivesInOtherOrder,
  NoUrgency,
  PreemptsByTurns,   // another answer to the same question
  SlicesByItself,    // two of a kind differ
  ThrowsOutItsOwn,   // its own check() finds it
  Starves,           // vCPU 0, as long as anybody else waits
};

class Broken final : public Discipline {
 public:
  /// `inner` is right; `salt`: what makes two of a kind differ. The first `kTruthful` picks are right.
  static constexpr int kTruthful = 3;
  Broken(std::unique_ptr<Discipline> inner, Lie lie, int salt = 0) : inner_(std::move(inner)), lie_(lie), salt_(salt) {
    set_name("broken");
  }

  void admit(VcpuId vcpu, const VcpuTraits& traits) override { inner_->admit(vcpu, traits); }
  void reweigh(VcpuId vcpu, Weight weight) override { inner_->reweigh(vcpu, weight); }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    if (lie_ == Lie::LosesOne && lies() && lost_ == kNoVcpu) {
      lost_ = vcpu;
      return;
    }
    inner_->enqueue(rq, vcpu, why, now);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override { inner_->leave(rq, vcpu, why, now); }

  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    ++picks_;
    if (!lies() || inner_->waiting(rq) == 0) return remembered(inner_->pick(rq, request));
    switch (lie_) {
      case Lie::PicksAgain: return Pick{last_, request.now + Duration(1)};
      case Lie::PicksElsewhere:
        if (inner_->waiting(other(rq)) > 0) return inner_->pick(other(rq), request);
        return inner_->pick(rq, request);
      case Lie::PicksUnknown: return Pick{VcpuId{777}, request.now + Duration(1)};
      case Lie::PicksForbidden: return inner_->pick(rq, PickRequest(request.now));
      case Lie::PicksNobody: return std::nullopt;
      case Lie::Starves: {
        const Others others(request);
        const auto pick = inner_->pick(rq, {request.now, request.pcpu, &others});
        return pick ? pick : inner_->pick(rq, request);
      }
      case Lie::SaysNobodyYet: return Pick{kNoVcpu, request.now + Duration(1'000'000)};
      default: break;
    }
    return bent(inner_->pick(rq, request), request.now);
  }

  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override { inner_->charge(rq, running, ran, now); }
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override {
    if (lie_ == Lie::PreemptsByTurns && lies()) return ++asked_ % 2 == 0;
    return inner_->preempts(rq, waiting, running, now);
  }
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override {
    const std::size_t found = inner_->victims(rq, out);
    if (!lies() || found == 0) return found;
    if (lie_ == Lie::GivesUnknown) out[0] = VcpuId{777};
    if (lie_ == Lie::GivesWhoRuns && last_ != kNoVcpu) out[0] = last_;
    if (lie_ == Lie::GivesTwice) out[found - 1] = out[0];
    if (lie_ == Lie::GivesInOtherOrder && inner_->waiting(rq) > found) std::reverse(out.begin(), out.begin() + found);
    return lie_ == Lie::GivesFewer ? found - 1 : found;
  }
  Urgency urgency(RunqueueId rq) const override { return lie_ == Lie::NoUrgency ? kNoUrgency : inner_->urgency(rq); }
  Urgency urgency_of(VcpuId vcpu) const override { return inner_->urgency_of(vcpu); }
  std::size_t waiting(RunqueueId rq) const override {
    return inner_->waiting(rq) + (lie_ == Lie::CountsOneMore && lies() ? 1 : 0);
  }
  Time eligible_at(VcpuId vcpu, Time now) const override {
    return lie_ == Lie::PicksIneligible && lies() ? now + Duration(1) : inner_->eligible_at(vcpu, now);
  }
  std::size_t dormant(RunqueueId rq, Time now) const override {
    return inner_->dormant(rq, now) + (lie_ == Lie::CountsDormant && lies() ? 1 : 0);
  }
  Duration waits_at_most(const Crowd& crowd) const override { return inner_->waits_at_most(crowd); }
  VcpuId most_urgent(RunqueueId rq) const override { return inner_->most_urgent(rq); }
  void check_invariants(RunqueueId rq) const override {
    check(lie_ != Lie::ThrowsOutItsOwn || !lies(), "a rule of its own");
    inner_->check_invariants(rq);
  }

 private:
  static RunqueueId other(RunqueueId rq) { return rq == RunqueueId{0} ? RunqueueId{1} : RunqueueId{0}; }
  bool lies() const { return picks_ > kTruthful; }
  std::optional<Pick> remembered(const std::optional<Pick>& pick) {
    if (pick && pick->vcpu != kNoVcpu) last_ = pick->vcpu;
    return pick;
  }
  std::optional<Pick> bent(std::optional<Pick> pick, Time now) {
    if (!pick) return pick;
    if (lie_ == Lie::SliceOfNothing) pick->until = now;
    if (lie_ == Lie::SliceOfThePast) pick->until = now - Duration(5);
    if (lie_ == Lie::SlicesByItself) pick->until += Duration(salt_);
    if (lie_ == Lie::LooksAgainLate && pick->vcpu == kNoVcpu) pick->until += Duration(1);
    return remembered(pick);
  }

  struct Others final : MayRun {
    explicit Others(const PickRequest& whom) : request(whom) {}
    bool operator()(VcpuId vcpu) const override { return vcpu != VcpuId{0} && request.allows(vcpu); }
    const PickRequest& request;
  };

  std::unique_ptr<Discipline> inner_;
  Lie lie_;
  int salt_;
  // Of all runqueues together, so from several threads in the live world.
  std::atomic<int> picks_{0};
  mutable std::atomic<int> asked_{0};
  std::atomic<VcpuId> last_{kNoVcpu}, lost_{kNoVcpu};
};

}  // namespace roost::kit
