// Every scenario that comes with Roost runs as it stands; only the live ones and the longest are cut short.

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"
#include "tools/cli/scenario_plan.hpp"
#include "tools/cli/scenario_report.hpp"
#include "tools/cli/scenario_run.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> shipped() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(ROOST_SCENARIO_DIR))
    if (names_scenario(entry.path().string())) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

ScenarioOptions options_for(const std::string& file) {
  ScenarioOptions options;
  options.file = file;
  return options;
}

class ShippedScenario : public testing::TestWithParam<std::string> {};

TEST_P(ShippedScenario, Runs) {
  auto plan = plan_scenario(options_for(GetParam()));
  ASSERT_TRUE(plan) << plan.error().sentence;
  EXPECT_FALSE(plan->scenario.title.empty()) << "'roost scenarios' shows it";
  plan->scenario.time_limit = std::min<Duration>(plan->scenario.time_limit, 10s);
  if (plan->scenario.world == WorldKind::Live) plan->scenario.time_limit = 50ms;
  if (plan->topology.pcpu_count() > 100) plan->scenario.time_limit = 1ms;
  const auto ran = run_scenario(*plan, plan->scenario.seed,
                                {.console = {.kind = ConsoleMode::Kind::Off, .path = {}}, .trace = {}, .progress = {}});
  ASSERT_TRUE(ran) << ran.error().sentence;
  const ScenarioRun& run = *ran;
  EXPECT_TRUE(run.run.end == RunEnd::AllStopped || run.run.end == RunEnd::TimeLimit);
  Duration work{0};
  for (const VmCounts& vm : run.vms) work += vm.work;
  EXPECT_GT(work, Duration{0});
  EXPECT_NE(scenario_table(*plan, {&run, 1}).find("Sums, to the nanosecond"), std::string::npos);
  EXPECT_NE(scenario_json(*plan, {&run, 1}).find("roost.scenario/2"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Files, ShippedScenario, testing::ValuesIn(shipped()), [](const auto& file) {
  return std::filesystem::path(file.param).stem().string();
});

TEST(ScenarioPlan, TheCommandLineOverridesTheFile) {
  ScenarioOptions options = options_for(ROOST_SCENARIO_DIR "/ping_pong.toml");
  options.world = "sim", options.topology = "node:2 core:3", options.policy = "round_robin";
  options.seed = 9, options.time_limit = 3ms, options.costs = {"ipi.remote=3us"};
  const auto plan = plan_scenario(options);
  ASSERT_TRUE(plan) << plan.error().sentence;
  EXPECT_EQ(plan->topology.pcpu_count(), 6u);
  EXPECT_EQ(plan->policy, "round_robin");
  EXPECT_EQ(plan->scenario.seed, 9u);
  EXPECT_EQ(plan->scenario.time_limit, 3ms);
  EXPECT_EQ(plan->costs.of(Cost::IpiRemote), 3us);
  options.costs = {"ipi.remot=3us"};
  EXPECT_NE(plan_scenario(options).error().sentence.find("ipi.remote"), std::string::npos);
}

TEST(ScenarioPlan, TheSeedOfARunDrawsItsLots) {
  const auto slices = [](std::uint64_t seed) {
    ScenarioOptions options = options_for(ROOST_SCENARIO_DIR "/hogs_by_weight.toml");
    options.policy = "lottery", options.seed = seed, options.time_limit = 500ms;
    const auto plan = plan_scenario(options);
    check(plan.has_value(), "the shipped scenario can be planned");
    const auto run = run_scenario(
        *plan, seed, {.console = {.kind = ConsoleMode::Kind::Off, .path = {}}, .trace = {}, .progress = {}});
    check(run.has_value(), "the shipped scenario runs");
    std::vector<std::uint64_t> of;
    for (const VcpuReport& vcpu : run->run.report.vcpus) of.push_back(vcpu.slices);
    return of;
  };
  EXPECT_EQ(slices(1), slices(1));
  EXPECT_NE(slices(1), slices(2));
}

TEST(Scenarios, FreeOfChargeComesBeforeSingleFigures) {
  const auto plan = scenes::plan_text("[host]\npcpus = 1\n[host.costs]\n'dram.local' = '50ns'\nfree = 1\n"
                                      "'ipi.send' = '7ns'\n[[vm]]\nname = 'a'\nscript = 's'\n[script.s]\n"
                                      "phases = [{ run = '1ms' }]\n");
  ASSERT_TRUE(plan) << plan.error().sentence;
  EXPECT_EQ(plan->costs.figure(Cost::IpiSend), 7) << "whatever their order";
  EXPECT_EQ(plan->costs.figure(Cost::DramLocal), 50);
  EXPECT_EQ(plan->costs.figure(Cost::SwitchDirect), 0);
}

}  // namespace
}  // namespace roost
