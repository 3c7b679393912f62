// Caches and memory in the simulated world: what switches, migrations and far pages cost a scripted vCPU.

#include <gtest/gtest.h>

#include "sched/policy/catalog.hpp"
#include "tests/kit/stepped_sleeper.hpp"
#include "vmm/executor/simulated_world.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr MemoryUse kHalfMegabyte{.working_set = 512 << 10, .lines_per_us = 40, .region = 0};

struct Scene {
  Topology topology = Topology::flat(1);
  std::size_t vcpus = 1;
  MemoryUse memory = kHalfMegabyte;
  std::vector<std::string> costs{};
  bool own_regions = true;  // one for each vCPU
  std::int64_t sleep_most = 0;
  const char* policy = "roost";
  std::vector<PcpuSet> moved_to{};  // at 20, 21, ... ms vCPU 0 may run on these
};

struct Outcome {
  RunReport report;
  std::vector<Event> events;
  std::vector<Duration> done;
};

Outcome simulate(const Scene& scene) {
  SimulatedConfig config{.topology = scene.topology, .time_limit = 200ms, .trace_capacity = 1'000'000};
  for (const std::string& cost : scene.costs) check(!config.costs.set(cost), "the test names costs that exist");
  auto policy = make_policy(scene.policy, scene.topology, scene.vcpus);
  SimulatedWorld world(std::move(config), std::move(*policy));
  std::vector<std::unique_ptr<kit::SteppedSleeper>> sleepers;
  std::vector<SteppedTenant> tenants;
  for (std::size_t i = 0; i < scene.vcpus; ++i) {
    kit::SleeperHabits habits{.sleep_most = scene.sleep_most, .memory = scene.memory};
    if (scene.own_regions) habits.memory.region = static_cast<std::uint32_t>(i);
    sleepers.push_back(std::make_unique<kit::SteppedSleeper>(habits, i + 1));
    tenants.push_back({sleepers.back().get(), {.allowed = scene.topology.all()}, static_cast<std::uint32_t>(i)});
  }
  for (std::size_t i = 0; i < scene.moved_to.size(); ++i)
    world.at(Time{} + 20ms + 1ms * static_cast<std::int64_t>(i),
             [&world, &scene, i] { world.changes().set_allowed(VcpuId{0}, scene.moved_to[i]); });
  world.run({{"vm", "sleepers"}}, tenants);
  Outcome out{.report = world.report(), .events = world.events(), .done = {}};
  for (const auto& sleeper : sleepers) out.done.push_back(sleeper->done());
  return out;
}

Topology two_nodes(std::uint32_t cores) {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t p = 0; p < 2 * cores; ++p) places.push_back({NodeId{p / cores}, p / cores, p / cores, p, 1024, p});
  return Topology(std::move(places), {});
}

Duration reload_of(const Outcome& out) {
  Duration sum{0};
  for (const VcpuReport& vcpu : out.report.vcpus) sum += vcpu.reload;
  return sum;
}

TEST(SimulatedMemory, AloneAVcpuLoadsItsWorkingSetOnce) {
  const Outcome out = simulate({});
  const std::int64_t lines = (512 << 10) / 64;
  const double want = static_cast<double>(lines * (15 - 4) + lines * (110 - 15)) / 4;
  EXPECT_NEAR(static_cast<double>(nanoseconds(out.report.vcpus[VcpuId{0}].reload)), want, 0.01 * want);
}

TEST(SimulatedMemory, WithoutAWorkingSetNothingIsPaid) {
  const Outcome out = simulate({.vcpus = 3, .memory = {}});
  EXPECT_EQ(reload_of(out), 0ns);
}

TEST(SimulatedMemory, WhoComesBackToAPcpuThatOthersUsedPaysAgain) {
  const Outcome small = simulate({.vcpus = 2, .memory = {.working_set = 16 << 10, .lines_per_us = 40}});
  const Outcome large = simulate({.vcpus = 2, .memory = {.working_set = 1 << 20, .lines_per_us = 40}});
  std::uint64_t slices = 0;
  for (const VcpuReport& vcpu : large.report.vcpus) slices += vcpu.slices;
  ASSERT_GT(slices, 10u);
  // The private cache has 1 MiB: of two such working sets one pushes most of the other out, each time.
  EXPECT_GT(reload_of(large), static_cast<std::int64_t>(slices) * 16us);
  EXPECT_LT(reload_of(small), 64us);
}

TEST(SimulatedMemory, RunTimeIsWorkAndWhatMemoryCost) {
  for (const std::size_t vcpus : {1, 3, 7}) {
    const Outcome out = simulate({.topology = two_nodes(1), .vcpus = vcpus, .costs = {"vm_exit=0", "numa.scan=5ms"}});
    for (std::size_t i = 0; i < vcpus; ++i) {
      const VcpuReport& vcpu = out.report.vcpus[id_at<VcpuId>(i)];
      const Duration work = out.done[i] + vcpu.reload + vcpu.remote_memory + vcpu.sampling;
      EXPECT_NEAR(static_cast<double>(nanoseconds(work)), static_cast<double>(nanoseconds(vcpu.run)), 2e6) << i;
      EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted, out.report.wall);
    }
  }
}

