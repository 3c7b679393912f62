// Shares of CPU-bound vCPUs over several pCPUs, in virtual time: every vCPU uses each slice to its end.

#include <gtest/gtest.h>

#include <numeric>

#include "sched/policy/catalog.hpp"
#include "tests/kit/fake_world.hpp"
#include "vmm/executor/dispatcher.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

struct Shares {
  std::vector<double> of_vcpu;  // of all time that was run
  std::uint64_t migrations = 0;
};

Shares run_hogs(std::size_t pcpus, const std::vector<std::uint32_t>& weights, Duration length) {
  const Topology topology = Topology::flat(pcpus);
  Policy policy = std::move(*make_policy("roost", topology, weights.size()));
  kit::FakeWorld world;
  std::vector<VcpuTraits> traits;
  for (const std::uint32_t w : weights) traits.push_back({.weight = Weight{w}, .allowed = topology.all()});
  Dispatcher dispatcher(world, std::move(policy), topology, traits);
  dispatcher.start(world.now());
  std::vector<Dispatcher::Next> now_running;
  for (std::size_t p = 0; p < pcpus; ++p) {
    world.act_as(id_at<PcpuId>(p));
    now_running.push_back(dispatcher.next(id_at<PcpuId>(p)));
  }
  const Time end = world.now() + length;
  for (;;) {
    const auto first = std::min_element(now_running.begin(), now_running.end(),
                                        [](const auto& a, const auto& b) { return a.until < b.until; });
    const auto pcpu = id_at<PcpuId>(static_cast<std::size_t>(first - now_running.begin()));
    if (first->until >= end) break;
    if (first->until > world.now()) world.advance(first->until - world.now());
    world.act_as(pcpu);
    *first = dispatcher.returned(pcpu, {.why = ExitWhy::BudgetSpent});
  }
  world.advance(end - world.now());
  dispatcher.close(end);
  RunReport report;
  dispatcher.fill(report);
  Shares shares;
  Duration all{0};
  for (const VcpuReport& vcpu : report.vcpus) all += vcpu.run;
  for (const VcpuReport& vcpu : report.vcpus) {
    shares.of_vcpu.push_back(static_cast<double>(vcpu.run.count()) / static_cast<double>(all.count()));
    for (const auto& by_why : vcpu.migrations) shares.migrations += std::accumulate(by_why.begin(), by_why.end(), 0ULL);
  }
  return shares;
}

/// Expects each vCPU's share to be its weight's within `tolerance` of that share.
void expect_fair(std::size_t pcpus, const std::vector<std::uint32_t>& weights, double tolerance) {
  const Shares shares = run_hogs(pcpus, weights, 60s);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i)
    EXPECT_NEAR(shares.of_vcpu[i] * total / weights[i], 1.0, tolerance) << "vCPU " << i << " of weight " << weights[i];
}

std::vector<std::uint32_t> four_vms(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  std::vector<std::uint32_t> weights;
  for (const std::uint32_t w : {a, b, c, d}) weights.insert(weights.end(), 4, w);
  return weights;
}

TEST(Fairness, EqualWeightsOnOnePcpu) { expect_fair(1, {100, 100, 100}, 0.01); }
TEST(Fairness, UnequalWeightsOnOnePcpu) { expect_fair(1, {100, 200, 700}, 0.01); }
TEST(Fairness, SixteenVcpusOfFourVmsOnTwoPcpus) { expect_fair(2, four_vms(100, 200, 300, 400), 0.01); }
TEST(Fairness, SixteenVcpusOfFarApartWeights) { expect_fair(2, four_vms(50, 100, 400, 800), 0.01); }
TEST(Fairness, EqualWeightsOnFourPcpus) { expect_fair(4, std::vector<std::uint32_t>(16, 100), 0.01); }

TEST(Fairness, AStaticSetOfHogsStopsMoving) {
  const Shares settled = run_hogs(2, four_vms(100, 200, 300, 400), 60s);
  EXPECT_LT(settled.migrations, 50u);
}

}  // namespace
}  // namespace roost
