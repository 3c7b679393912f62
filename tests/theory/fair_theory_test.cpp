// Theory, row 12: under weighted fair queueing hogs get their shares w / W, and their virtual times stay together.
// Of virtual times that are never more than S apart, each is within S of their mean; so in any window a share errs by
// 2 S w / 100 of running at most. A window of 100 periods is held to that, and the whole run to 0.5 percent of each
// share: it is as long as that takes, 400 S W / 100. (In 100 periods one slice of a light one is 1.7 percent.)

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "sched/discipline/cfs.hpp"
#include "sched/discipline/eevdf.hpp"
#include "sched/discipline/weighted_fair.hpp"
#include "tests/kit/one_queue.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::microseconds;
using std::chrono::milliseconds;

const std::vector<std::int64_t> kWeights{100, 125, 156, 195, 800};  // steps of nice, and a heavy one
constexpr std::int64_t kAll = 1376;

class Hogs {
 public:
  explicit Hogs(Discipline& discipline) : discipline_(discipline), ran_(kWeights.size()) {
    for (std::uint32_t v = 0; v < kWeights.size(); ++v) {
      const Weight weight{static_cast<std::uint32_t>(kWeights[v])};
      discipline.admit(VcpuId{v}, {.weight = weight, .allowed = PcpuSet::first(1)});
      discipline.enqueue(kQueue, VcpuId{v}, EnqueueWhy::Fork, now_);
    }
  }
  /// For so long, to the end of a slice. `after` is called after each slice.
  void run(Duration time, const std::function<void()>& after = [] {}) {
    began_ = now_;
    std::fill(ran_.begin(), ran_.end(), Duration{0});
    while (now_ < began_ + time) {
      const Pick pick = *discipline_.pick(kQueue, now_);
      const Duration slice = pick.until - now_;
      discipline_.charge(kQueue, pick.vcpu, slice, now_ = pick.until);
      ran_[index(pick.vcpu)] += slice;
      discipline_.enqueue(kQueue, pick.vcpu, EnqueueWhy::SliceEnd, now_);
      discipline_.check_invariants(kQueue);
      after();
    }
  }
  /// In the last run() each ran for its share, but for `off` of one of weight 100.
  void expect_shares(Duration off) const {
    for (std::size_t v = 0; v < kWeights.size(); ++v) {
      const Duration due = (now_ - began_) * kWeights[v] / kAll;
      EXPECT_LE(std::chrono::abs(ran_[v] - due), off * kWeights[v] / 100) << "vCPU " << v;
    }
  }
  void expect_shares_within_half_a_percent() const { expect_shares((now_ - began_) * 100 / kAll / 200); }

 private:
  Discipline& discipline_;
  std::vector<Duration> ran_;
  Time now_ = at_ms(0), began_{};
};

/// `spread`: S; `period`: in which all run once.
void expect_by_weight(Discipline& discipline, Duration spread, Duration period, const std::function<void()>& after) {
  Hogs hogs(discipline);
  hogs.run(milliseconds(1000));  // forks have come from where they began
  for (int window = 0; window < 20; ++window) hogs.run(100 * period, after), hogs.expect_shares(2 * spread);
  hogs.run(400 * spread * kAll / 100, after);
  hogs.expect_shares_within_half_a_percent();
}

TEST(FairTheory, CfsSharesByWeightAndVirtualTimesStayTogether) {
  Cfs discipline(kWeights.size(), 1);  // a period of 24 ms, granularity 3 ms
  // The longest slice in virtual time is the least one, 3 ms, of weight 100; and one wakeup granularity.
  constexpr Duration kSpread = milliseconds(3 + 4);
  expect_by_weight(discipline, kSpread, milliseconds(24), [&] {
    std::vector<Urgency> v;
    for (std::uint32_t id = 0; id < kWeights.size(); ++id) v.push_back(discipline.urgency_of(VcpuId{id}));
    const auto [least, most] = std::minmax_element(v.begin(), v.end());
    EXPECT_LE(*most - *least, nanoseconds(kSpread));
  });
}

TEST(FairTheory, EevdfSharesByWeight) {
  Eevdf discipline(kWeights.size(), 1);  // requests of 2.8 ms, and no lag beyond one (eevdf_lag_theory_test)
  constexpr Duration kSpread = microseconds(2800);
  expect_by_weight(discipline, kSpread, kWeights.size() * kSpread, [&] {
    for (std::uint32_t v = 0; v < kWeights.size(); ++v)
      EXPECT_LE(std::abs(discipline.lag_of(VcpuId{v})), nanoseconds(kSpread) + 2) << "vCPU " << v;
  });
}

TEST(FairTheory, WeightedFairSharesByWeightAndVirtualTimesStayTogether) {
  WeightedFair discipline(kWeights.size(), 1);  // a latency of 6 ms, slices of 1 ms at least
  constexpr Duration kSpread = milliseconds(1);  // what one of weight 100 runs at a time
  expect_by_weight(discipline, kSpread, milliseconds(6), [&] {
    std::vector<Urgency> v;
    for (std::uint32_t id = 0; id < kWeights.size(); ++id) v.push_back(discipline.urgency_of(VcpuId{id}));
    const auto [least, most] = std::minmax_element(v.begin(), v.end());
    EXPECT_LE(*most - *least, nanoseconds(kSpread));
  });
}

}  // namespace
}  // namespace roost
