// What a scenario's timeline does to a run, in both worlds.

#include <array>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/kit/seeded.hpp"
#include "tests/tools/scenario_scene.hpp"
#include "tools/report/report_totals.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string kHogs = "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '200us' }]\n";

class TimelineRun : public testing::TestWithParam<const char*> {};

TEST_P(TimelineRun, AnOfflinePcpuIsLeftAndPinnedVcpusKeepTheirs) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '60ms'\n[host]\npcpus = 2\n"
      "[script.long]\nrepeat = 1_000_000\nphases = [{ run = '200us' }]\n"
      "[[vm]]\nname = 'free'\nvcpus = 3\nscript = 'long'\n[[vm]]\nname = 'here'\nscript = 'once'\naffinity = [0]\n"
      "[script.once]\nphases = [{ run = '1ms' }, { sleep = '1s' }]\n"
      "[[timeline]]\nat = '5ms'\npcpus = [1]\noffline = true\n[[timeline]]\nat = '55ms'\npcpus = [1]\nonline = true\n"
      "[[timeline]]\nat = '56ms'\npcpus = [0]\noffline = true\n",
      GetParam());
  ASSERT_EQ(out.changes.size(), 3u);
  EXPECT_EQ(out.changes[0].refused, "");
  EXPECT_EQ(out.changes[2].what, "pCPU 0 offline");
  EXPECT_THAT(out.changes[2].refused, HasSubstr("would have no online pCPU to run on"));
  const PcpuReport& gone = out.run.report.pcpus[PcpuId{1}];
  const bool simulated = std::string_view(GetParam()) != "live";  // live, it takes as long as the host lets it
  EXPECT_TRUE(!simulated || gone.busy < out.run.report.wall / 2);
  EXPECT_EQ(gone.busy + gone.idle + gone.overhead, out.run.report.wall);
}

TEST_P(TimelineRun, AVmThatWasToStartAfterTheEndHadNoLife) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '20ms'\n[host]\npcpus = 2\n" + kHogs +
      "[[vm]]\nname = 'a'\nscript = 'hog'\n[[vm]]\nname = 'late'\nscript = 'hog'\nstart = '10s'\n"
      "[[vm]]\nname = 'soon'\nscript = 'hog'\nstart = '1ms'\n", GetParam());
  EXPECT_TRUE(out.run.report.vcpus[VcpuId{0}].used);
  EXPECT_FALSE(out.run.report.vcpus[VcpuId{1}].used);
  EXPECT_TRUE(out.run.report.vcpus[VcpuId{2}].used);
  EXPECT_EQ(totals_of(out.run.report).lifetime, 2 * out.run.report.vcpus[VcpuId{0}].lifetime);
}

TEST_P(TimelineRun, AnAffinityMovesAndAWeightIsReported) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '40ms'\n[host]\npcpus = 2\n" + kHogs +
      "[[vm]]\nname = 'a'\nvcpus = 2\nscript = 'hog'\naffinity = [0]\n"
      "[[timeline]]\nat = '3ms'\nvm = 'a'\nvcpu = 1\naffinity = [1]\nweight = 700\n", GetParam());
  const auto& moved = out.run.report.vcpus[VcpuId{1}];
  EXPECT_GT(moved.run_on.on(PcpuId{1}), 0ns);
  EXPECT_EQ(out.run.report.vcpus[VcpuId{0}].run_on.on(PcpuId{1}), 0ns);
  EXPECT_EQ(moved.weight, Weight{700});
  ASSERT_EQ(out.changes.size(), 2u);
  EXPECT_EQ(out.changes[1].what, "a/1: affinity 1");
}

