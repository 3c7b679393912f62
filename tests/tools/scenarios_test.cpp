// Every scenario that comes with Roost runs as it stands; only the live ones and the longest are cut short.

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Estimate, IsShownPlainlyWithUnits) {
  const auto plan = plan_scenario(options_for(ROOST_SCENARIO_DIR "/mixed_run_sleep.toml"));
  ASSERT_TRUE(plan) << plan.error().sentence;
  auto shortened = *plan;
  shortened.scenario.time_limit = 20ms;
  const ScenarioWatch watch{.console = {.kind = ConsoleMode::Kind::Off, .path = {}}, .trace = {}, .progress = {}};
  std::vector<ScenarioRun> runs;
  for (const std::uint64_t seed : {1, 2, 3}) runs.push_back(std::move(*run_scenario(shortened, seed, watch)));
  for (ScenarioRun& run : runs) run.run.report.wall = 123456789ns;
  const std::string text = scenario_table(shortened, runs);
  const std::string estimates = text.substr(text.find("of 3 runs"));
  EXPECT_THAT(estimates, testing::ContainsRegex("wall +123 ms +0 ns\n"));
  EXPECT_THAT(estimates, testing::ContainsRegex("run \\(of lives\\) +[0-9.]+% +[0-9.]+%\n"));
  EXPECT_THAT(estimates, testing::Not(testing::ContainsRegex("[0-9]e[-+][0-9]")));
}

TEST(Estimate, IsStudents95PercentInterval) {
  const std::vector<double> samples{1, 2, 3, 4, 5};
  const Estimate of = estimate(samples);
  EXPECT_DOUBLE_EQ(of.mean, 3);
  EXPECT_NEAR(of.half_width, 2.776 * 0.70711, 1e-4);  // t(4) * sqrt(2.5 / 5)
  EXPECT_EQ(estimate(std::vector<double>{7}).half_width, 0);
}

}  // namespace
}  // namespace roost
