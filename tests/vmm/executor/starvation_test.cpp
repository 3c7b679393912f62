// Nobody waits longer than its discipline says; and whoever does is told of.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>

#include "sched/discipline/contract.hpp"
#include "sched/policy/catalog.hpp"
#include "tests/kit/broken_discipline.hpp"
#include "tests/kit/dispatcher_scene.hpp"
#include "tests/kit/llc_host.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/kit/stepped_sleeper.hpp"
#include "vmm/executor/monitor.hpp"
#include "vmm/executor/simulated_world.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

constexpr int kRandomLoads = 50;
constexpr kit::SleeperHabits kHog{.sleep_most = 0};
constexpr kit::SleeperHabits kShort{.run_least = 1'000'000, .run_most = 2'000'000, .sleep_least = 100'000,
                                    .sleep_most = 3'000'000};

struct Member {
  kit::SleeperHabits habits;
  std::uint32_t weight = 100;
  PcpuSet allowed{};  // empty: all
};

struct Host {
  Topology topology = Topology::flat(1);
  Granularity shared_by = Granularity::Pcpu;

  Policy policy(const std::string& spec, std::size_t vcpus) const {
    return std::move(*make_policy(spec, topology, vcpus, shared_by));
  }
};

/// These vCPUs, of two VMs. Throws what the monitor does.
RunReport run(const std::vector<Member>& members, Policy policy, const Topology& topology, Duration limit) {
  SimulatedWorld world({.topology = topology, .time_limit = limit}, std::move(policy));
  std::deque<kit::SteppedSleeper> vcpus;
  std::vector<SteppedTenant> tenants;
  for (const Member& member : members) {
    const auto v = static_cast<std::uint32_t>(vcpus.size());
    const PcpuSet allowed = member.allowed.empty() ? topology.all() : member.allowed;
    tenants.push_back({&vcpus.emplace_back(member.habits, v + 1),
                       {.vm = VmId{v % 2}, .weight = Weight{member.weight}, .allowed = allowed}, v});
  }
  world.run({{"a", "sleepers"}, {"b", "sleepers"}}, tenants);
  return world.report();
}

RunReport run(const std::vector<Member>& members, const std::string& spec, const Host& host = {}, Duration limit = 5s) {
  return run(members, host.policy(spec, members.size()), host.topology, limit);
}

class StarvationBound : public testing::TestWithParam<const DisciplineEntry*> {};

TEST_P(StarvationBound, HoldsUnderHeavyLoad) {
  const std::string name(GetParam()->info.name);
  const std::vector<std::vector<Member>> loads{
      std::vector<Member>(8, {kHog}),
      {{kHog}, {kShort}, {kShort}, {kShort}, {kShort}, {kShort}, {kHog}},
      {{kHog, 50}, {kHog, 300}, {kShort, 100}, {kShort, 1000}, {kHog, 100}, {kShort, 20}},
  };
  for (const auto& load : loads)
    for (const Granularity shared_by : {Granularity::Pcpu, Granularity::Machine})
      for (const std::size_t pcpus : {1, 2, 3}) {
        SCOPED_TRACE(std::string(name_of(shared_by)) + " of " + std::to_string(pcpus));
        for (const VcpuReport& vcpu : run(load, name, {Topology::flat(pcpus), shared_by}).vcpus)
          EXPECT_LE(vcpu.longest_wait, tolerated(vcpu.wait_bound));
      }
}

PcpuSet some_of(const Topology& host, kit::Seeded& random) {
  PcpuSet set;
  for (std::size_t p = 0; p < host.pcpu_count(); ++p)
    if (random.below(2) == 0) set.insert(id_at<PcpuId>(p));
  return set;
}

Host random_host(kit::Seeded& random) {
  if (random.below(3) == 0) return {Topology::flat(1 + random.below(4))};
  const Granularity shared_by = random.below(2) ? Granularity::Llc : Granularity::Machine;
  return {kit::llc_host({1 + random.below(4), random.below(4)}), shared_by};
}

