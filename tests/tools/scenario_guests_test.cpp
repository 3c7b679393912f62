// Guests beside scripts in one scenario, in both worlds.

#include <gmock/gmock.h>

#include "tests/tools/scenario_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string kMixed =
    "[host]\npcpus = 2\n[pool.second]\npcpus = [1]\n"
    "[[vm]]\nname = 'one'\nguest = 'hello'\nvcpus = 2\nmemory = '16M'\n"
    "[[vm]]\nname = 'two'\nscript = 's'\nvcpus = 2\npool = 'second'\n"
    "[[vm]]\nname = 'three'\nguest = 'fork_join'\nvcpus = 2\nmemory = '16M'\nargs = 'rounds=5'\nstart = '2ms'\n"
    "[script.s]\nrepeat = 20\nphases = [{ run = '100us' }, { sleep = '50us' }]\n";

class MixedScenario : public testing::TestWithParam<const char*> {};

TEST_P(MixedScenario, GuestsAndScriptsBothComeToTheirEnd) {
  const ScenarioRun out = scenes::run_text(kMixed, GetParam());
  EXPECT_EQ(out.run.end, RunEnd::AllStopped);
  const RunReport& report = out.run.report;
  ASSERT_EQ(report.vcpus.size(), 6u);
  for (const VmReport& vm : report.vms) EXPECT_TRUE(vm.ended && vm.exit_code == 0) << vm.name;
  EXPECT_EQ(report.vms[VmId{0}].guest, "hello");
  EXPECT_EQ(report.vms[VmId{1}].guest, "s");
  EXPECT_EQ(out.vms[1].all.rounds, 40u);
  for (const std::uint32_t scripted : {2u, 3u}) {
    EXPECT_EQ(report.vcpus[VcpuId{scripted}].vm, "two");
    EXPECT_EQ(report.vcpus[VcpuId{scripted}].run_on.on(PcpuId{0}), 0ns) << "its pool is pCPU 1";
    EXPECT_EQ(report.vcpus[VcpuId{scripted}].retired, 0u);
  }
  for (const std::uint32_t hart : {0u, 1u, 4u, 5u}) EXPECT_GT(report.vcpus[VcpuId{hart}].retired, 0u);
  if (report.world == "simulated") {
    EXPECT_GE(report.vcpus[VcpuId{4}].halted, 2ms) << "it was switched on late";
  }
}

TEST_P(MixedScenario, AGuestIsSwitchedOffAtItsTime) {
  const ScenarioRun out = scenes::run_text(
      "[host]\npcpus = 2\n[[vm]]\nname = 'endless'\nguest = 'spin'\nargs = 'rounds=100000000'\nmemory = '16M'\n"
      "stop = '3ms'\n[[vm]]\nscript = 's'\n[script.s]\nphases = [{ run = '1ms' }]\n", GetParam());
  EXPECT_EQ(out.run.end, RunEnd::AllStopped);
  EXPECT_TRUE(out.run.report.vms[VmId{0}].ended);
}

TEST_P(MixedScenario, AGuestIsSwitchedOnAgainAndBeginsFromTheBeginning) {
  const std::string once = "[host]\npcpus = 2\n[[vm]]\nname = 'g'\nguest = 'fork_join'\nvcpus = 2\nmemory = '16M'\n"
                           "args = 'rounds=5'\n";
  const ScenarioRun one = scenes::run_text(once, GetParam());
  const ScenarioRun two = scenes::run_text(
      once + "[[timeline]]\nat = '300ms'\nvm = 'g'\nstop = true\n[[timeline]]\nat = '301ms'\nvm = 'g'\nstart = true\n",
      GetParam());
  EXPECT_EQ(two.run.end, RunEnd::AllStopped);
  EXPECT_TRUE(two.run.report.vms[VmId{0}].ended);
  EXPECT_EQ(two.run.report.vms[VmId{0}].exit_code, 0);
  EXPECT_GE(two.run.report.wall, 301ms);
  const auto retired = [](const ScenarioRun& run) {
    return run.run.report.vcpus[VcpuId{0}].retired + run.run.report.vcpus[VcpuId{1}].retired;
  };
  if (std::string_view(GetParam()) == "live") return;  // how long it spins there is the host's affair
  EXPECT_GT(retired(two), retired(one) * 19 / 10);
  EXPECT_LT(retired(two), retired(one) * 21 / 10);
}

INSTANTIATE_TEST_SUITE_P(Worlds, MixedScenario, testing::Values("sim", "live"),
                         [](const auto& world) { return std::string(world.param); });

TEST(MixedScenario, TheSimulatedRunIsTheSameEachTime) {
  const auto first = scenes::run_text(kMixed, "sim"), second = scenes::run_text(kMixed, "sim");
  EXPECT_EQ(first.run.report.wall, second.run.report.wall);
  EXPECT_EQ(first.events_handled, second.events_handled);
}

TEST(MixedScenario, AGuestThatIsNotThereIsASentenceWithItsPlace) {
  EXPECT_THAT(scenes::refused("[host]\npcpus = 1\n[[vm]]\nguest = 'helo'\n"),
              HasSubstr("scene.toml:4: vm[0].guest: 'helo' is neither a toy guest nor a file; did you mean 'hello'?"));
  EXPECT_THAT(scenes::refused("[host]\npcpus = 1\n[[vm]]\nguest = './nothing.elf'\n"), HasSubstr("cannot be read"));
  EXPECT_THAT(scenes::refused("[host]\npcpus = 2\n[pool.p]\npcpus = '1-2'\n[[vm]]\nguest = 'hello'\npool = 'p'\n"),
              HasSubstr("scene.toml:4: pool.p.pcpus: there is no pCPU 2; this host has 0 to 1"));
}

}  // namespace
}  // namespace roost
