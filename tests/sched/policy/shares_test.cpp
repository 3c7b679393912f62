// What vCPUs get in the long run under whole policies, on a host without costs.

#include <gtest/gtest.h>

#include "sched/policy/catalog.hpp"
#include "tests/kit/feasible_shares.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/kit/toy_host.hpp"

namespace roost {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

kit::Life hog(VcpuId, Time) { return {}; }

std::vector<VcpuTraits> vcpus_of_weights(const std::vector<std::uint32_t>& weights, std::size_t pcpus) {
  std::vector<VcpuTraits> vcpus;
  for (const std::uint32_t weight : weights)
    vcpus.push_back({.weight = Weight{weight}, .allowed = PcpuSet::first(pcpus)});
  return vcpus;
}

kit::ToyHost host(std::string_view spec, std::size_t pcpus, const std::vector<std::uint32_t>& weights,
                  kit::Lives lives) {
  const Topology topology = Topology::flat(pcpus);
  return kit::ToyHost(std::move(*make_policy(spec, topology, weights.size())), topology,
                      vcpus_of_weights(weights, pcpus), std::move(lives));
}

const std::vector<std::uint32_t> kFourVms{100, 100, 100, 100, 200, 200, 200, 200,
                                          300, 300, 300, 300, 400, 400, 400, 400};

void expect_shares_within_a_percent(kit::ToyHost& toys, Duration wall, std::size_t pcpus) {
  std::int64_t all = 0;
  for (const std::uint32_t weight : kFourVms) all += weight;
  for (std::size_t v = 0; v < kFourVms.size(); ++v) {
    const std::int64_t due = nanoseconds(wall) * static_cast<std::int64_t>(pcpus) * kFourVms[v] / all;
    EXPECT_NEAR(nanoseconds(toys.ran(id_at<VcpuId>(v))), due, due / 100) << "vCPU " << v;
  }
}

TEST(Shares, SixteenHogsOfFourVmsOnTwoPcpusShareByWeight) {
  for (const std::string_view spec : {"roost", "weighted_fair,balance=none", "weighted_fair,balance=push"}) {
    SCOPED_TRACE(spec);
    kit::ToyHost toys = host(spec, 2, kFourVms, hog);
    toys.run_until(time_at(0) + seconds(10));
    toys.check_invariants();
    expect_shares_within_a_percent(toys, seconds(10), 2);
  }
}

TEST(Shares, RoundRobinIgnoresWeights) {
  kit::ToyHost toys = host("round_robin", 1, {100, 400, 10000}, hog);
  toys.run_until(time_at(0) + seconds(9));
  for (std::uint32_t v = 0; v < 3; ++v) EXPECT_EQ(toys.ran(VcpuId{v}), seconds(3));
}

TEST(Shares, AHeavyVcpuThatNeedsLittleLeavesTheRestToTheOthers) {
  // The heavy one is entitled to 10 of 11 parts and asks for a tenth: it must get that, and at once.
  kit::ToyHost toys = host("roost", 1, {1000, 100}, [](VcpuId vcpu, Time) {
    return vcpu == VcpuId{0} ? kit::Life{milliseconds(1), milliseconds(9)} : kit::Life{};
  });
  toys.run_until(time_at(0) + seconds(10));
  EXPECT_NEAR(nanoseconds(toys.ran(VcpuId{0})), 1e9, 2e7);
  EXPECT_NEAR(nanoseconds(toys.ran(VcpuId{1})), 9e9, 2e7);
}

// ---- theory, row 13: infeasible weights ----

TEST(Shares, AWeightBeyondOnePcpuGetsOneAndTheOthersShareTheRest) {
  // Those within one pCPU each can be parted evenly among the rest of the pCPUs: a runqueue is one pCPU's (law 6).
  struct Case {
    std::size_t pcpus;
    std::vector<std::uint32_t> weights;
  };
  const Case cases[]{{2, {1000, 100, 100}},
                     {2, {10000, 100, 200, 300, 400}},
                     {3, {5000, 100, 100, 100, 100}},
                     {3, {5000, 4000, 100, 200, 100}},
                     {4, {10000, 3000, 100, 100, 100, 100}}};
  EXPECT_EQ(kit::feasible_shares({1000, 100, 100}, 2), (std::vector{1.0, 0.5, 0.5}));
  for (const auto& [pcpus, weights] : cases)
    for (const char* spec : {"roost", "cfs", "eevdf", "stride"}) {
      SCOPED_TRACE(spec);
      kit::ToyHost toys = host(spec, pcpus, weights, hog);
      toys.run_until(time_at(0) + seconds(10));
      toys.check_invariants();
      const std::vector<double> due = kit::feasible_shares(weights, pcpus);
      for (std::size_t v = 0; v < weights.size(); ++v)
        EXPECT_NEAR(static_cast<double>(nanoseconds(toys.ran(id_at<VcpuId>(v)))) / 1e10, due[v], 0.01)
            << "vCPU " << v << " of " << weights.size();
    }
}

TEST(Shares, ASleeperGetsNoMoreThanAHogOfTheSameWeight) {
  // It asks for half of the pCPU by sleeping as long as it runs; nine hogs are entitled to nine tenths.
  std::vector<std::uint32_t> weights(10, 100);
  kit::ToyHost toys = host("roost", 1, weights, [](VcpuId vcpu, Time) {
    return vcpu == VcpuId{0} ? kit::Life{milliseconds(1), milliseconds(1)} : kit::Life{};
  });
  toys.run_until(time_at(0) + seconds(10));
  EXPECT_LT(toys.ran(VcpuId{0}), milliseconds(1050));
  EXPECT_GT(toys.ran(VcpuId{0}), milliseconds(900));
}

TEST(Shares, AfterAnyBeginningHogsSettleWhereNoMoveHelps) {
  int uneven = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    kit::Seeded random(seed);
    SCOPED_TRACE(random.told());
    kit::ToyHost toys = host("roost", 2, kFourVms, [&random](VcpuId, Time now) {
      if (now > time_at(0) + seconds(1)) return kit::Life{};
      return kit::Life{microseconds(random.between(1, 20000)), microseconds(random.between(1, 20000))};
    });
    toys.run_until(time_at(0) + seconds(3));
    const std::uint64_t moved = toys.moved();
    const std::uint64_t here = toys.weight_of(PcpuId{0}), there = toys.weight_of(PcpuId{1});
    // Where no vCPU is lighter than the difference, only an exchange of two would help: rare, and one step off at most.
    EXPECT_LE(std::max(here, there) - std::min(here, there), 200u);
    uneven += here != there;
    toys.run_until(time_at(0) + seconds(6));
    EXPECT_EQ(toys.moved(), moved) << "hogs are moved for ever";
  }
  EXPECT_LE(uneven, 5);
}