TEST_P(TimelineRun, APolicyComesAndEverybodyGoesOn) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '60ms'\npolicy = 'round_robin'\n[host]\npcpus = 2\n" + kHogs +
      "[script.naps]\nrepeat = 'forever'\nphases = [{ run = '50us' }, { sleep = '300us' }]\n"
      "[[vm]]\nname = 'a'\nvcpus = 3\nscript = 'hog'\n[[vm]]\nname = 'b'\nvcpus = 2\nscript = 'naps'\ncap = 50\n"
      "[[timeline]]\nat = '20ms'\npolicy = 'roost'\n[[timeline]]\nat = '30ms'\npolicy = 'round_robin,slice=1ms'\n",
      GetParam());
  ASSERT_EQ(out.changes.size(), 2u);
  EXPECT_EQ(out.changes[1].what, "policy round_robin,slice=1ms");
  EXPECT_EQ(out.changes[1].refused, "");
  const RunReport& report = out.run.report;
  EXPECT_EQ(report.policy, "round_robin");
  ASSERT_EQ(report.policy_changes.size(), 2u);
  EXPECT_EQ(report.policy_changes[0].policy, "roost");
  EXPECT_LT(report.policy_changes[0].at, report.policy_changes[1].at);
  for (const VcpuReport& vcpu : report.vcpus)
    EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted + vcpu.capped, vcpu.lifetime);
}

TEST_P(TimelineRun, AVmThatWasStoppedIsStartedAgain) {
  const ScenarioRun out = scenes::run_text(
      "[host]\npcpus = 2\n[script.s]\nphases = [{ lock = 'm' }, { run = '1ms' }, { sleep = '1000s' }]\n"
      "[script.other]\nphases = [{ sleep = '1ms' }, { ipi = 'a/0' }, { sleep = '30ms' }, { ipi = 'a/2' }]\n"
      "[[vm]]\nname = 'a'\nvcpus = 2\nspare_vcpus = 1\nscript = 's'\n[[vm]]\nname = 'b'\nscript = 'other'\n"
      "[[timeline]]\nat = '10ms'\nvm = 'a'\nstop = true\n[[timeline]]\nat = '20ms'\nvm = 'a'\nstart = true\n"
      "weight = 300\n[[timeline]]\nat = '60ms'\nvm = 'a'\nstop = true\n", GetParam());
  EXPECT_EQ(out.run.end, RunEnd::AllStopped);
  std::vector<std::string> changes;
  for (const ChangeOutcome& change : out.changes) changes.push_back(change.what);
  EXPECT_THAT(changes, testing::ElementsAre("a: stop", "a: start", "a: weight 300", "a: stop"));
  if (std::string_view(GetParam()) == "live") return;  // there a vCPU may be too late for a life
  EXPECT_EQ(out.vms[0].all.locks, 4u) << "both vCPUs in both lives; whoever held it is gone";
  EXPECT_EQ(out.vms[0].work, 2ms);
  ASSERT_EQ(out.objects.size(), 1u);
  EXPECT_EQ(out.objects[0].grants, 2u);
}

TEST_P(TimelineRun, WhoIsStoppedLeavesTheLineOfAQueue) {
  const ScenarioRun out = scenes::run_text(
      "[host]\npcpus = 2\n[[vm]]\nname = 'a'\nvcpus = 2\nscript = 'first'\nstop = '10ms'\n"
      "[[vm]]\nname = 'b'\nscript = 'second'\n[[arrivals]]\nqueue = 'q'\nperiodic = '20ms'\njobs = 3\n"
      "[script.first]\nrepeat = 'forever'\nphases = [{ serve = 'q', do = [] }]\n"
      "[script.second]\nphases = [{ sleep = '5ms' }, { repeat = 'forever', do = [{ serve = 'q', do = [] }] }]\n",
      GetParam());
  EXPECT_EQ(out.run.end, RunEnd::AllStopped);
  EXPECT_EQ(out.vms.at(1).all.jobs, 3u) << "all come after the stop";
}

