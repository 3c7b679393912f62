// Theory: under weighted fair queueing hogs get their shares w / W, and their virtual times stay together.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sched/discipline/cfs.hpp"
#include "sched/discipline/eevdf.hpp"
#include "tests/kit/one_queue.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;

const std::vector<std::int64_t> kWeights{100, 125, 156, 195, 800};  // steps of nice, and a heavy one

/// Of each vCPU, in parts of the time until `end`; `after` is called after each slice from `settled` on.
template <typename After>
std::vector<double> shares(Discipline& discipline, Time settled, Time end, After after) {
  std::uint32_t id = 0;
  for (const std::int64_t weight : kWeights) {
    discipline.admit(VcpuId{id}, {.weight = Weight{static_cast<std::uint32_t>(weight)}, .allowed = PcpuSet::first(1)});
    discipline.enqueue(kQueue, VcpuId{id++}, EnqueueWhy::Fork, at_ms(0));
  }
  std::vector<std::int64_t> ran(kWeights.size());
  Time now = at_ms(0);
  while (now < end) {
    const Pick pick = *discipline.pick(kQueue, now);
    if (now >= settled) ran[index(pick.vcpu)] += (pick.until - now).count();
    discipline.charge(kQueue, pick.vcpu, pick.until - now, pick.until);
    now = pick.until;
    discipline.enqueue(kQueue, pick.vcpu, EnqueueWhy::SliceEnd, now);
    discipline.check_invariants(kQueue);
    if (now >= settled) after();
  }
  std::vector<double> parts;
  const auto wall = static_cast<double>((now - settled).count());
  for (const std::int64_t ns : ran) parts.push_back(static_cast<double>(ns) / wall);
  return parts;
}

void expect_by_weight(const std::vector<double>& parts) {
  double all = 0;
  for (const std::int64_t weight : kWeights) all += static_cast<double>(weight);
  for (std::size_t v = 0; v < kWeights.size(); ++v)
    EXPECT_NEAR(parts[v], static_cast<double>(kWeights[v]) / all, 0.005) << "vCPU " << v;
}

TEST(FairTheory, CfsSharesByWeightOver100PeriodsAndVirtualTimesStayTogether) {
  Cfs discipline(kWeights.size(), 1);  // a period of 24 ms, granularity 3 ms
  // The longest slice in virtual time is the least one, 3 ms, of weight 100; and one wakeup granularity.
  constexpr std::int64_t kSpread = 3'000'000 + 4'000'000;
  const auto check_spread = [&] {
    std::vector<std::int64_t> v;
    for (std::uint32_t id = 0; id < kWeights.size(); ++id) v.push_back(discipline.urgency_of(VcpuId{id}));
    const auto [least, most] = std::minmax_element(v.begin(), v.end());
    ASSERT_LE(*most - *least, kSpread);
  };
  expect_by_weight(shares(discipline, at_ms(1000), at_ms(1000 + 2400), check_spread));
}

TEST(FairTheory, EevdfSharesByWeightOver100RequestsOfAll) {
  Eevdf discipline(kWeights.size(), 1);  // requests of 2.8 ms: five of them in a round
  expect_by_weight(shares(discipline, at_ms(0), at_ms(1400), [] {}));
}

}  // namespace
}  // namespace roost