TEST(Shares, WhoMayRunOnOnePcpuOnlyStaysThere) {
  std::vector<VcpuTraits> vcpus = vcpus_of_weights(std::vector<std::uint32_t>(6, 100), 2);
  PcpuSet first;
  first.insert(PcpuId{0});
  for (std::size_t v = 0; v < 3; ++v) vcpus[v].allowed = first;
  const Topology topology = Topology::flat(2);
  kit::ToyHost toys(std::move(*make_policy("roost", topology, 6)), topology, vcpus, hog);
  toys.run_until(time_at(0) + seconds(2));
  for (std::uint32_t v = 0; v < 3; ++v) EXPECT_EQ(toys.where(VcpuId{v}), PcpuId{0});
  for (std::uint32_t v = 3; v < 6; ++v) EXPECT_EQ(toys.where(VcpuId{v}), PcpuId{1});
}

TEST(Shares, OneSeedIsOneRun) {
  const auto run = [](std::uint64_t seed) {
    kit::Seeded random(seed);
    kit::ToyHost toys = host("roost", 3, kFourVms, [&random](VcpuId, Time) {
      return kit::Life{microseconds(random.between(1, 3000)), microseconds(random.between(1, 3000))};
    });
    toys.run_until(time_at(0) + seconds(1));
    std::vector<Duration> ran;
    for (std::size_t v = 0; v < kFourVms.size(); ++v) ran.push_back(toys.ran(id_at<VcpuId>(v)));
    return ran;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

}  // namespace
}  // namespace roost
