// Who shares a runqueue, as command lines and scenario files have it, and runs and their reports say it.

#include <gmock/gmock.h>

#include "tests/tools/scenario_scene.hpp"
#include "tools/cli/run_options.hpp"
#include "tools/report/run_json.hpp"
#include "tools/report/run_table.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string kHogs = "[[vm]]\nname = 'a'\nvcpus = 5\nscript = 's'\n"
                          "[script.s]\nrepeat = 40\nphases = [{ run = '100us' }, { sleep = '30us' }]\n";

class SharedScenario : public testing::TestWithParam<const char*> {};

TEST_P(SharedScenario, ToyGuestsOnOneRunqueueGiveTheRightAnswer) {
  const ScenarioRun out = scenes::run_text(
      "[run]\nrunqueue = 'machine'\n[host]\npcpus = 2\n"
      "[[vm]]\nname = 'one'\nguest = 'fork_join'\nvcpus = 8\nmemory = '16M'\nargs = 'rounds=20'\n"
      "[[vm]]\nname = 'two'\nguest = 'lock_fight'\nvcpus = 3\nmemory = '16M'\nargs = 'rounds=50'\n",
      GetParam());
  EXPECT_EQ(out.run.end, RunEnd::AllStopped);
  for (const VmReport& vm : out.run.report.vms) EXPECT_TRUE(vm.ended && vm.exit_code == 0) << vm.name;
  EXPECT_EQ(out.run.report.runqueues, 1u);
  EXPECT_THAT(run_table(out.run), HasSubstr(", with one runqueue for all"));
  EXPECT_THAT(run_json(out.run), HasSubstr("\"runqueue\": \"machine\""));
}

TEST_P(SharedScenario, CapsHotplugAffinitiesAndPoliciesChangeOnSharedRunqueues) {
  const ScenarioRun out = scenes::run_text(
      "[run]\nrunqueue = 'machine'\ntime_limit = '60ms'\n[host]\npcpus = 2\n"
      "[[vm]]\nname = 'a'\nvcpus = 3\nscript = 'hog'\ncap = 50\ncap_period = '5ms'\n"
      "[[vm]]\nname = 'b'\nvcpus = 3\nscript = 'hog'\n"
      "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '1ms' }, { sleep = '50us' }]\n"
      "[[timeline]]\nat = '10ms'\npcpus = [1]\noffline = true\n"
      "[[timeline]]\nat = '20ms'\npolicy = 'round_robin,slice=300us'\n"
      "[[timeline]]\nat = '30ms'\npcpus = [1]\nonline = true\n"
      "[[timeline]]\nat = '40ms'\nvm = 'b'\naffinity = [1]\n",
      GetParam());
  for (const VcpuReport& vcpu : out.run.report.vcpus) {
    EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted + vcpu.capped, vcpu.lifetime);
    EXPECT_GT(vcpu.run, 0ns);
  }
}

INSTANTIATE_TEST_SUITE_P(Worlds, SharedScenario, testing::Values("sim", "live"),
                         [](const auto& world) { return std::string(world.param); });

TEST(SharedScenario, APartOfTheHostIsNamedInTheReport) {
  const std::string host = "[host]\ntopology = 'l3:2 core:2'\n";
  const ScenarioRun out = scenes::run_text("[run]\nrunqueue = 'llc'\n" + host + kHogs, "sim");
  EXPECT_EQ(out.run.report.runqueues, 2u);
  EXPECT_THAT(run_table(out.run), HasSubstr(", with a runqueue for each llc (2 in all)"));
  const ScenarioRun usual = scenes::run_text("[host]\npcpus = 2\n" + kHogs, "sim");
  EXPECT_THAT(run_json(usual.run), HasSubstr("\"runqueue\": \"pcpu\""));
}

TEST(SharedScenario, WhatCannotBeIsRefusedWithItsPlace) {
  EXPECT_THAT(scenes::refused("[run]\nrunqueue = 'socket'\n[host]\npcpus = 2\n" + kHogs),
              HasSubstr("scene.toml:2: run.runqueue: 'socket' is no part of a host that shares a runqueue; "
                        "did you mean 'node'?"));
  const std::string by_host = "world = 'live'\npolicy = 'host'\n[host]\npcpus = 1\n";
  EXPECT_THAT(scenes::refused("[run]\nrunqueue = 'llc'\n" + by_host + kHogs),
              HasSubstr("under policy host Linux schedules, and has runqueues of its own"));
}

TEST(RunOptions, ARunqueueIsSharedByAPartOfTheHost) {
  RunText text;
  text.guest = "hello";
  EXPECT_EQ(parse_run(text)->granularity, std::nullopt) << "the policy's own";
  text.runqueue = "node";
  EXPECT_EQ(parse_run(text)->granularity, Granularity::Node);
  text.policy = "host";
  EXPECT_THAT(parse_run(text).error().sentence, HasSubstr("Linux schedules, and has runqueues of its own"));
  text.policy = "";
  text.runqueue = "lcl";
  EXPECT_EQ(parse_run(text).error().sentence,
            "--runqueue 'lcl' is no part of a host that shares a runqueue; did you mean 'llc'?");
}

}  // namespace
}  // namespace roost
