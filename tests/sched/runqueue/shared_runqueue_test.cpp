// A runqueue that several pCPUs share: its books against a model that adds everything up anew.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "sched/discipline/round_robin.hpp"
#include "sched/policy/catalog.hpp"
#include "sched/runqueue/runqueue.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using kit::at_ms;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};

class Only final : public MayRun {
 public:
  explicit Only(std::set<VcpuId> who) : who_(std::move(who)) {}
  bool operator()(VcpuId vcpu) const override { return who_.contains(vcpu); }

 private:
  std::set<VcpuId> who_;
};

struct SharedScene : testing::Test {
  SharedScene() : discipline(8, 1, milliseconds(3)), table(discipline, 8), rq(table, RunqueueId{0}, 3 * 1024, 3) {
    for (std::uint32_t v = 0; v < 8; ++v) table.admit(VcpuId{v}, {.allowed = PcpuSet::first(3)});
  }
  void fork(std::uint32_t count) {
    for (std::uint32_t v = 0; v < count; ++v) rq.enqueue(VcpuId{v}, EnqueueWhy::Fork, at_ms(0));
  }

  RoundRobin discipline;
  RunqueueTable table;
  Runqueue rq;
};

TEST_F(SharedScene, RunsOnePerPcpuAndNoMore) {
  fork(4);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(rq.pick(at_ms(0)));
  EXPECT_EQ(rq.running().size(), 3u);
  EXPECT_THROW(rq.pick(at_ms(0)), CheckFailure) << "a fourth on three pCPUs";
  rq.leave(kB, LeaveWhy::Blocked, at_ms(1));
  EXPECT_EQ(rq.pick(at_ms(1))->vcpu, VcpuId{3});
  rq.check_invariants();
}

TEST_F(SharedScene, PicksOnlyWhomTheAskerMayRun) {
  fork(2);
  const Only b({kB}), nobody({});
  EXPECT_FALSE(rq.pick({at_ms(0), PcpuId{2}, &nobody})) << "two wait, whom this pCPU may not run";
  EXPECT_EQ(rq.pick({at_ms(0), PcpuId{2}, &b})->vcpu, kB);
}

