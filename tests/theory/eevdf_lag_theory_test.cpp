// Theory, row 11: what EEVDF owes to whom stays within a request (Stoica, Abdel-Wahab 1995, theorem 1), at random.
// All requests r are 1 ms, and who runs does so to its deadline: quanta are requests. So -r < lag < r, where vCPUs come
// and go with no lag (a steady system). Where they go with some, the others' lags shift by what goes: below, nobody
// sinks by more than those shifts beyond -r; and r holds again once nobody comes or goes.

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "sched/discipline/eevdf.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using kit::kQueue;

constexpr std::size_t kVcpus = 8;
constexpr std::int64_t kRequest = 1'000'000, kTick = 4'000'000;  // who goes keeps a lag of a tick at most
// Who goes keeps whole nanoseconds of virtual time, each 100 ns of running at weight 10000; so does who comes.
constexpr std::int64_t kRounding = 500;
constexpr int kSteps = 100'000;

class Scene {
 public:
  explicit Scene(kit::Seeded random) : random_(random) {
    for (std::size_t v = 0; v < kVcpus; ++v) fork(id_at<VcpuId>(v));
  }

  bool idle() const { return running_ == kNoVcpu; }
  const IdVector<VcpuId, int>& picked() const { return picked_; }
  bool awake(VcpuId vcpu) const { return awake_[vcpu] != 0; }

  void run_slice() { pass(until_ - now_), put(EnqueueWhy::SliceEnd); }
  void run_some() {
    const Duration some(static_cast<std::int64_t>(random_.below(2 * kRequest)));
    if (now_ + some >= until_) return run_slice();
    pass(some);
  }
  /// Until who runs is owed nothing, if that comes within its slice. False: it does not.
  bool run_until_owed_nothing() {
    const std::int64_t lag = discipline_.lag_of(running_), own = weights_[running_], all = weight_of_all();
    if (lag < 0 || own == all) return false;
    const Duration till(lag * all / (all - own));  // its lag falls by 1 - w / W of the time
    if (now_ + till >= until_) return false;
    pass(till);
    return true;
  }
  /// Who runs falls asleep.
  void block() {
    const VcpuId vcpu = std::exchange(running_, kNoVcpu);
    const IdVector<VcpuId, std::int64_t> before = lags();
    saved_[vcpu] = discipline_.lag_of(vcpu);
    discipline_.leave(kQueue, vcpu, LeaveWhy::Blocked, now_);
    awake_[vcpu] = 0;
    note_shifts(before, vcpu);
    if (weight_of_all() > 0) pick();
  }
  /// Some sleeper, if it is one, wakes or comes anew; its weight may be another one.
  void wake() {
    const auto vcpu = id_at<VcpuId>(random_.below(kVcpus));
    if (awake(vcpu)) return;
    if (random_.below(4) == 0) return fork(vcpu);
    if (random_.below(3) == 0) discipline_.reweigh(vcpu, new_weight(vcpu));
    const bool alone = weight_of_all() == 0;
    come(vcpu, EnqueueWhy::Wake);
    const std::int64_t lag = discipline_.lag_of(vcpu), kept = std::clamp(saved_[vcpu], -kTick, kTick);
    // Alone, nobody owes it anything; in debt, its debt has shrunk since.
    EXPECT_GE(lag, (alone ? 0 : kept) - kRounding);
    EXPECT_LE(lag, (alone ? 0 : std::max<std::int64_t>(kept, 0)) + kRounding);
  }

  void expect_steady() const {
    for_all([&](VcpuId vcpu) {
      EXPECT_GT(discipline_.lag_of(vcpu), -kRequest - kRounding) << "vCPU " << index(vcpu);
      EXPECT_LT(discipline_.lag_of(vcpu), kRequest + kRounding) << "vCPU " << index(vcpu);
    });
    discipline_.check_invariants(kQueue);  // the lags sum up to 0, exactly
  }
  void expect_no_lower_than_shifted() {
    for_all([&](VcpuId vcpu) {
      const std::int64_t lag = discipline_.lag_of(vcpu);
      if (lag >= 0) sunk_[vcpu] = 0;
      EXPECT_GT(lag, -kRequest - sunk_[vcpu] - kRounding) << "vCPU " << index(vcpu);
      lowest_ = std::min(lowest_, lag);
    });
    discipline_.check_invariants(kQueue);
  }
  std::int64_t lowest() const { return lowest_; }