TEST_P(StarvationBound, HoldsUnderRandomLoads) {
  kit::Seeded random(3);
  SCOPED_TRACE(random.told());
  constexpr std::array kWeights{10u, 50u, 100u, 100u, 100u, 200u, 1000u};
  for (int load = 0; load < kRandomLoads; ++load) {
    const bool equal = random.below(2) == 0, restricted = random.below(3) == 0;
    const Host host = random_host(random);
    std::vector<Member> members(static_cast<std::size_t>(random.between(2, 12)));
    for (Member& member : members) {
      const std::int64_t runs = random.between(20'000, 4'000'000), sleeps = random.between(20'000, 8'000'000);
      member.habits = random.below(3) == 0 ? kHog
                                           : kit::SleeperHabits{.run_least = runs / 2, .run_most = runs,
                                                                .sleep_least = sleeps / 8, .sleep_most = sleeps};
      member.weight = equal ? 100 : kWeights[random.below(kWeights.size())];
      if (restricted && random.below(2) == 0) member.allowed = some_of(host.topology, random);
    }
    SCOPED_TRACE(load);
    run(members, std::string(GetParam()->info.name), host, 3s);
  }
}

INSTANTIATE_TEST_SUITE_P(Disciplines, StarvationBound, testing::ValuesIn(standard_catalog().disciplines),
                         [](const auto& entry) { return std::string(entry.param->info.name); });

