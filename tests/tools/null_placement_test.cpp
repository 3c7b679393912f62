// The placement null in whole runs, in both worlds.

#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

class OnePcpuEach : public testing::TestWithParam<const char*> {};

/// Six vCPUs of 20 rounds on two pCPUs: two begin, and each of the others has the pCPU of one that has finished.
TEST_P(OnePcpuEach, RunsEverybodyInTurnEachOnOnePcpu) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '60s'\npolicy = 'roost,place=null,balance=none'\n[host]\npcpus = 2\n"
      "[script.short]\nrepeat = 20\nphases = [{ run = '100us' }, { sleep = '50us' }]\n"
      "[[vm]]\nname = 'a'\nvcpus = 6\nscript = 'short'\n", GetParam());
  EXPECT_EQ(out.run.end, RunEnd::AllStopped);
  for (std::uint32_t v = 0; v < 6; ++v) {
    const RunPlaces& places = out.run.report.vcpus[VcpuId{v}].run_on;
    const Duration on_0 = places.on(PcpuId{0}), on_1 = places.on(PcpuId{1});
    EXPECT_GT(on_0 + on_1, 0ms);
    EXPECT_TRUE(on_0 == 0ms || on_1 == 0ms) << "vCPU " << v;
  }
}

INSTANTIATE_TEST_SUITE_P(Worlds, OnePcpuEach, testing::Values("sim", "live"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace roost