TEST_F(SharedScene, ANewcomerWaitsForTheFirstThatStopsOrForAnEqualPartOfAll) {
  fork(5);
  EXPECT_EQ(rq.snapshot(at_ms(0), 3).backlog, Duration(5'000'000 / 3)) << "three are coming, five wait for 1 ms each";
  ASSERT_TRUE(rq.pick(at_ms(0)));
  ASSERT_TRUE(rq.pick(time_at(400'000)));
  EXPECT_EQ(rq.snapshot(time_at(400'000)).backlog, Duration(0)) << "the third pCPU is free";
  ASSERT_TRUE(rq.pick(time_at(400'000)));
  // 2 wait for 1 ms each; 600 us are left of the first, and a millisecond of each of the others.
  EXPECT_EQ(rq.snapshot(time_at(400'000)).backlog, Duration(4'600'000 / 3));
  for (const std::uint32_t v : {3u, 4u}) rq.leave(VcpuId{v}, LeaveWhy::Migrating, time_at(400'000));
  EXPECT_EQ(rq.snapshot(time_at(400'000)).backlog, microseconds(600)) << "nobody waits: the first that stops";
}

TEST_F(SharedScene, GivesWhomNoPcpuComesFor) {
  fork(4);
  EXPECT_EQ(rq.snapshot(at_ms(0), 3).available(), 1u);
  EXPECT_EQ(rq.snapshot(at_ms(0), 1).available(), 3u) << "two idle pCPUs may run none of them";
  EXPECT_TRUE(rq.snapshot(at_ms(0), 1).idle());
  EXPECT_EQ(rq.snapshot(at_ms(0), 1).free(), 2u);
  ASSERT_TRUE(rq.pick(at_ms(0)));
  const LoadSnapshot load = rq.snapshot(at_ms(0), 2);
  EXPECT_FALSE(load.idle());
  EXPECT_EQ(load.available(), 1u);
  EXPECT_EQ(load.capacity, 3072u);
  EXPECT_EQ(load.weight, 400u);
}

TEST_F(SharedScene, PcpusComeAndGo) {
  fork(1);
  ASSERT_TRUE(rq.pick(at_ms(0)));
  rq.set_online(1, 1024);
  EXPECT_FALSE(rq.snapshot(at_ms(0)).idle());
  EXPECT_EQ(rq.snapshot(at_ms(0)).capacity, 1024u);
  EXPECT_THROW(rq.set_online(4, 4096), CheckFailure) << "more than it was made for";
}

/// Everything that is known of a vCPU, once more.
struct Subject {
  enum class Place { Nowhere, Waiting, Running } place = Place::Nowhere;
  std::uint64_t weight = 100;
  Duration burst = milliseconds(1), ran{0}, slice{0};
  Time picked_at{};
  bool fresh = true;
};

class Model {
 public:
  Model(std::string_view spec, std::uint64_t seed)
      : random_(seed),
        policy_(std::move(*make_policy(spec, Topology::flat(kPcpus), kVcpus))),
        table_(*policy_.discipline, kVcpus),
        rq_(table_, RunqueueId{0}, kPcpus * 1024, kPcpus),
        subjects_(kVcpus) {
    for (std::uint32_t v = 0; v < kVcpus; ++v) {
      subjects_[VcpuId{v}].weight = 50 + 50 * random_.below(8);
      table_.admit(VcpuId{v}, {.weight = Weight{static_cast<std::uint32_t>(subjects_[VcpuId{v}].weight)},
                               .allowed = PcpuSet::first(kPcpus)});
    }
  }
  std::string told() const { return random_.told(); }

  void step() {
    now_ += Duration(random_.between(0, 700'000));
    const auto vcpu = id_at<VcpuId>(random_.below(kVcpus));
    Subject& subject = subjects_[vcpu];
    switch (subject.place) {
      case Subject::Place::Nowhere:
        rq_.enqueue(vcpu, subject.fresh ? EnqueueWhy::Fork : EnqueueWhy::Wake, now_);
        subject.fresh = false;
        subject.place = Subject::Place::Waiting;
        break;
      case Subject::Place::Waiting:
        if (count(Subject::Place::Running) < kPcpus) return pick();
        rq_.leave(vcpu, LeaveWhy::Migrating, now_);
        subject.place = Subject::Place::Nowhere;
        break;
      case Subject::Place::Running: stop(vcpu); break;
    }
  }

  void compare() {
    rq_.check_invariants();
    const auto called = static_cast<std::uint16_t>(random_.below(kPcpus + 1 - count(Subject::Place::Running)));
    const LoadSnapshot load = rq_.snapshot(now_, called);
    std::uint64_t weight = 0;
    Duration work{0}, first = Duration::max();
    for (const Subject& subject : subjects_) {
      if (subject.place != Subject::Place::Nowhere) weight += subject.weight;
      if (subject.place == Subject::Place::Waiting) work += subject.burst;
      if (subject.place != Subject::Place::Running) continue;
      const Duration rest =
          std::max(std::min(subject.burst, subject.slice) - (now_ - subject.picked_at), Duration{0});
      work += rest;
      first = std::min(first, rest);
    }
    const std::size_t running = count(Subject::Place::Running), waiting = count(Subject::Place::Waiting);
    ASSERT_EQ(load.running, running);
    ASSERT_EQ(load.waiting, waiting);
    ASSERT_EQ(load.weight, weight);
    ASSERT_EQ(load.available(), waiting > called ? waiting - called : 0);
    ASSERT_EQ(load.idle(), running + called < kPcpus);
    if (load.idle()) work = Duration{0};
    ASSERT_EQ(load.backlog, !load.idle() && waiting == 0 && running > 0 ? first : work / std::int64_t{kPcpus});
  }
  std::size_t most_running() const { return most_running_; }

 private:
  static constexpr std::uint16_t kPcpus = 5;
  static constexpr std::size_t kVcpus = 12;

  std::size_t count(Subject::Place place) const {
    return static_cast<std::size_t>(
        std::count_if(subjects_.begin(), subjects_.end(), [&](const Subject& s) { return s.place == place; }));
  }

  void pick() {
    const auto pick = rq_.pick(now_);
    ASSERT_TRUE(pick.has_value());
    Subject& subject = subjects_[pick->vcpu];
    ASSERT_EQ(subject.place, Subject::Place::Waiting);
    subject.place = Subject::Place::Running;
    subject.picked_at = now_;
    subject.ran = Duration{0};
    subject.slice = pick->until - now_;
    most_running_ = std::max(most_running_, count(Subject::Place::Running));
  }

  void stop(VcpuId vcpu) {
    Subject& subject = subjects_[vcpu];
    const Duration ran = now_ - subject.picked_at;
    rq_.charge(vcpu, ran, now_);
    const bool blocks = random_.below(2) == 0, preempted = !blocks && random_.below(2) == 0;
    if (blocks) rq_.leave(vcpu, LeaveWhy::Blocked, now_);
    else rq_.enqueue(vcpu, preempted ? EnqueueWhy::Preempted : EnqueueWhy::SliceEnd, now_);
    subject.place = blocks ? Subject::Place::Nowhere : Subject::Place::Waiting;
    const Duration burst = std::min(ran, subject.slice);
    if (!preempted || burst > subject.burst) subject.burst += (burst - subject.burst) / 8;
  }

  kit::Seeded random_;
  Policy policy_;
  RunqueueTable table_;
  Runqueue rq_;
  IdVector<VcpuId, Subject> subjects_;
  Time now_{};
  std::size_t most_running_ = 0;
};

TEST(SharedRunqueue, KeepsItsBooksOnRandomWalks) {
  for (const char* const spec : {"fifo", "round_robin", "weighted_fair", "credit2", "lottery"})
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Model model(spec, seed);
      SCOPED_TRACE(testing::Message() << spec << ", " << model.told());
      for (int i = 0; i < 4000 && !testing::Test::HasFatalFailure(); ++i) model.step(), model.compare();
      if (testing::Test::HasFatalFailure()) return;
      EXPECT_EQ(model.most_running(), 5u);
    }
}

}  // namespace
}  // namespace roost