// By hand, for n vCPUs of weight 100 and the usual constants; and beside one of weight 300.
TEST(StarvationBounds, AreThoseOfTheRules) {
  const auto bound = [](const std::string& spec, std::initializer_list<std::uint32_t> weights) {
    Crowd crowd;
    for (const std::uint32_t weight : weights) crowd.add(Weight{weight});
    return make_policy(spec, Topology::flat(1), 8)->discipline->waits_at_most(crowd);
  };
  EXPECT_EQ(bound("round_robin", {100, 100, 100}), 6ms) << "two slices of 3 ms";
  EXPECT_EQ(bound("round_robin", {100}), 0ms);
  EXPECT_EQ(bound("mlfq", {100, 100, 100}), 1030ms) << "a boost, three turns of 10 ms";
  EXPECT_EQ(bound("weighted_fair", {100, 100}), 16ms) << "(3 + 1 + 6) ms * 100 / 100 + 6 ms";
  EXPECT_EQ(bound("weighted_fair", {100, 300}), 36ms) << "(3 + 1 + 6) ms * 300 / 100 + 6 ms";
  EXPECT_EQ(bound("cfs,cpus=1", {100, 100}), 16ms) << "(3 + 6 + 1) ms * 100 / 100 + 6 ms";
  EXPECT_EQ(bound("credit2", {100, 100}), 40'550us) << "(10 + 0.5 + 0.05 + 10) ms + 2 * 10 ms";
  EXPECT_EQ(bound("eevdf,cpus=1", {100, 100}), 18'800us) << "4 ms * 2 * 2 + 0.7 ms * 2 + 2 * 0.7 ms";
  EXPECT_EQ(bound("windows_nt", {100, 100}), 6'062'500us) << "4 s + 2 s + 2 quanta of 31.25 ms";
  EXPECT_EQ(bound("windows_nt", {100, 10000}), kNoBound) << "one is real-time";
  EXPECT_EQ(bound("solaris_ts", {100, 100}), 3'400ms) << "3 updates + 2 * 200 ms";
  EXPECT_EQ(bound("solaris_ts", {100, 300}), kNoBound) << "a light one may starve";
  EXPECT_EQ(bound("static_table", {100, 100}), 60ms) << "4 ms of turns in a window of 10 ms, in each frame of 20 ms";
  EXPECT_EQ(bound("priority_arrays", {100, 100}), 4'800ms) << "2 * 2 * (1 s + 2 * 100 ms)";
  EXPECT_EQ(bound("priority_arrays,starvation=0ms", {100, 100}), kNoBound);
  for (const char* starves : {"fifo", "sjf", "stcf", "lottery", "ule", "edf", "rtds", "credit", "stride"})
    EXPECT_EQ(bound(starves, {100, 100}), kNoBound) << starves;
}

// The balance set manager looks at 16 who wait: those of one level may keep it from the level below.
TEST(StarvationBounds, WindowsFindsWhoStarvesAmongSixteen) {
  std::vector<Member> members(17, {kHog});
  members.back().weight = 20;
  const VcpuReport found = run(members, "windows_nt", {}, 20s).vcpus[VcpuId{16}];
  EXPECT_LE(found.longest_wait, tolerated(found.wait_bound));
  EXPECT_NE(found.wait_bound, kNoBound);
  members.resize(25, {kHog});
  const VcpuReport starves = run(members, "windows_nt", {}, 20s).vcpus[VcpuId{16}];
  EXPECT_EQ(starves.wait_bound, kNoBound);
  EXPECT_GT(starves.longest_wait, 15s);
}

// Feedback queues starve who is low until the next boost (Arpaci-Dusseau); then all have a turn on the top level.
TEST(StarvationTheory, AHogBelowShortOnesWaitsForTheBoostInMlfq) {
  std::vector<Member> members(7, {kShort});
  members[0] = {kHog};
  const VcpuReport hog = run(members, "mlfq,boost=500ms,allotment=100ms").vcpus[VcpuId{0}];
  EXPECT_GT(hog.longest_wait, 350ms) << "the short ones fill the pCPU";
  EXPECT_LE(hog.longest_wait, 500ms + 7 * 100ms);
}

// Xen's credit, k equal hogs: one that is OVER owes 30 ms at most and earns a k-th of it in each 30 ms; then the others
// who are UNDER have a turn of 30 ms (tests/theory/credit_wait_theory_test).
TEST(StarvationTheory, CreditBringsAHogThatIsOverBackInTurnsOf30Ms) {
  for (const std::size_t hogs : {2, 4, 8}) {
    Duration longest{0};
    for (const VcpuReport& vcpu : run(std::vector<Member>(hogs, {kHog}), "credit", {}, 10s).vcpus)
      longest = std::max(longest, vcpu.longest_wait);
    EXPECT_GE(longest, 30ms * (hogs - 1)) << "all others have their turns";
    EXPECT_LE(longest, 30ms * (2 * hogs - 1));
  }
}

// Solaris: who waits is raised each second, and stands above those who sleep after two.
TEST(StarvationTheory, SolarisRaisesAHogBelowShortOnesWithinSeconds) {
  std::vector<Member> members(9, {kShort});
  members[0] = {kHog};
  const VcpuReport hog = run(members, "solaris_ts", {}, 20s).vcpus[VcpuId{0}];
  EXPECT_GT(hog.longest_wait, 500ms) << "sleepers return above it";
  EXPECT_LE(hog.longest_wait, 3s);
}

TEST(StarvationTheory, AHogStarvesBelowShortOnesWhereNothingIsPromised) {
  std::vector<Member> members(9, {kShort});
  members[0] = {kHog};
  const VcpuReport hog = run(members, "stcf").vcpus[VcpuId{0}];
  EXPECT_EQ(hog.wait_bound, kNoBound);
  EXPECT_GT(hog.longest_wait, 4s);
}

// m pCPUs of a runqueue: those of its plates that say something of it, for 5 of weight 100.
TEST(StarvationBounds, OfSharedRunqueuesAreThoseOfTheRules) {
  Crowd crowd{.shared = true};
  for (int i = 0; i < 5; ++i) crowd.add(Weight{100});
  const auto bound = [&](const std::string& spec, std::int64_t pcpus) {
    crowd.pcpus = pcpus;
    return make_policy(spec, Topology::flat(1), 8)->discipline->waits_at_most(crowd);
  };
  EXPECT_EQ(bound("round_robin", 1), 12ms) << "four slices of 3 ms";
  EXPECT_EQ(bound("round_robin", 2), 6ms);
  EXPECT_EQ(bound("round_robin", 3), 4ms);
  EXPECT_EQ(bound("mlfq", 2), 1025ms) << "a boost, half of five turns of 10 ms";
  EXPECT_EQ(bound("weighted_fair", 1), 64ms) << "((3 + 1 + 6) ms + 6 ms) * 4";
  EXPECT_EQ(bound("weighted_fair", 2), 38ms) << "half of it, and 6 ms";
  EXPECT_EQ(bound("priority_arrays", 3), 12s) << "2 * 5 * (1 s + 2 * 100 ms), as of one";
  EXPECT_EQ(bound("solaris_ts", 3), 4s) << "likewise: 3 updates + 5 * 200 ms";
  for (const char* starves : {"cfs", "eevdf", "credit2", "stride", "edf"})
    for (const std::int64_t pcpus : {1, 2}) EXPECT_EQ(bound(starves, pcpus), kNoBound) << starves;
  crowd.alike = false;
  EXPECT_EQ(bound("round_robin", 2), 6ms) << "the two that may run it are busy all the same";
  EXPECT_EQ(bound("weighted_fair", 2), kNoBound);
  EXPECT_EQ(bound("priority_arrays", 2), kNoBound);
}

// While vCPU 2 waits behind a pCPU that stands still, vCPU 0, asleep, goes from 10000 to 100: by then 2 has waited for
// longer than it would beside such a light one, and no longer than beside what there was.
TEST(StarvationBounds, BeginAnewWhenAWeightChanges) {
  const auto of_weight = [](std::uint32_t weight) {
    return VcpuTraits{.weight = Weight{weight}, .allowed = PcpuSet::first(1)};
  };
  kit::DispatcherScene scene(Topology::flat(1), std::vector{of_weight(10'000), of_weight(100), of_weight(100)},
                             "weighted_fair", Granularity::Pcpu);
  const auto look = [&] {
    Monitor().look(*scene.dispatcher, [](PcpuId) { return false; }, scene.world.now());
  };
  ASSERT_EQ(scene.next(PcpuId{0}).vcpu, VcpuId{0});
  ASSERT_EQ(scene.returned(PcpuId{0}, ExitWhy::Halted).vcpu, VcpuId{1});
  scene.world.advance(500ms);
  EXPECT_NO_THROW(look());
  scene.outside().set_weight(VcpuId{0}, Weight{100});
  scene.outside().wake(VcpuId{0});
  EXPECT_NO_THROW(look());
  scene.world.advance(200ms);
  EXPECT_THROW(look(), ContractBreach);
  for (const VcpuReport& vcpu : scene.report().vcpus) EXPECT_EQ(vcpu.wait_bound, kNoBound) << "of no weights all along";
}

// Three hogs on two pCPUs of one runqueue, of which one may use one pCPU only: the others' two slices come before it.
TEST(StarvationBounds, OfARunAreOfTheFewestPcpusThatOneMayUse) {
  std::vector<Member> members(4, {kHog});
  members[3].allowed = PcpuSet::first(1);
  const RunReport report = run(members, "round_robin", {Topology::flat(2), Granularity::Machine}, 500ms);
  EXPECT_EQ(report.vcpus[VcpuId{0}].wait_bound, 4500us) << "three slices of 3 ms, by two pCPUs";
  EXPECT_EQ(report.vcpus[VcpuId{3}].wait_bound, 9ms) << "by one";
  EXPECT_EQ(run(members, "weighted_fair", {Topology::flat(2), Granularity::Machine}, 100ms).vcpus[VcpuId{0}].wait_bound,
            kNoBound);
  const Host parts{kit::llc_host({1, 2}), Granularity::Llc};
  EXPECT_EQ(run(members, "round_robin", parts, 100ms).vcpus[VcpuId{0}].wait_bound, 9ms) << "the first LLC has one pCPU";
  EXPECT_EQ(run(members, "cfs", parts, 100ms).vcpus[VcpuId{3}].wait_bound, kNoBound);
}

std::string breach_of(const Host& host, std::size_t hogs) {
  Policy policy = host.policy("round_robin", hogs);
  policy.discipline = std::make_unique<kit::Broken>(std::move(policy.discipline), kit::Lie::Starves);
  try {
    run(std::vector<Member>(hogs, {kHog}), std::move(policy), host.topology, 1s);
  } catch (const ContractBreach& breach) {
    EXPECT_EQ(breach.rule(), ContractRule::RunsInTime);
    return breach.what();
  }
  return "no breach";
}

TEST(Monitor, StopsARunWhereAVcpuStarvesBeyondItsDisciplinesBound) {
  EXPECT_THAT(breach_of({}, 3),
              AllOf(HasSubstr("discipline 'broken' broke rule 17, "),
                    HasSubstr("vCPU 0 has waited on runqueue 0 since "),
                    HasSubstr("of 3 who may be there nobody is to wait for more than 6.000 ms, 8.500"),
                    HasSubstr("the last "), HasSubstr("pCPU 0 runs vCPU ")));
}

TEST(Monitor, StopsARunWhereAVcpuStarvesOnASharedRunqueue) {
  EXPECT_THAT(breach_of({Topology::flat(2), Granularity::Machine}, 5),
              AllOf(HasSubstr("vCPU 0 has waited on runqueue 0 since "),
                    HasSubstr("of 5 who may be there nobody is to wait for more than 6.000 ms, 8.500")));
  EXPECT_THAT(breach_of({kit::llc_host({2, 2}), Granularity::Llc}, 9),
              HasSubstr("of 9 who may be there nobody is to wait for more than 12.000 ms"));
}

}  // namespace
}  // namespace roost
