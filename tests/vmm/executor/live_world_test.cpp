#include "vmm/executor/live_world.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "sched/policy/catalog.hpp"
#include "tests/kit/token_ring.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<LiveWorld> world_of(std::size_t pcpus, std::string_view policy, std::size_t vcpus,
                                    Duration limit = Duration::max(), std::size_t trace = 0) {
  LiveConfig config{.topology = Topology::flat(pcpus), .time_limit = limit, .trace_capacity = trace};
  if (policy == "host") return LiveWorld::host_threads(std::move(config));
  auto made = make_policy(policy, config.topology, vcpus, pcpus);
  return LiveWorld::pinned(std::move(config), std::move(*made));
}

struct Case {
  std::size_t pcpus, vcpus, tokens, vms;
  const char* policy;
};

class LiveWorldRing : public testing::TestWithParam<Case> {};

// Every pass needs the wakeup before it: the ring turns to its end only if none is lost.
TEST_P(LiveWorldRing, LosesNoWakeup) {
  const Case c = GetParam();
  auto world = world_of(c.pcpus, c.policy, c.vcpus);
  kit::TokenRing ring(*world, c.vcpus, c.tokens, 20'000, c.vms);
  EXPECT_EQ(world->run(ring.vms(), ring.tenants(PcpuSet::first(c.pcpus))), RunEnd::AllStopped);
  EXPECT_GE(ring.passes(), 20'000u);
  const RunReport report = world->report();
  for (const VcpuReport& vcpu : report.vcpus) {
    EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted, vcpu.lifetime);
    EXPECT_LE(vcpu.lifetime, report.wall);
  }
  for (const PcpuReport& pcpu : report.pcpus) EXPECT_EQ(pcpu.busy + pcpu.idle + pcpu.overhead, report.wall);
}

INSTANTIATE_TEST_SUITE_P(Shapes, LiveWorldRing,
                         testing::Values(Case{1, 2, 1, 1, "round_robin"}, Case{2, 2, 1, 1, "round_robin"},
                                         Case{2, 7, 3, 2, "roost"}, Case{2, 64, 8, 8, "roost"},
                                         Case{2, 64, 60, 8, "round_robin"}, Case{4, 9, 2, 3, "roost"},
                                         Case{3, 16, 16, 1, "roost"}, Case{2, 4, 2, 1, "host"},
                                         Case{2, 16, 5, 2, "host"}));

TEST(LiveWorld, StopsAtTheTimeLimitAndStillAddsUp) {
  for (const char* policy : {"roost", "host"}) {
    auto world = world_of(2, policy, 3, 200ms);
    kit::TokenRing ring(*world, 3, 1, UINT32_MAX);
    EXPECT_EQ(world->run(ring.vms(), ring.tenants(PcpuSet::first(2))), RunEnd::TimeLimit);
    EXPECT_GT(ring.passes(), 0u);
    for (const VcpuReport& vcpu : world->report().vcpus)
      EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted, vcpu.lifetime);
  }
}

TEST(LiveWorld, CanBeInterrupted) {
  for (const char* policy : {"roost", "host"}) {
    auto world = world_of(2, policy, 3);
    kit::TokenRing ring(*world, 3, 1, UINT32_MAX);
    std::jthread other([&] { world->interrupt(); });
    EXPECT_EQ(world->run(ring.vms(), ring.tenants(PcpuSet::first(2))), RunEnd::Interrupted);
  }
}

TEST(LiveWorld, TracesSwitchesInTimeOrder) {
  auto world = world_of(2, "roost", 4, Duration::max(), 100'000);
  kit::TokenRing ring(*world, 4, 1, 500);
  world->run(ring.vms(), ring.tenants(PcpuSet::first(2)));
  const std::vector<Event> events = world->events();
  EXPECT_EQ(world->events_lost(), 0u);
  std::uint64_t switched_in = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_GE(events[i].at, events[i ? i - 1 : 0].at);
    switched_in += events[i].kind == EventKind::Switch && events[i].vcpu != kNoVcpu;
  }
  std::uint64_t slices = 0;
  for (const VcpuReport& vcpu : world->report().vcpus) slices += vcpu.slices;
  EXPECT_EQ(switched_in, slices);
}

}  // namespace
}  // namespace roost