TEST(SimulatedMemory, PagesOfAnotherNodeSlowAWorkingSetThatNoCacheHolds) {
  const MemoryUse shared{.working_set = 64 << 20, .lines_per_us = 40, .region = 0};
  const std::vector<std::string> costs{"cache.llc=1024"};
  const Outcome near = simulate({.topology = Topology::flat(2), .vcpus = 2, .memory = shared, .costs = costs,
                                 .own_regions = false});
  const Outcome far = simulate({.topology = two_nodes(1), .vcpus = 2, .memory = shared, .costs = costs,
                                .own_regions = false});
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(near.report.vcpus[id_at<VcpuId>(i)].remote_memory, 0ns);
    EXPECT_GT(far.report.vcpus[id_at<VcpuId>(i)].remote_memory, 10ms) << "half of the pages are on the other node";
    EXPECT_LT(far.done[i], near.done[i]);
  }
}

TEST(SimulatedMemory, SamplingIsOffUnlessAskedForAndPagesFollowIt) {
  Scene scene{.topology = two_nodes(1), .vcpus = 3, .memory = {.working_set = 8 << 20, .lines_per_us = 100}};
  scene.sleep_most = 1'200'000;
  const Outcome off = simulate(scene);
  EXPECT_EQ(off.report.simulation.hint_faults, 0u);
  scene.costs = {"numa.scan=1ms"};
  const Outcome sampled = simulate(scene);
  EXPECT_GT(sampled.report.simulation.hint_faults, 100u);
  EXPECT_EQ(sampled.report.simulation.pages_moved, 0u);
  EXPECT_GT(sampled.report.vcpus[VcpuId{0}].sampling, 100us);
  scene.costs.push_back("numa.moves=1");
  EXPECT_GT(simulate(scene).report.simulation.pages_moved, 0u);
}

std::uint64_t numa_moves(const RunReport& report) {
  std::uint64_t sum = 0;
  for (const VcpuReport& vcpu : report.vcpus)
    for (const auto& causes : vcpu.migrations) sum += causes[static_cast<std::size_t>(MigrateWhy::Numa)];
  return sum;
}

/// Two nodes of two pCPUs; vCPU 0 touches its memory on the first, is sent to the second, and may then go anywhere.
Scene driven_away(const char* policy) {
  const Topology host = two_nodes(2);
  PcpuSet second;
  second.insert(PcpuId{2});
  return {.topology = host, .memory = {.working_set = 16 << 20, .lines_per_us = 40}, .costs = {"cache.llc=1024"},
          .policy = policy, .moved_to = {second, host.all()}};
}

TEST(SimulatedMemory, AVcpuGoesBackToItsMemory) {
  Scene stays = driven_away("roost");
  stays.costs.push_back("numa.scan=10ms");
  const Outcome off = simulate(stays);
  const Outcome follows = simulate(driven_away("roost,numa=follow_memory,window=100ms,scan=10ms"));
  EXPECT_EQ(numa_moves(off.report), 0u);
  EXPECT_EQ(numa_moves(follows.report), 1u) << "it stays there then";
  EXPECT_EQ(follows.report.simulation.pages_moved, 0u) << "they need not";
  const VcpuReport &far = off.report.vcpus[VcpuId{0}], &near = follows.report.vcpus[VcpuId{0}];
  EXPECT_GT(far.numa_remote * 2, far.numa_samples);
  EXPECT_LT(near.numa_remote * 2, near.numa_samples);
  EXPECT_GT(follows.done[0], off.done[0]);
}

TEST(SimulatedMemory, PagesComeToAVcpuThatMayNotGoBack) {
  Scene scene = driven_away("roost,numa=follow_memory,window=100ms,scan=2ms");
  scene.moved_to.pop_back();
  const Outcome out = simulate(scene);
  EXPECT_EQ(numa_moves(out.report), 0u);
  EXPECT_GT(out.report.simulation.pages_moved, 1000u);
}

TEST(SimulatedMemory, GivesTheSameTraceTwice) {
  const Scene scene{.topology = two_nodes(2), .vcpus = 9, .costs = {"numa.scan=1ms", "numa.moves=1"},
                    .sleep_most = 1'200'000};
  const Outcome first = simulate(scene), second = simulate(scene);
  ASSERT_EQ(first.events.size(), second.events.size());
  for (std::size_t i = 0; i < first.events.size(); ++i) ASSERT_EQ(first.events[i].at, second.events[i].at) << i;
  EXPECT_EQ(first.done, second.done);
}

}  // namespace
}  // namespace roost
