#include "vmm/executor/live_world.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "sched/discipline/contract.hpp"
#include "sched/policy/catalog.hpp"
#include "tests/kit/broken_discipline.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/kit/token_ring.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

Policy policy_of(std::string_view spec, std::size_t pcpus, std::size_t vcpus) {
  return std::move(*make_policy(spec, Topology::flat(pcpus), vcpus));
}

std::unique_ptr<LiveWorld> world_of(std::size_t pcpus, std::string_view policy, std::size_t vcpus,
                                    Duration limit = Duration::max(), std::size_t trace = 0) {
  LiveConfig config{.topology = Topology::flat(pcpus), .time_limit = limit, .trace_capacity = trace};
  if (policy == "host") return LiveWorld::host_threads(std::move(config));
  return LiveWorld::pinned(std::move(config), policy_of(policy, pcpus, vcpus));
}

struct Case {
  std::size_t pcpus, vcpus, tokens, vms;
  const char* policy;
  Granularity granularity = Granularity::Pcpu;
};

/// Each token waits for the window of the VM that it goes to.
constexpr const char* kTable = "static_table,frame=100us,window=50us,slice=50us";

class LiveWorldRing : public testing::TestWithParam<Case> {};

// Every pass needs the wakeup before it: the ring turns to its end only if none is lost.
TEST_P(LiveWorldRing, LosesNoWakeup) {
  const Case c = GetParam();
  const Topology host = Topology::flat(c.pcpus);
  auto world = c.granularity == Granularity::Pcpu
                   ? world_of(c.pcpus, c.policy, c.vcpus)
                   : LiveWorld::pinned({.topology = host},
                                       std::move(*make_policy(c.policy, host, c.vcpus, c.granularity)));
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
                                         Case{3, 16, 16, 1, "roost"}, Case{1, 8, 4, 2, kTable},
                                         Case{2, 8, 6, 2, kTable}, Case{2, 4, 2, 1, "host"},
                                         Case{2, 16, 5, 2, "host"}, Case{2, 8, 3, 2, "roost", Granularity::Machine},
                                         Case{4, 9, 5, 3, "round_robin", Granularity::Machine},
                                         Case{2, 8, 6, 2, kTable, Granularity::Machine}));

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

// Whichever thread meets it first: the others come to their ends, and run() says what it was.
TEST(LiveWorld, EndsWithTheSentenceOfADisciplineThatBreaksItsContract) {
  using kit::Lie;
  for (const Lie lie : {Lie::PicksNobody, Lie::SliceOfNothing, Lie::PicksUnknown}) {
    Policy policy = policy_of("round_robin", 2, 6);
    policy.discipline = std::make_unique<kit::Broken>(std::move(policy.discipline), lie);
    auto world = LiveWorld::pinned({.topology = Topology::flat(2)}, std::move(policy));
    kit::TokenRing ring(*world, 6, 4, UINT32_MAX);
    std::jthread other([&] {
      while (world->change([](RunChanges& run) { run.set_weight(VcpuId{0}, Weight{200}); })) {}
    });
    try {
      world->run(ring.vms(), ring.tenants(PcpuSet::first(2)));
      ADD_FAILURE() << "no breach";
    } catch (const ContractBreach& breach) {
      EXPECT_TRUE(std::string(breach.what()).starts_with("discipline 'broken' broke rule ")) << breach.what();
    }
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

/// The ring has turned to its end, and changes were made meanwhile.
void expect_whole(LiveWorld& world, const kit::TokenRing& ring, std::uint64_t made) {
  EXPECT_GE(ring.passes(), 20'000u);
  EXPECT_GT(made, 0u);
  for (const VcpuReport& vcpu : world.report().vcpus)
    EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted, vcpu.lifetime);
}

// Weights, affinities, pCPUs and the policy change from another thread all the while; the ring still turns to its end.
TEST(LiveWorld, LosesNoWakeupWhileEverythingIsChanged) {
  constexpr std::size_t kPcpus = 3, kVcpus = 12;
  for (const char* policy : {"roost", "round_robin"}) {
    auto world = world_of(kPcpus, policy, kVcpus);
    kit::TokenRing ring(*world, kVcpus, 5, 20'000, 2);
    kit::Seeded random(7);
    SCOPED_TRACE(random.told());
    std::uint64_t made = 0;
    std::jthread other([&] {
      const auto change = [&](RunChanges& run) {
        const auto vcpu = id_at<VcpuId>(random.below(kVcpus));
        const auto pcpu = id_at<PcpuId>(random.below(kPcpus));
        PcpuSet set = PcpuSet::first(kPcpus);
        set.erase(id_at<PcpuId>(random.below(kPcpus)));
        switch (random.below(5)) {
          case 0: made += run.set_weight(vcpu, Weight{1 + static_cast<std::uint32_t>(random.below(1000))}).done; break;
          case 1: made += run.set_allowed(vcpu, set).done; break;
          case 2:
            made += run.set_policy(policy_of(random.below(2) ? "roost" : "round_robin", kPcpus, kVcpus)).done;
            break;
          default: made += run.set_online(pcpu, random.below(2) == 0).done;
        }
      };
      while (world->change(change)) {}
    });
    EXPECT_EQ(world->run(ring.vms(), ring.tenants(PcpuSet::first(kPcpus))), RunEnd::AllStopped);
    other.join();
    expect_whole(*world, ring, made);
  }
}

/// pCPUs 0 and 1 under one policy, 2 a pool under another; vCPUs are sent from one to the other, and the pool's policy
/// changes, all the while.
TEST(LiveWorld, LosesNoWakeupWhileVcpusGoFromPoolToPool) {
  constexpr std::size_t kPcpus = 3, kVcpus = 8;
  PcpuSet right;
  right.insert(PcpuId{2});
  const std::vector<PcpuSet> pools{PcpuSet::first(2), right};
  const auto of_pool = [&](std::string_view spec) {
    Policy policy = policy_of(spec, kPcpus, kVcpus);
    policy.pool = PoolId{1};
    policy.pcpus = right;
    return policy;
  };
  std::vector<Policy> beside;
  beside.push_back(of_pool("round_robin"));
  auto world = LiveWorld::pinned({.topology = Topology::flat(kPcpus)},
                                 with_pools(policy_of("roost", kPcpus, kVcpus), std::move(beside)));
  kit::TokenRing ring(*world, kVcpus, 4, 20'000, 2);
  kit::Seeded random(7);
  SCOPED_TRACE(random.told());
  std::uint64_t made = 0;
  std::jthread other([&] {
    const auto change = [&](RunChanges& run) {
      if (random.below(8) == 0) made += run.set_policy(of_pool(random.below(2) ? "credit2" : "roost,place=null")).done;
      made += run.set_allowed(id_at<VcpuId>(random.below(kVcpus)), pools[random.below(2)]).done;
    };
    while (world->change(change)) {}
  });
  EXPECT_EQ(world->run(ring.vms(), ring.tenants(PcpuSet::first(2))), RunEnd::AllStopped);
  other.join();
  expect_whole(*world, ring, made);
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
