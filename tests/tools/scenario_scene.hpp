// The room: a scenario text, planned and run as the command does it, in either world, for tests.
#pragma once

#include <string>

#include "tests/kit/scratch_file.hpp"
#include "tools/cli/scenario_plan.hpp"
#include "tools/cli/scenario_run.hpp"

namespace roost::scenes {

inline Result<ScenarioPlan> plan_text(const std::string& text, const std::string& world = "") {
  const kit::ScratchFile file("scene.toml", text);
  ScenarioOptions options;
  options.file = file.path();
  options.world = world;
  return plan_scenario(options);
}

inline std::string refused(const std::string& text) {
  const auto plan = plan_text(text);
  return plan ? "it was taken" : plan.error().sentence;
}

inline ScenarioRun run_plan(const ScenarioPlan& plan) {
  auto run = run_scenario(plan, plan.scenario.seed,
                          {.console = {.kind = ConsoleMode::Kind::Off, .path = {}}, .trace = {}, .progress = {}});
  if (!run) throw CheckFailure(run.error().sentence);
  return std::move(*run);
}

inline ScenarioRun run_text(const std::string& text, const std::string& world = "") {
  const auto plan = plan_text(text, world);
  if (!plan) throw CheckFailure(plan.error().sentence);
  return run_plan(*plan);
}

}  // namespace roost::scenes