/// Live, where the host may take a pCPU away, there is ten times as much time between what has to come in this order.
TEST_P(TimelineRun, WhoIsStoppedIsHandedNoLockAndNoSignal) {
  const auto ms = [](int time) { return fmt::format("'{}ms'", GetParam() == std::string("live") ? 10 * time : time); };
  const ScenarioRun out = scenes::run_text(
      "[host]\npcpus = 2\n[lock.m]\nshared = true\n[event.e]\nshared = true\n"
      "[[vm]]\nname = 'has'\nscript = 'has'\n"
      "[[vm]]\nname = 'a'\nvcpus = 2\nscripts = ['locks', 'waits']\nstop = " + ms(10) + "\n"
      "[[vm]]\nname = 'b'\nvcpus = 2\nscripts = ['late_locks', 'late_waits']\n"
      "[script.has]\nphases = [{ lock = 'm' }, { sleep = " + ms(20) + " }, { unlock = 'm' }, { signal = 'e' }]\n"
      "[script.locks]\nphases = [{ sleep = " + ms(2) + " }, { lock = 'm' }]\n"
      "[script.waits]\nphases = [{ wait = 'e' }]\n"
      "[script.late_locks]\nphases = [{ sleep = " + ms(5) + " }, { lock = 'm', do = [] }]\n"
      "[script.late_waits]\nphases = [{ sleep = " + ms(5) + " }, { wait = 'e' }]\n", GetParam());
  EXPECT_EQ(out.run.end, RunEnd::AllStopped);
}

TEST_P(TimelineRun, WhoIsStoppedDoesNotWaitAtTheEnd) {
  const ScenarioRun out = scenes::run_text(
      "[host]\npcpus = 2\n[barrier.meet]\nshared = true\nparties = 3\n"
      "[[vm]]\nname = 'a'\nvcpus = 2\nscript = 's'\nstop = '10ms'\n"
      "[[vm]]\nname = 'b'\nscript = 'late'\nstop = '40ms'\n[script.s]\nphases = [{ barrier = 'meet' }]\n"
      "[script.late]\nphases = [{ sleep = '20ms' }, { barrier = 'meet' }]\n", GetParam());
  ASSERT_EQ(out.objects.size(), 1u);
  EXPECT_EQ(out.objects[0].grants, 0u) << "two of the three have gone";
  EXPECT_THAT(out.objects[0].waiting, testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Worlds, TimelineRun, testing::Values("sim", "live"),
                         [](const auto& world) { return std::string(world.param); });

TEST(Timeline, AVmRunsFromEachStartToItsStop) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '100ms'\n[host]\npcpus = 1\n" + kHogs + "[[vm]]\nname = 'a'\nscript = 'hog'\n"
      "start = '10ms'\nstop = '30ms'\n[[timeline]]\nat = '40ms'\nvm = 'a'\nstart = true\n"
      "[[timeline]]\nat = '50ms'\nvm = 'a'\nstop = true\n[[timeline]]\nat = '50ms'\nvm = 'a'\nstart = true\n"
      "[[timeline]]\nat = '90ms'\nvm = 'a'\nstop = true\n");
  const VcpuReport& hog = out.run.report.vcpus[VcpuId{0}];
  EXPECT_NEAR(static_cast<double>(hog.run.count()), (20 + 10 + 40) * 1e6, 2e5);
  EXPECT_EQ(out.run.end, RunEnd::AllStopped);
  EXPECT_NEAR(static_cast<double>(out.run.report.wall.count()), 90e6, 2e5);
}

TEST(Timeline, SharesFollowTheNewWeights) {
  const std::string text = "[run]\ntime_limit = '400ms'\n[host]\npcpus = 1\n" + kHogs +
                           "[[vm]]\nname = 'a'\nscript = 'hog'\n[[vm]]\nname = 'b'\nscript = 'hog'\n"
                           "[[timeline]]\nat = '200ms'\nvm = 'b'\nweight = 300\n";
  const ScenarioRun out = scenes::run_text(text);
  // 100 ms each of the first half; 50 and 150 ms of the second.
  EXPECT_NEAR(static_cast<double>(out.run.report.vcpus[VcpuId{0}].run.count()), 150e6, 6e6);
  EXPECT_NEAR(static_cast<double>(out.run.report.vcpus[VcpuId{1}].run.count()), 250e6, 6e6);
}

TEST(Timeline, SharesFollowWhatThePolicyMakesOfTheWeights) {
  const std::string text = "[run]\ntime_limit = '600ms'\npolicy = 'round_robin'\n[host]\npcpus = 1\n" + kHogs +
                           "[[vm]]\nname = 'a'\nscript = 'hog'\n[[vm]]\nname = 'b'\nscript = 'hog'\nweight = 300\n"
                           "[[timeline]]\nat = '200ms'\npolicy = 'roost'\n";
  const ScenarioRun out = scenes::run_text(text);
  // 100 ms each of the first third; 100 and 300 ms of the rest.
  EXPECT_NEAR(static_cast<double>(out.run.report.vcpus[VcpuId{0}].run.count()), 200e6, 6e6);
  EXPECT_NEAR(static_cast<double>(out.run.report.vcpus[VcpuId{1}].run.count()), 400e6, 6e6);
}

