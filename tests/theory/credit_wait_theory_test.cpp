// Theory, row 15: how long a hog waits under Xen's credit scheduler beside k - 1 others of its weight on one pCPU.
// It is OVER with a slice of debt at most (csched_acct forgives the rest) and earns a k-th of a slice in each period:
// UNDER after k periods, it may find k - 1 others before it. So (2 k - 1) slices of 30 ms bound its wait.
// "30 ms k", as one may read, is no bound: Xen's own rules, told once more here from xen/common/sched/credit.c
// (csched_tick, csched_acct, csched_runq_sort, csched_schedule), let one of eight hogs wait for 420 ms where the timers
// come at odd times. Where accounting charges and sorts at once, as ours does, it is 330 ms, and both agree slice by
// slice.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sched/discipline/credit.hpp"
#include "tests/kit/one_queue.hpp"

namespace roost {
namespace {

using kit::kQueue;

constexpr std::int64_t kSliceUs = 30'000, kTickUs = 10'000;

struct Timers {
  std::int64_t acct_us = kSliceUs, tick_us = kTickUs;  // the first time of each
  std::int64_t per_ms = 10;                            // credits to a millisecond
  bool at_once = false;  // accounting charges who runs and sorts the queue, and does not wait for the next tick
};

/// k domains of one hog each.
class Xen {
 public:
  Xen(std::size_t hogs, const Timers& timers)
      : per_slice_(30 * timers.per_ms), per_ms_(timers.per_ms), acct_us_(timers.acct_us), tick_us_(timers.tick_us),
        at_once_(timers.at_once), hogs_(hogs) {
    for (std::size_t v = 1; v < hogs; ++v) runq_.push_back(v);
  }

  /// Who runs, slice by slice.
  std::vector<kit::Ran> run(std::size_t slices) {
    std::vector<kit::Ran> trace;
    std::int64_t began = 0;
    while (trace.size() < slices) {
      const std::int64_t ends = began + kSliceUs, now = std::min({ends, acct_us_, tick_us_});
      if (now == tick_us_) {
        tick(now);
      } else if (now == acct_us_) {
        if (at_once_) burn(now);
        account(), acct_us_ += kSliceUs;
        if (at_once_) sort();
      } else {
        trace.push_back({static_cast<std::uint32_t>(current_), began, now});
        schedule(began = now);
      }
    }
    return trace;
  }

 private:
  struct Hog {
    std::int64_t credit = 0, residual = 0;
    bool over = false, active = false;
  };
  void schedule(std::int64_t now) {
    burn(now);
    const auto after = [&](std::size_t v) { return hogs_[v].over > hogs_[current_].over; };
    runq_.insert(std::find_if(runq_.begin(), runq_.end(), after), current_);
    current_ = runq_.front();
    runq_.erase(runq_.begin());
  }
  void tick(std::int64_t now) {
    burn(now);
    if (!hogs_[current_].active) active_.insert(active_.begin(), current_), hogs_[current_].active = true;
    sort();
    tick_us_ += kTickUs;
  }
  void burn(std::int64_t now) {
    Hog& hog = hogs_[current_];
    const std::int64_t value = (now - burnt_us_) * per_ms_ + hog.residual;
    hog.credit -= value / 1000, hog.residual = value % 1000;
    burnt_us_ = now;
  }
  void sort() {
    if (!accounted_) return;
    std::stable_sort(runq_.begin(), runq_.end(),
                     [&](std::size_t a, std::size_t b) { return hogs_[a].over < hogs_[b].over; });
    accounted_ = false;
  }
  void account() {
    const auto all = static_cast<std::int64_t>(active_.size());
    if (all == 0) return balance_ = 0, void();
    std::int64_t total = per_slice_ - std::min<std::int64_t>(balance_, 0), left = all, sum = 0;
    const std::int64_t peak = per_slice_ + (-std::min<std::int64_t>(balance_, 0) + all - 1) / all;
    bool extra = false;
    for (const std::size_t v : std::vector<std::size_t>(active_)) {
      --left;
      std::int64_t fair = (total + all - 1) / all;
      if (fair < peak) {
        extra = true;
      } else {
        if (left > 0) total += ((fair - peak) * all + left - 1) / left;
        if (extra) std::erase(active_, v), active_.insert(active_.begin(), v);
        fair = peak;
      }
      sum += earn(v, fair);
    }
    balance_ = sum;
    accounted_ = true;
  }
  std::int64_t earn(std::size_t v, std::int64_t fair) {
    Hog& hog = hogs_[v];
    hog.credit = std::max(hog.credit + fair, -per_slice_);
    hog.over = hog.credit < 0;
    if (hog.credit > per_slice_) hog.credit /= 2, hog.active = false, std::erase(active_, v);
    return hog.credit;
  }

  std::int64_t per_slice_, per_ms_, acct_us_, tick_us_, burnt_us_ = 0, balance_ = 0;
  bool at_once_;
  std::vector<Hog> hogs_;
  std::vector<std::size_t> runq_, active_;  // the last to become active stands first
  std::size_t current_ = 0;
  bool accounted_ = false;
};

std::int64_t longest_wait_us(const std::vector<kit::Ran>& trace, std::size_t hogs) {
  std::vector<std::int64_t> stopped(hogs, 0);
  std::int64_t longest = 0;
  for (const kit::Ran& slice : trace) {
    longest = std::max(longest, slice.from_us - stopped[slice.vcpu]);
    stopped[slice.vcpu] = slice.to_us;
  }
  return longest;
}

TEST(CreditWait, OursIsThatOfXensRulesSliceBySlice) {
  for (std::size_t hogs = 2; hogs <= 16; ++hogs) {
    SCOPED_TRACE(hogs);
    Credit discipline(hogs, 1);
    for (std::size_t v = 0; v < hogs; ++v) {
      discipline.admit(id_at<VcpuId>(v), {.allowed = PcpuSet::first(1)});
      discipline.enqueue(kQueue, id_at<VcpuId>(v), EnqueueWhy::Fork, kit::at_ms(0));
    }
    EXPECT_EQ(kit::run_hogs(discipline, 2000), Xen(hogs, {.per_ms = 1'000'000, .at_once = true}).run(2000));
  }
}

TEST(CreditWait, IsTwiceTheHogsLessOneSlicesAtMostAndSometimesMoreThanTheHogs) {
  for (const std::int64_t hogs : {2, 3, 4, 5, 8, 12, 16})
    for (const std::int64_t acct_us : {30'000, 30'100, 25'000, 15'000, 100})
      for (const std::int64_t tick_us : {10'000, 10'050, 3'000, 7'000}) {
        const auto count = static_cast<std::size_t>(hogs);
        const std::int64_t longest =
            longest_wait_us(Xen(count, {.acct_us = acct_us, .tick_us = tick_us}).run(2000), count);
        EXPECT_LE(longest, (2 * hogs - 1) * kSliceUs) << hogs << " hogs";
        EXPECT_GE(longest, (hogs - 1) * kSliceUs) << "all others have a turn";
      }
  EXPECT_EQ(longest_wait_us(Xen(8, {.tick_us = 10'050}).run(2000), 8), 420'000);
  EXPECT_EQ(longest_wait_us(Xen(8, {.at_once = true}).run(2000), 8), 330'000);
}

}  // namespace
}  // namespace roost
