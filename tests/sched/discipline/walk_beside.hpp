// The room: a hundred thousand random steps of a discipline, beside a model too plain to be wrong in the same way.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/kit/rq_walk.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

inline constexpr int kSteps = 100'000;
inline constexpr std::size_t kRunqueues = 3;

struct Crowd {
  std::size_t vcpus, pcpus;  // pcpus: of each runqueue
};
inline constexpr Crowd kCrowds[]{{2, 1}, {9, 1}, {60, 1}, {9, 3}, {60, 3}};

inline void follow(Model& model, const kit::WalkStep& step) {
  model.at(step.now);
  for (const auto& [vcpu, ran] : step.charged) model.charge(step.rq, vcpu, ran);
  if (step.weight) model.reweigh(step.vcpu, *step.weight);
  switch (step.kind) {
    case kit::WalkStep::Kind::Enqueue: return model.enqueue(step.rq, step.vcpu, step.enqueued, step.now);
    case kit::WalkStep::Kind::Leave: return model.leave(step.rq, step.vcpu, step.left, step.now);
    case kit::WalkStep::Kind::Pick: break;
  }
  const std::optional<Pick> pick = model.pick(step.rq, step.request);
  ASSERT_EQ(step.pick.has_value(), pick.has_value());
  if (!pick) return;
  ASSERT_EQ(step.pick->vcpu, pick->vcpu);
  ASSERT_EQ(step.pick->until, pick->until);
}

inline void expect_same_order(kit::RunqueueWalk& walk, const Model& model, RunqueueId rq) {
  const Runqueue& runqueue = walk.runqueue(rq);
  std::vector<VcpuId> all(runqueue.waiting());
  ASSERT_EQ(runqueue.victims(all), all.size());
  ASSERT_EQ(all, model.victims(rq));
  std::vector<VcpuId> few(std::min<std::size_t>(all.size(), 3));
  runqueue.victims(few);
  all.resize(few.size());
  ASSERT_EQ(few, all);
}

inline void walk_beside(Discipline& discipline, Model& model, const Crowd& crowd, kit::Seeded random) {
  SCOPED_TRACE(random.told());
  const kit::Dice dice = [&](std::uint64_t bound) { return random.below(bound); };
  kit::RunqueueWalk walk(discipline, crowd.vcpus, kRunqueues, dice, crowd.pcpus);
  for (std::size_t v = 0; v < crowd.vcpus; ++v) model.admit(id_at<VcpuId>(v), walk.weight(id_at<VcpuId>(v)));
  std::size_t picks = 0, weights = 0;
  for (int i = 0; i < kSteps; ++i) {
    SCOPED_TRACE(i);
    const kit::WalkStep step = walk.step();
    follow(model, step);
    for (const VcpuId running : walk.running(step.rq)) {
      if (step.kind != kit::WalkStep::Kind::Enqueue || running == kNoVcpu) continue;
      ASSERT_EQ(walk.runqueue(step.rq).preempts(step.vcpu, running, step.now), model.preempts(step.vcpu, running));
    }
    if (i % 16 == 0) expect_same_order(walk, model, step.rq);
    if (i % 64 == 0) walk.check_invariants();
    if (testing::Test::HasFatalFailure()) return;
    picks += step.pick && step.pick->vcpu != kNoVcpu;
    weights += step.weight.has_value();
  }
  EXPECT_GT(picks, kSteps / 20u) << "the walk has to schedule something";
  EXPECT_GT(weights, kSteps / 100u);
}

}  // namespace roost::naive