TEST(Timeline, WhatCanBeToldBeforeIsTold) {
  const std::string rest = "[run]\ntime_limit = '1s'\n[host]\npcpus = 2\n" + kHogs +
                           "[[vm]]\nname = 'a'\nvcpus = 2\nscript = 'hog'\naffinities = [[0, 1], [1]]\n";
  EXPECT_THAT(scenes::refused(rest + "[[timeline]]\nat = '1ms'\npcpus = [1]\noffline = true\n"),
              HasSubstr("scene.toml:15: timeline[0].pcpus: from then on a/1 would have no pCPU to run on: it may use "
                        "1"));
  EXPECT_THAT(scenes::refused(rest + "[[timeline]]\nat = '1ms'\npcpus = [2]\noffline = true\n"),
              HasSubstr("there is no pCPU 2; this host has 0 to 1"));
  EXPECT_THAT(scenes::refused(rest + "[[timeline]]\nat = '1ms'\npolicy = 'rond_robin'\n"),
              HasSubstr("scene.toml:15: timeline[0].policy: policy 'rond_robin': the first word names a preset or a "
                        "discipline, and 'rond_robin' is none; did you mean 'round_robin'?"));
  EXPECT_THAT(scenes::refused(rest + "[[timeline]]\nat = '1ms'\npolicy = 'host'\n"),
              HasSubstr("scene.toml:15: timeline[0].policy: Linux cannot take over while it runs"));
  EXPECT_EQ(scenes::refused(rest + "[[timeline]]\nat = '1ms'\nvm = 'a'\nstop = true\n"
                                   "[[timeline]]\nat = '2ms'\npcpus = [1]\noffline = true\n"), "it was taken");
  EXPECT_THAT(scenes::refused("[run]\ntime_limit = '1s'\n[host]\npcpus = 2\n[[vm]]\nname = 'a'\nscript = 's'\n"
                              "affinity = [1]\nstop = '1ms'\n[script.s]\nphases = [{ run = '1us' }]\n"
                              "[[timeline]]\nat = '3ms'\nvm = 'a'\nstart = true\n"
                              "[[timeline]]\nat = '2ms'\npcpus = [1]\noffline = true\n"),
              HasSubstr("from then on a/0 would have no pCPU to run on")) << "it starts again";
  EXPECT_THAT(scenes::refused("[run]\nworld = 'live'\npolicy = 'host'\n" + rest.substr(rest.find("[host]")) +
                              "[[timeline]]\nat = '1ms'\npolicy = 'roost'\n"), HasSubstr("under policy host"));
}

/// Load of all kinds and changes of all kinds at random: the world's own checks hold to the end, and nobody runs on a
/// pCPU that is not there.
constexpr std::array kPolicies{"roost", "round_robin", "round_robin,slice=1ms,balance=pull", "roost,period=2ms",
                               "weighted_fair,balance=none"};

std::string random_limits(kit::Seeded& random) {
  switch (random.below(6)) {
    case 0: return "cap = 70\ncap_period = '2ms'\n";
    case 1: return "vcpu_cap = 9\n";
    case 2: return fmt::format("reservation = '{}%'\nreservation_period = '{}ms'\n", 5 + random.below(60),
                               1 + random.below(8));
    default: return "";
  }
}

