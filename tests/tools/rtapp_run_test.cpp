// rt-app's workloads in a run: phases with cpus of their own, timers of both modes.

#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

/// `topology`: of a simulated host; "": live.
Result<ScenarioPlan> plan_rtapp(const std::string& tasks, const std::string& topology) {
  const kit::ScratchFile file("w.json", "{ \"tasks\": { " + tasks + " } }");
  ScenarioOptions options;
  options.file = file.path();
  options.world = topology.empty() ? "live" : "sim";
  options.topology = topology;
  return plan_scenario(options);
}

ScenarioRun run_rtapp(const std::string& tasks, const std::string& topology) {
  const auto plan = plan_rtapp(tasks, topology);
  if (!plan) throw CheckFailure(plan.error().sentence);
  return scenes::run_plan(*plan);
}

constexpr const char* kThreePlaces =
    R"("t": { "loop": 2, "cpus": [0], "phases": { "a": { "cpus": [1], "run": 10000, "sleep": 1000 },
                                                  "b": { "cpus": [1], "run": 5000 },
                                                  "c": { "run": 20000 } } })";

/// Each round has 15 ms on pCPU 1, and 20 ms on the task's own pCPU 0; the change itself takes some microseconds.
TEST(RtAppRun, PhasesRunOnTheirOwnCpus) {
  const ScenarioRun out = run_rtapp(kThreePlaces, "core:3");
  const auto& pcpus = out.run.report.pcpus;
  EXPECT_NEAR(static_cast<double>(nanoseconds(pcpus[PcpuId{0}].busy)), 40e6, 0.2e6);
  EXPECT_NEAR(static_cast<double>(nanoseconds(pcpus[PcpuId{1}].busy)), 30e6, 0.2e6);
  EXPECT_LT(pcpus[PcpuId{2}].busy, 100us);
}

TEST(RtAppRun, PhasesChangeTheirCpusLive) {
  const ScenarioRun out = run_rtapp(kThreePlaces, "");
  std::uint64_t migrations = 0;
  for (const auto& by_why : out.run.report.vcpus[VcpuId{0}].migrations)
    for (const std::uint64_t count : by_why) migrations += count;
  EXPECT_EQ(migrations, 4u) << "from 0, where it begins, to 1 and back in each round";
}

TEST(RtAppRun, APhaseNamesNoPcpuThatTheHostHasNot) {
  const auto plan = plan_rtapp(kThreePlaces, "core:1");
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().sentence.find("a phase has cpus that name pCPU 1, and this host has 0 to 0"),
            std::string::npos) << plan.error().sentence;
}

/// Runs of 10, 10, 35, 10, 10 ms, each followed by the timer of 20 ms, as in rt-app's tutorial. Absolute: due at 20,
/// 40, 60 (missed at 75), 80 (missed at 85) and 100. Relative: 20, 40, 60 (missed at 75), 95 and 115.
TEST(RtAppRun, ATimerThatWasMissedCountsFromThenOnOrFromItsStart) {
  const auto wall = [](const std::string& mode) {
    std::string phases;
    for (const int run : {10'000, 10'000, 35'000, 10'000, 10'000})
      phases += (phases.empty() ? "" : ", ") + ("\"p" + std::to_string(phases.size())) + "\": { \"run\": " +
                std::to_string(run) + ", \"timer\": { \"ref\": \"unique\", \"period\": 20000, \"mode\": \"" +
                mode + "\" } }";
    return run_rtapp("\"t\": { \"loop\": 1, \"phases\": { " + phases + " } }", "core:1").run.report.wall;
  };
  EXPECT_NEAR(static_cast<double>(nanoseconds(wall("absolute"))), 100e6, 0.2e6);
  EXPECT_NEAR(static_cast<double>(nanoseconds(wall("relative"))), 115e6, 0.2e6);
}

}  // namespace
}  // namespace roost
