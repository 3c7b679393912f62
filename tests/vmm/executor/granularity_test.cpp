// Every discipline on runqueues of a pCPU, an LLC and the machine, in the simulated world: its monitor ends a run in
// which somebody is lost, or waits beside an idle pCPU of the runqueue.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "sched/policy/catalog.hpp"
#include "tests/kit/llc_host.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/kit/stepped_sleeper.hpp"
#include "vmm/executor/simulated_world.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

using Case = std::tuple<const DisciplineEntry*, Granularity>;

class EveryDiscipline : public testing::TestWithParam<Case> {};

/// As often as not all of the host.
PcpuSet some_of(const Topology& host, kit::Seeded& random) {
  PcpuSet set;
  for (std::size_t p = 0; p < host.pcpu_count(); ++p)
    if (random.below(3) == 0) set.insert(id_at<PcpuId>(p));
  return set.empty() || random.below(2) == 0 ? host.all() : set;
}

TEST_P(EveryDiscipline, RunsOnSharedRunqueues) {
  const auto& [entry, granularity] = GetParam();
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    kit::Seeded random(seed);
    SCOPED_TRACE(random.told());
    const Topology host = kit::llc_host({3, 4, 1});
    const std::size_t vcpus = 4 + random.below(14);
    SimulatedWorld world({.topology = host, .time_limit = 250ms},
                         std::move(*make_policy(entry->info.name, host, vcpus, granularity)));
    std::vector<std::unique_ptr<kit::SteppedSleeper>> sleepers;
    std::vector<SteppedTenant> tenants;
    for (std::size_t v = 0; v < vcpus; ++v) {
      const kit::SleeperHabits hog{.sleep_most = 0}, sleeper{};
      sleepers.push_back(std::make_unique<kit::SteppedSleeper>(random.below(3) == 0 ? hog : sleeper, random.next()));
      const VcpuTraits traits{.vm = id_at<VmId>(v % 2), .weight = Weight{50 + 50 * static_cast<std::uint32_t>(v % 3)},
                              .allowed = some_of(host, random)};
      tenants.push_back({sleepers.back().get(), traits, static_cast<std::uint32_t>(v / 2)});
    }
    EXPECT_EQ(world.run({{"even", "sleepers"}, {"odd", "sleepers"}}, tenants), RunEnd::TimeLimit);
    const RunReport report = world.report();
    std::uint64_t shared = 0;
    Duration ran{0};
    for (const VcpuReport& vcpu : report.vcpus) {
      ran += vcpu.run;
      for (const auto& causes : vcpu.migrations) shared += causes[static_cast<std::size_t>(MigrateWhy::Shared)];
    }
    EXPECT_GT(ran, 200ms);
    EXPECT_EQ(shared > 0, granularity != Granularity::Pcpu);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Granularities, EveryDiscipline,
    testing::Combine(testing::ValuesIn(standard_catalog().disciplines),
                     testing::Values(Granularity::Pcpu, Granularity::Llc, Granularity::Machine)),
    [](const auto& of) {
      return std::string(std::get<0>(of.param)->info.name) + "_" + name_of(std::get<1>(of.param));
    });

}  // namespace
}  // namespace roost
