// What every discipline of the catalog owes its callers, whatever its order: random walks on runqueues that several
// pCPUs share, each with vCPUs of its own that it may not run.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "sched/policy/catalog.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

constexpr std::size_t kVcpus = 24, kRunqueues = 2, kSharers = 3;
constexpr int kSteps = 30'000;
constexpr std::array<std::uint32_t, 6> kWeights{1, 50, 100, 100, 300, 10000};

enum class Place { Nowhere, Waiting, Running };

struct Subject {
  Place place = Place::Nowhere;
  RunqueueId rq{0};
  bool fresh = true;        // admitted, and not enqueued since
  std::uint32_t allowed = 0;  // bit i: the i-th sharer of a runqueue may run it
  Time charged_at{};
};

class Allowed final : public MayRun {
 public:
  Allowed(const IdVector<VcpuId, Subject>& subjects, std::size_t sharer) : subjects_(subjects), sharer_(sharer) {}
  bool operator()(VcpuId vcpu) const override { return subjects_[vcpu].allowed >> sharer_ & 1; }

 private:
  const IdVector<VcpuId, Subject>& subjects_;
  std::size_t sharer_;
};

std::unique_ptr<Discipline> made(const DisciplineEntry& entry) {
  return entry.make({.max_vcpus = kVcpus, .runqueues = kRunqueues, .seed = 7}, ConstantValues(entry.info));
}

/// Two of a kind, told the same: the second is there to give the same answers.
class Walk {
 public:
  Walk(const DisciplineEntry& entry, std::uint64_t seed)
      : random_(seed), one_(made(entry)), two_(made(entry)), subjects_(kVcpus) {
    for (std::size_t v = 0; v < kVcpus; ++v) admit(id_at<VcpuId>(v));
  }

  std::string told() const { return random_.told(); }

