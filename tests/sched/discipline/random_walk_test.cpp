// A hundred thousand random steps, beside a model that is too plain to be wrong in the same way.

#include <gtest/gtest.h>

#include "tests/kit/rq_walk.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/sched/discipline/naive.hpp"

namespace roost {
namespace {

constexpr int kSteps = 100'000;
constexpr std::size_t kRunqueues = 3;

void follow(naive::Model& model, const kit::WalkStep& step) {
  if (step.charged != kNoVcpu) model.charge(step.rq, step.charged, step.ran);
  switch (step.kind) {
    case kit::WalkStep::Kind::Enqueue: return model.enqueue(step.rq, step.vcpu, step.enqueued, step.now);
    case kit::WalkStep::Kind::Leave: return model.leave(step.rq, step.vcpu, step.left, step.now);
    case kit::WalkStep::Kind::Pick: break;
  }
  const std::optional<Pick> pick = model.pick(step.rq, step.now);
  ASSERT_EQ(step.pick.has_value(), pick.has_value());
  if (!pick) return;
  ASSERT_EQ(step.pick->vcpu, pick->vcpu);
  ASSERT_EQ(step.pick->until, pick->until);
}

void expect_same_order(kit::RunqueueWalk& walk, const naive::Model& model, RunqueueId rq) {
  const Runqueue& runqueue = walk.runqueue(rq);
  std::vector<VcpuId> all(runqueue.waiting());
  ASSERT_EQ(runqueue.victims(all), all.size());
  ASSERT_EQ(all, model.victims(rq));
  std::vector<VcpuId> few(std::min<std::size_t>(all.size(), 3));
  runqueue.victims(few);
  all.resize(few.size());
  ASSERT_EQ(few, all);
}

void walk_beside(Discipline& discipline, naive::Model& model, std::size_t vcpus, kit::Seeded random) {
  SCOPED_TRACE(random.told());
  kit::RunqueueWalk walk(discipline, vcpus, kRunqueues, [&](std::uint64_t bound) { return random.below(bound); });
  for (std::size_t v = 0; v < vcpus; ++v) model.admit(id_at<VcpuId>(v), walk.weight(id_at<VcpuId>(v)));
  std::size_t picks = 0;
  for (int i = 0; i < kSteps; ++i) {
    SCOPED_TRACE(i);
    const kit::WalkStep step = walk.step();
    follow(model, step);
    const bool came = step.kind == kit::WalkStep::Kind::Enqueue && walk.runqueue(step.rq).running() != kNoVcpu;
    if (came) {
      const VcpuId running = walk.runqueue(step.rq).running();
      ASSERT_EQ(walk.runqueue(step.rq).preempts(step.vcpu, running, step.now), model.preempts(step.vcpu, running));
    }
    if (i % 16 == 0) expect_same_order(walk, model, step.rq);
    if (i % 64 == 0) walk.check_invariants();
    if (testing::Test::HasFatalFailure()) return;
    picks += step.pick.has_value();
  }
  EXPECT_GT(picks, kSteps / 20u) << "the walk has to schedule something";
}

TEST(RandomWalk, RoundRobinDoesAsAPlainQueue) {
  for (const std::size_t vcpus : {2, 9, 60}) {
    RoundRobin discipline(vcpus, kRunqueues);
    naive::Turns model;
    walk_beside(discipline, model, vcpus, kit::Seeded(vcpus));
  }
}

TEST(RandomWalk, WeightedFairDoesAsAPlainSearch) {
  for (const std::size_t vcpus : {2, 9, 60}) {
    WeightedFair discipline(vcpus, kRunqueues);
    naive::Fair model;
    walk_beside(discipline, model, vcpus, kit::Seeded(vcpus));
  }
}

}  // namespace
}  // namespace roost
