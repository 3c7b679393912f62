// The room: a scenario text, planned and run as the command does it, in either world, for tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tools/cli/scenario_plan.hpp"
#include "tools/cli/scenario_run.hpp"

namespace roost::scenes {

/// A file that goes with the test.
class TextFile {
 public:
  TextFile(const std::string& name, const std::string& text)
      : path_(std::filesystem::path(testing::TempDir()) / (this_test() + name)) {
    std::ofstream(path_) << text;
  }
  ~TextFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  std::string path() const { return path_.string(); }

 private:
  static std::string this_test() {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& c : name)
      if (c == '/') c = '_';
    return name + "_";
  }
  std::filesystem::path path_;
};

inline Result<ScenarioPlan> plan_text(const std::string& text, const std::string& world = "") {
  const TextFile file("scene.toml", text);
  ScenarioOptions options;
  options.file = file.path();
  options.world = world;
  return plan_scenario(options);
}

inline std::string refused(const std::string& text) {
  const auto plan = plan_text(text);
  return plan ? "it was taken" : plan.error().sentence;
}

inline ScenarioRun run_text(const std::string& text, const std::string& world = "") {
  auto plan = plan_text(text, world);
  if (!plan) throw CheckFailure(plan.error().sentence);
  auto run = run_scenario(*plan, plan->scenario.seed,
                                {.console = {.kind = ConsoleMode::Kind::Off, .path = {}}, .trace = {}, .progress = {}});
  if (!run) throw CheckFailure(run.error().sentence);
  return std::move(*run);
}

}  // namespace roost::scenes