std::string random_scene(kit::Seeded& random, std::size_t pcpus) {
  std::string text = fmt::format("[run]\ntime_limit = '{}ms'\ntie_seed = {}\nseed = {}\npolicy = '{}'\n[host]\n"
                                 "pcpus = {}\n[lock.spin]\npoll = true\n",
                                 random.below(8) ? 30 : 900, random.below(3), 1 + random.below(1000),
                                 random.below(2) ? "roost" : "round_robin", pcpus);
  text += "[script.a]\nrepeat = 1_000_000\nphases = [{ run = { exponential = '100us' } }, { lock = 'spin', do = "
          "[{ run = '5us' }] }, { sleep = { exponential = '100us' } }]\n"
          "[script.b]\nrepeat = 1_000_000\nphases = [{ run = { exponential = '400us' } }, { yield = true }]\n"
          "[script.c]\nrepeat = 1_000_000\nphases = [{ timer = '300us' }, { run = '50us' }, { ipi = 'a/0' }]\n";
  for (const char* name : {"a", "b", "c"})
    text += fmt::format("[[vm]]\nname = '{0}'\nscript = '{0}'\nvcpus = {1}\nweight = {2}\n{3}", name,
                        1 + random.below(5), 1 + random.below(400), random_limits(random));
  for (int i = 0; i < 30; ++i) {
    text += fmt::format("[[timeline]]\nat = '{}us'\n", 100 + random.below(29'000));
    const char* const vm = random.below(2) ? "a" : random.below(2) ? "b" : "c";
    switch (random.below(5)) {
      case 4: text += fmt::format("policy = '{}'\n", kPolicies[random.below(kPolicies.size())]); break;
      case 0: text += fmt::format("vm = '{}'\nweight = {}\n", vm, 1 + random.below(900)); break;
      case 1: text += fmt::format("vm = '{}'\nvcpu = 0\naffinity = [{}]\n", vm, random.below(pcpus)); break;
      case 2: text += fmt::format("vm = '{}'\naffinity = '0-{}'\n", vm, random.below(pcpus)); break;
      default:
        text += fmt::format("pcpus = [{}]\n{} = true\n", 1 + random.below(pcpus - 1),  // pCPU 0 stays
                            random.below(2) ? "offline" : "online");
    }
  }
  return text;
}

TEST(Timeline, ChangesAtRandomKeepEveryInvariant) {
  int moved = 0;
  std::size_t refused = 0, throttled = 0, unseated = 0;
  Duration reserved{0};
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    kit::Seeded random(seed);
    SCOPED_TRACE(random.told());
    const std::size_t pcpus = 2 + random.below(6);
    auto plan = scenes::plan_text(random_scene(random, pcpus));
    ASSERT_TRUE(plan) << plan.error().sentence;
    const ScenarioWatch traced{.console = {}, .trace = {.file = "recorded, not written", .scope = {}}, .progress = {}};
    const auto run = run_scenario(*plan, plan->scenario.seed, traced);
    ASSERT_TRUE(run);
    for (const ChangeOutcome& change : run->changes) {
      refused += !change.refused.empty();
      unseated += change.refused.find("beside other reservations") != std::string::npos;
    }
    for (const VcpuReport& vcpu : run->run.report.vcpus) {
      EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted + vcpu.capped, vcpu.lifetime);
      throttled += vcpu.throttled;
      reserved += vcpu.reserved;
      for (const auto& causes : vcpu.migrations) moved += causes[static_cast<std::size_t>(MigrateWhy::Hotplug)] > 0;
    }
    // A kick takes microseconds; 100 of them after it went, nobody comes to a pCPU that is offline.
    for (const Event& event : run->run.events) {
      if (event.kind != EventKind::Switch || event.vcpu == kNoVcpu) continue;
      Time off = kNever;
      for (const ChangeOutcome& change : run->changes) {
        if (Time{} + change.at > event.at || !change.refused.empty()) continue;
        if (change.what == fmt::format("pCPU {} offline", index(event.pcpu))) off = std::min(off, Time{} + change.at);
        if (change.what == fmt::format("pCPU {} online", index(event.pcpu))) off = kNever;
      }
      EXPECT_TRUE(off == kNever || event.at < off + 100us)
          << "vCPU " << index(event.vcpu) << " on pCPU " << index(event.pcpu) << " at " << nanoseconds(event.at);
    }
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(moved, 100);
  EXPECT_GT(refused, 100u);
  EXPECT_GT(throttled, 100u);
  EXPECT_GT(unseated, 0u);
  EXPECT_GT(reserved, 100ms);
}

}  // namespace
}  // namespace roost