 private:
  template <typename Do>
  void for_all(Do act) const {
    for (std::size_t v = 0; v < kVcpus; ++v)
      if (awake(id_at<VcpuId>(v))) act(id_at<VcpuId>(v));
  }
  Weight new_weight(VcpuId vcpu) {
    weights_[vcpu] = random_.below(4) == 0 ? random_.between(1, 10000) : random_.between(50, 400);
    return Weight{static_cast<std::uint32_t>(weights_[vcpu])};
  }
  void fork(VcpuId vcpu) {
    discipline_.admit(vcpu, {.weight = new_weight(vcpu), .allowed = PcpuSet::first(1)});
    come(vcpu, EnqueueWhy::Fork);
    EXPECT_LT(discipline_.lag_of(vcpu), kRounding);  // V itself lies between two nanoseconds
  }
  void come(VcpuId vcpu, EnqueueWhy why) {
    const IdVector<VcpuId, std::int64_t> before = lags();
    discipline_.enqueue(kQueue, vcpu, why, now_);
    awake_[vcpu] = 1;
    note_shifts(before, vcpu);
    if (idle()) return pick();
    if (discipline_.preempts(kQueue, vcpu, running_, now_)) put(EnqueueWhy::Preempted);
  }
  void pick() {
    const Pick pick = *discipline_.pick(kQueue, now_);
    running_ = pick.vcpu, until_ = pick.until;
    ++picked_[running_];
  }
  void put(EnqueueWhy why) {
    discipline_.enqueue(kQueue, running_, why, now_);
    pick();
  }
  void pass(Duration time) {
    now_ += time;
    discipline_.charge(kQueue, running_, time, now_);
  }
  IdVector<VcpuId, std::int64_t> lags() const {
    IdVector<VcpuId, std::int64_t> lags(kVcpus);
    for_all([&](VcpuId vcpu) { lags[vcpu] = discipline_.lag_of(vcpu); });
    return lags;
  }
  /// `changed` came or went: by how much did that lower the others' lags? Who comes in debt begins so low.
  void note_shifts(const IdVector<VcpuId, std::int64_t>& before, VcpuId changed) {
    for_all([&](VcpuId vcpu) {
      const std::int64_t lag = discipline_.lag_of(vcpu);
      if (vcpu == changed) sunk_[vcpu] = std::max<std::int64_t>(-lag, 0);
      if (vcpu != changed) sunk_[vcpu] += std::max<std::int64_t>(before[vcpu] - lag, 0);
    });
  }
  std::int64_t weight_of_all() const {
    std::int64_t sum = 0;
    for_all([&](VcpuId vcpu) { sum += weights_[vcpu]; });
    return sum;
  }

  kit::Seeded random_;
  Eevdf discipline_{kVcpus, 1, {.slice = Duration(kRequest), .cpus = 1, .tick = Duration(kTick)}};
  IdVector<VcpuId, std::int64_t> weights_{kVcpus}, saved_{kVcpus}, sunk_{kVcpus};
  IdVector<VcpuId, std::uint8_t> awake_{kVcpus};
  IdVector<VcpuId, int> picked_{kVcpus};
  Time now_ = kit::at_ms(1), until_{};
  VcpuId running_ = kNoVcpu;
  std::int64_t lowest_ = 0;
};

/// At random somebody wakes, who runs falls asleep if `goes` lets it, or runs on; then `look` is asked, each time.
/// Returns the lowest lag that the scenes noted.
template <typename Goes, typename Look>
std::int64_t lowest_of_walks(Goes goes, Look look) {
  std::int64_t lowest = 0;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const kit::Seeded random(seed);
    SCOPED_TRACE(random.told());
    Scene scene(random);
    kit::Seeded dice(seed + 100);
    for (int i = 0; i < kSteps && !testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(i);
      const std::uint64_t what = dice.below(4);
      if (scene.idle() || what == 0) {
        scene.wake();
      } else if (what == 1 && goes(scene)) {
        scene.block();
      } else {
        scene.run_some();
      }
      look(scene, i);
    }
    lowest = std::min(lowest, scene.lowest());
  }
  return lowest;
}

TEST(EevdfLag, StaysWithinARequestWhereAllComeAndGoOwedNothing) {
  lowest_of_walks([](Scene& scene) { return scene.run_until_owed_nothing(); },
                  [](Scene& scene, int) { scene.expect_steady(); });
}

/// Nobody comes or goes while everyone runs twice and for 300 slices more.
void expect_steady_again(Scene& scene) {
  const IdVector<VcpuId, int> before = scene.picked();
  const auto has_run_twice = [&](VcpuId vcpu) {
    return !scene.awake(vcpu) || scene.picked()[vcpu] >= before[vcpu] + 2;
  };
  for (std::size_t v = 0; v < kVcpus; ++v)
    while (!has_run_twice(id_at<VcpuId>(v))) scene.run_slice();
  for (int slice = 0; slice < 300; ++slice) scene.run_slice(), scene.expect_steady();
}

TEST(EevdfLag, SinksByTheComingAndGoingOfOthersOnlyAndIsWithinARequestAgainWhenThatEnds) {
  const std::int64_t lowest = lowest_of_walks([](Scene&) { return true; },
                                              [](Scene& scene, int step) {
                                                scene.expect_no_lower_than_shifted();
                                                if (step % 5000 == 4999 && !scene.idle()) expect_steady_again(scene);
                                              });
  EXPECT_LT(lowest, -kRequest) << "the shifts matter";
}

}  // namespace
}  // namespace roost
