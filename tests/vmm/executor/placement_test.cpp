// Every placement with every balancer, on a simulated host of threads, cores and nodes: the monitor watches.

#include <gtest/gtest.h>

#include <set>

#include "sched/policy/catalog.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/kit/stepped_sleeper.hpp"
#include "vmm/executor/simulated_world.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

/// Two nodes of two LLCs, each of two cores of two pCPUs.
Topology smt_host() { return kit::even_host({.pcpus = 16, .core = 2, .llc = 4, .node = 8}); }

class EveryPlacementAndBalance
    : public testing::TestWithParam<std::tuple<const PlacementEntry*, const BalanceEntry*>> {};

TEST_P(EveryPlacementAndBalance, RunsUnderTheMonitorAndTheSameAgain) {
  const auto& [placement, balance] = GetParam();
  const std::string policy =
      "roost,place=" + std::string(placement->info.name) + ",balance=" + std::string(balance->info.name);
  const auto run = [&](std::uint64_t seed) {
    kit::Seeded random(seed);
    const Topology host = smt_host();
    const std::size_t vcpus = 4 + random.below(30);
    SimulatedWorld world({.topology = host, .time_limit = 250ms, .trace_capacity = 1 << 20},
                         std::move(*make_policy(policy, host, vcpus)));
    std::vector<std::unique_ptr<kit::SteppedSleeper>> sleepers;
    std::vector<SteppedTenant> tenants;
    for (std::size_t v = 0; v < vcpus; ++v) {
      const kit::SleeperHabits hog{.sleep_most = 0}, sleeper{};
      sleepers.push_back(std::make_unique<kit::SteppedSleeper>(random.below(3) == 0 ? hog : sleeper, random.next()));
      PcpuSet allowed = host.all();
      if (random.below(4) == 0) allowed.erase(id_at<PcpuId>(random.below(16)));
      tenants.push_back({sleepers.back().get(), {.vm = VmId{0}, .weight = kDefaultWeight, .allowed = allowed},
                         static_cast<std::uint32_t>(v)});
    }
    EXPECT_EQ(world.run({{"one", "sleepers"}}, tenants), RunEnd::TimeLimit);
    std::vector<std::pair<PcpuId, VcpuId>> switches;
    for (const Event& event : world.events())
      if (event.kind == EventKind::Switch) switches.emplace_back(event.pcpu, event.vcpu);
    return switches;
  };
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    const auto once = run(seed);
    EXPECT_GT(once.size(), 100u);
    EXPECT_EQ(once, run(seed));
  }
}

/// A heavy hog on pCPU 0 and a light one on pCPU 1; then a VM of two light ones. By weight alone both come to pCPU 1.
TEST(AntiStacking, TwoVcpusOfAVmShareAPcpuOnlyWhenTheyMust) {
  const auto places_of_vm = [](const std::string& placement) {
    const Topology host = Topology::flat(2);
    SimulatedWorld world({.topology = host, .time_limit = 50ms, .trace_capacity = 1 << 16},
                         std::move(*make_policy("roost,balance=none,place=" + placement, host, 4)));
    std::vector<std::unique_ptr<kit::SteppedSleeper>> hogs;
    std::vector<SteppedTenant> tenants;
    for (const std::uint32_t weight : {1000, 100, 100, 100}) {
      hogs.push_back(std::make_unique<kit::SteppedSleeper>(kit::SleeperHabits{.sleep_most = 0}, hogs.size()));
      const bool first = hogs.size() <= 2;
      tenants.push_back({hogs.back().get(),
                         {.vm = VmId{first ? 0U : 1U}, .weight = Weight{weight}, .allowed = host.all()}, 0});
    }
    world.run({{"two", "hogs"}, {"two", "siblings"}}, tenants);
    std::set<PcpuId> places;
    for (const Event& event : world.events())
      if (event.kind == EventKind::Switch && (event.vcpu == VcpuId{2} || event.vcpu == VcpuId{3}))
        places.insert(event.pcpu);
    return places.size();
  };
  EXPECT_EQ(places_of_vm("last_idle_least"), 1u);
  EXPECT_EQ(places_of_vm("anti_stacking"), 2u);
}

INSTANTIATE_TEST_SUITE_P(Pieces, EveryPlacementAndBalance,
                         testing::Combine(testing::ValuesIn(standard_catalog().placements),
                                          testing::ValuesIn(standard_catalog().balances)),
                         [](const auto& of) {
                           return std::string(std::get<0>(of.param)->info.name) + "_" +
                                  std::string(std::get<1>(of.param)->info.name);
                         });

}  // namespace
}  // namespace roost