  void step() {
    now_ += Duration(random_.between(0, random_.below(4) == 0 ? 20'000'000 : 300'000));
    const auto vcpu = id_at<VcpuId>(random_.below(kVcpus));
    const auto rq = id_at<RunqueueId>(random_.below(kRunqueues));
    switch (subjects_[vcpu].place) {
      case Place::Nowhere: arrive(vcpu, rq); break;
      case Place::Waiting: random_.below(3) == 0 ? migrate(vcpu, rq) : pick(rq); break;
      case Place::Running: stop(vcpu); break;
    }
    check_answers(rq);
  }

  /// Everyone who still waits runs once more, whoever may ask for it.
  void drain() {
    for (std::size_t v = 0; v < kVcpus; ++v)
      if (subjects_[id_at<VcpuId>(v)].place == Place::Running) block(id_at<VcpuId>(v), LeaveWhy::Blocked);
    for (std::size_t r = 0; r < kRunqueues; ++r) {
      const auto rq = id_at<RunqueueId>(r);
      for (int tries = 0; one_->waiting(rq) > 0; ++tries) {
        ASSERT_LT(tries, 10'000) << "somebody waits for ever";
        const std::optional<Pick> pick = picked(rq, PickRequest(now_));
        ASSERT_TRUE(pick.has_value());
        if (pick->vcpu == kNoVcpu)
          now_ = pick->until;
        else
          block(pick->vcpu, LeaveWhy::Finished);
      }
    }
    for (const Subject& subject : subjects_) EXPECT_EQ(subject.place, Place::Nowhere) << "a vCPU is lost";
  }

  std::size_t picks() const { return picks_; }

 private:
  template <typename Do>
  void both(Do act) {
    act(*one_);
    act(*two_);
  }

  void admit(VcpuId vcpu) {
    const auto weight = Weight{kWeights[random_.below(kWeights.size())]};
    const VcpuTraits traits{.vm = id_at<VmId>(index(vcpu) / 4), .weight = weight, .allowed = PcpuSet::first(1)};
    both([&](Discipline& d) { d.admit(vcpu, traits); });
    subjects_[vcpu].fresh = true;
    subjects_[vcpu].allowed = static_cast<std::uint32_t>(random_.between(1, (1 << kSharers) - 1));
  }

  void arrive(VcpuId vcpu, RunqueueId rq) {
    Subject& subject = subjects_[vcpu];
    if (random_.below(16) == 0) admit(vcpu);  // as after a change of the policy
    if (random_.below(16) == 0) {
      const auto weight = Weight{kWeights[random_.below(kWeights.size())]};
      both([&](Discipline& d) { d.reweigh(vcpu, weight); });
    }
    const EnqueueWhy why = subject.fresh ? EnqueueWhy::Fork : EnqueueWhy::Wake;
    both([&](Discipline& d) { d.enqueue(rq, vcpu, why, now_); });
    subject.fresh = false;
    subject.place = Place::Waiting;
    subject.rq = rq;
    for (std::size_t v = 0; v < kVcpus; ++v) {
      const auto running = id_at<VcpuId>(v);
      if (subjects_[running].place != Place::Running || subjects_[running].rq != rq) continue;
      charge(running);
      EXPECT_EQ(one_->preempts(rq, vcpu, running, now_), two_->preempts(rq, vcpu, running, now_));
    }
  }

  void migrate(VcpuId vcpu, RunqueueId to) {
    Subject& subject = subjects_[vcpu];
    both([&](Discipline& d) { d.leave(subject.rq, vcpu, LeaveWhy::Migrating, now_); });
    subject.place = Place::Nowhere;
    check_answers(subject.rq);
    both([&](Discipline& d) { d.enqueue(to, vcpu, EnqueueWhy::Migrated, now_); });
    subject.place = Place::Waiting;
    subject.rq = to;
  }

  void pick(RunqueueId rq) {
    const std::size_t sharer = random_.below(kSharers);
    const Allowed allowed(subjects_, sharer);
    const bool restricted = random_.below(4) != 0;
    bool some = false, some_now = false;
    for (std::size_t v = 0; v < kVcpus; ++v) {
      const auto vcpu = id_at<VcpuId>(v);
      if (subjects_[vcpu].place != Place::Waiting || subjects_[vcpu].rq != rq) continue;
      if (restricted && !allowed(vcpu)) continue;
      some = true;
      some_now |= one_->eligible_at(vcpu, now_) <= now_;
    }
    const auto pick = picked(rq, PickRequest(now_, id_at<PcpuId>(sharer), restricted ? &allowed : nullptr));
    ASSERT_EQ(pick.has_value(), some) << "nothing is picked only where nobody may be";
    if (!pick) return;
    ASSERT_EQ(pick->vcpu != kNoVcpu, some_now) << "who is eligible runs, and nobody else";
    ASSERT_TRUE(pick->vcpu == kNoVcpu || !restricted || allowed(pick->vcpu));
  }

  std::optional<Pick> picked(RunqueueId rq, const PickRequest& request) {
    const std::optional<Pick> pick = one_->pick(rq, request), same = two_->pick(rq, request);
    EXPECT_EQ(pick.has_value(), same.has_value());
    if (!pick || !same) return pick;
    EXPECT_EQ(pick->vcpu, same->vcpu) << "one seed is one trace";
    EXPECT_EQ(pick->until, same->until);
    EXPECT_GT(pick->until, now_) << "a slice is longer than nothing";
    if (pick->vcpu == kNoVcpu) return pick;
    Subject& subject = subjects_[pick->vcpu];
    check(subject.place == Place::Waiting && subject.rq == rq, "who is picked waited there");
    subject.place = Place::Running;
    subject.charged_at = now_;
    ++picks_;
    return pick;
  }

  void charge(VcpuId running) {
    Subject& subject = subjects_[running];
    const Duration ran = now_ - subject.charged_at;
    both([&](Discipline& d) { d.charge(subject.rq, running, ran, now_); });
    subject.charged_at = now_;
  }

  void stop(VcpuId vcpu) {
    Subject& subject = subjects_[vcpu];
    constexpr std::array kWhys{EnqueueWhy::Preempted, EnqueueWhy::SliceEnd, EnqueueWhy::Yield};
    if (random_.below(2) == 0) return block(vcpu, random_.below(4) == 0 ? LeaveWhy::Throttled : LeaveWhy::Blocked);
    charge(vcpu);
    const EnqueueWhy why = kWhys[random_.below(kWhys.size())];
    both([&](Discipline& d) { d.enqueue(subject.rq, vcpu, why, now_); });
    subject.place = Place::Waiting;
  }

  void block(VcpuId vcpu, LeaveWhy why) {
    Subject& subject = subjects_[vcpu];
    charge(vcpu);
    both([&](Discipline& d) { d.leave(subject.rq, vcpu, why, now_); });
    subject.place = Place::Nowhere;
  }

  void check_answers(RunqueueId rq) {
    one_->check_invariants(rq);
    std::vector<VcpuId> waiting, running;
    for (std::size_t v = 0; v < kVcpus; ++v) {
      const auto vcpu = id_at<VcpuId>(v);
      if (subjects_[vcpu].rq != rq) continue;
      if (subjects_[vcpu].place == Place::Waiting) waiting.push_back(vcpu);
      if (subjects_[vcpu].place == Place::Running) running.push_back(vcpu);
    }
    ASSERT_EQ(one_->waiting(rq), waiting.size());
    ASSERT_EQ(one_->urgency(rq) == kNoUrgency, waiting.empty()) << "nobody is urgent where nobody waits";
    for (const VcpuId vcpu : running) ASSERT_NE(one_->urgency_of(vcpu), kNoUrgency);
    std::vector<VcpuId> all(kVcpus, kNoVcpu);
    ASSERT_EQ(one_->victims(rq, all), waiting.size());
    all.resize(waiting.size());
    std::vector<VcpuId> few(std::min<std::size_t>(all.size(), 3));
    ASSERT_EQ(one_->victims(rq, few), few.size());
    EXPECT_TRUE(std::equal(few.begin(), few.end(), all.begin())) << "few victims are the first of all";
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, waiting) << "the victims are those who wait, each once";
  }

  kit::Seeded random_;
  std::unique_ptr<Discipline> one_, two_;
  IdVector<VcpuId, Subject> subjects_;
  Time now_ = time_at(1'000'000'000);
  std::size_t picks_ = 0;
};

class Contract : public testing::TestWithParam<const DisciplineEntry*> {};

TEST_P(Contract, HoldsOnSharedRunqueuesWithRestrictedPicks) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Walk walk(*GetParam(), seed);
    SCOPED_TRACE(walk.told());
    for (int i = 0; i < kSteps && !testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(i);
      walk.step();
    }
    if (testing::Test::HasFatalFailure()) return;
    walk.drain();
    EXPECT_GT(walk.picks(), kSteps / 20u) << "the walk has to schedule something";
  }
}

INSTANTIATE_TEST_SUITE_P(Disciplines, Contract, testing::ValuesIn(standard_catalog().disciplines),
                         [](const auto& entry) { return std::string(entry.param->info.name); });

}  // namespace
}  // namespace roost
