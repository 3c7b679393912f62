// The room: a balancer that asks whoever runs anywhere to go anywhere, now and then, and else does as another one: for
//   tests that look for what must never happen, whatever is asked.
// Invariants: what it draws for a pCPU depends on the seed and on how often that one asked.
#pragma once

#include <memory>
#include <utility>

#include "sched/balance/better_place.hpp"
#include "sched/policy/policy.hpp"

namespace roost::kit {

class WildBalancer final : public Balancer {
 public:
  WildBalancer(std::unique_ptr<Balancer> tame, std::size_t pcpus, std::uint64_t seed) : tame_(std::move(tame)) {
    for (std::size_t p = 0; p < pcpus; ++p) turns_.push_back({.state = seed * 2 + 1 + p * 0x9e3779b97f4a7c15ULL});
  }

  Time next_due(PcpuId self, Time now) override {
    if (turns_[self].due == kNever) turns_[self].due = now + kPeriod;
    return std::min(turns_[self].due, tame_->next_due(self, now));
  }
  Advice plan(PcpuId self, Trigger trigger, const LoadView& view, Time now) override {
    Turn& turn = turns_[self];
    if (trigger == Trigger::Periodic) turn.due = now + kPeriod;
    if (draw(turn) % 2 == 0) return tame_->plan(self, trigger, view, now);
    const auto from = id_at<PcpuId>(draw(turn) % turns_.size()), to = id_at<PcpuId>(draw(turn) % turns_.size());
    if (view.runqueue_of(from) == view.runqueue_of(to)) return {};
    Advice advice;
    advice.plan = plan_active(from, to);
    return advice;
  }
  PlanOutcome still_holds(const Plan& plan, const LoadSnapshot& from, const LoadSnapshot& to) const override {
    return tame_->still_holds(plan, from, to);
  }
  Duration window() const override { return tame_->window(); }
  bool moves_running() const override { return true; }
  void outcome(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved, Time now) override {
    if (plan.how != MoveHow::Active) tame_->outcome(self, plan, outcome, moved, now);
  }

 private:
  static constexpr Duration kPeriod = std::chrono::microseconds(5);
  struct alignas(64) Turn {
    std::uint64_t state;
    Time due = kNever;
  };
  static std::uint64_t draw(Turn& turn) {  // xorshift64*
    turn.state ^= turn.state >> 12;
    turn.state ^= turn.state << 25;
    turn.state ^= turn.state >> 27;
    return turn.state * 0x2545f4914f6cdd1dULL >> 33;
  }

  std::unique_ptr<Balancer> tame_;
  IdVector<PcpuId, Turn> turns_;
};

/// `policy` with such a balancer around its own.
inline Policy gone_wild(Policy policy, std::size_t pcpus, std::uint64_t seed) {
  policy.balancer = std::make_unique<WildBalancer>(std::move(policy.balancer), pcpus, seed);
  return policy;
}

}  // namespace roost::kit
