// What is counted of scripts, and what a report says of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"
#include "tools/cli/scenario_report.hpp"
#include "tools/report/fairness.hpp"
#include "tools/report/report_totals.hpp"

namespace roost {
namespace {

using testing::HasSubstr;
using testing::Not;

const ObjectCounts& object_of(const ScenarioRun& run, const std::string& name) {
  for (const ObjectCounts& object : run.objects)
    if (object.name == name) return object;
  throw CheckFailure("no object is named " + name);
}

TEST(ScenarioCounts, AQueuesClosingIsNoJob) {
  const ScenarioRun out = scenes::run_text(
      "[host]\npcpus = 4\n[[vm]]\nname = 'servers'\nvcpus = 3\nscript = 's'\n"
      "[script.s]\nrepeat = 'forever'\nphases = [{ serve = 'q', do = [{ run = '10us' }] }]\n"
      "[[arrivals]]\nqueue = 'q'\nperiodic = '1ms'\njobs = 10\n");
  EXPECT_EQ(object_of(out, "q").grants, 10u);
  EXPECT_LE(object_of(out, "q").queued, 10u);
  EXPECT_EQ(out.vms.at(0).all.jobs, 10u);
}

TEST(ScenarioCounts, WhoStillWaitsHasTakenNothing) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '10ms'\n[host]\npcpus = 2\n[[vm]]\nname = 'vm'\nvcpus = 3\nscript = 's'\n"
      "[script.s]\nphases = [{ lock = 'm', do = [{ run = '1s' }] }, { barrier = 'b' }]\n");
  EXPECT_EQ(object_of(out, "m").grants, 1u);
  EXPECT_EQ(object_of(out, "m").queued, 0u);
  EXPECT_EQ(object_of(out, "m").waiting.size(), 2u);
  EXPECT_EQ(object_of(out, "b").grants, 0u);
}

TEST(ScenarioCounts, ABarrierIsPassedByAllWhoMeet) {
  const ScenarioRun out = scenes::run_text(
      "[host]\npcpus = 2\n[[vm]]\nname = 'vm'\nvcpus = 3\nscript = 's'\n"
      "[script.s]\nrepeat = 4\nphases = [{ run = '10us' }, { barrier = 'b' }]\n");
  EXPECT_EQ(object_of(out, "b").grants, 12u);
  EXPECT_EQ(object_of(out, "b").queued, 8u);
}

TEST(ScenarioCounts, ForksThatCameToNothingAreTold) {
  const std::string text =
      "[host]\npcpus = 2\n[[vm]]\nname = 'vm'\nspare_vcpus = 1\nscript = 'p'\n"
      "[script.p]\nrepeat = 5\nphases = [{ fork = 'c' }]\n[script.c]\nphases = [{ run = '1ms' }]\n";
  const auto plan = scenes::plan_text(text);
  ASSERT_TRUE(plan) << plan.error().sentence;
  const std::vector<ScenarioRun> runs{scenes::run_text(text)};
  EXPECT_THAT(scenario_table(*plan, runs),
              HasSubstr("4 of vm's 5 forks found no spare vCPU and came to nothing: all 1 were busy by then; the "
                        "VM may be given more spare_vcpus."));
}

TEST(ScenarioCounts, ForksThatCannotFindASpareAreRefusedBefore) {
  const std::string head = "[host]\npcpus = 2\n[[vm]]\nname = 'vm'\nspare_vcpus = 4\nscript = 'p'\n";
  const auto forks = [&](const std::string& rounds) {
    return scenes::refused("[run]\nworld = 'live'\n" + head + "[script.p]\nrepeat = " + rounds +
                           "\nphases = [{ fork = 'c' }]\n"
                           "[script.c]\nrepeat = 'forever'\nphases = [{ run = '1ms' }]\n");
  };
  EXPECT_EQ(forks("4"), "it was taken");
  EXPECT_THAT(forks("5"), HasSubstr("scene.toml:14: script.c.phases: this never ends, is forked 5 times, and VM 'vm' "
                                    "has 4 vCPUs for that; write fewer rounds, more spare_vcpus or a time_limit"));
}

TEST(ScenarioCounts, VcpusThatWereNeverForkedFillNoTable) {
  const std::string text =
      "[host]\npcpus = 2\n[[vm]]\nname = 'vm'\nspare_vcpus = 100\nscript = 'p'\n"
      "[script.p]\nphases = [{ fork = 'c' }, { run = '1us' }]\n[script.c]\nphases = [{ run = '1ms' }]\n";
  const auto plan = scenes::plan_text(text);
  ASSERT_TRUE(plan) << plan.error().sentence;
  const std::vector<ScenarioRun> runs{scenes::run_text(text)};
  const std::string table = scenario_table(*plan, runs);
  EXPECT_THAT(table, HasSubstr("\nvm/1 "));
  EXPECT_THAT(table, Not(HasSubstr("\nvm/2 ")));
  EXPECT_THAT(table, HasSubstr("(99 spare vCPUs had nothing to do.)"));
}

TEST(ScenarioCounts, VcpusThatWereNeverForkedHaveNoShareOfAnything) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '10ms'\n[host]\npcpus = 2\n[[vm]]\nname = 'vm'\nvcpus = 2\nspare_vcpus = 30\nscript = 'p'\n"
      "[script.p]\nrepeat = 'forever'\nphases = [{ run = '1s' }]\n");
  EXPECT_GT(fairness_of(out.run.report).jain_by_weight, 0.99) << "with the spares in it: 2/32";
  EXPECT_EQ(totals_of(out.run.report).lifetime, 2 * out.run.report.wall);
}

TEST(ScenarioCounts, WhoWasForkedAndNeverRanIsNoSpare) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '10ms'\npolicy = 'fifo'\n[host]\npcpus = 1\n[[vm]]\nname = 'vm'\nspare_vcpus = 2\n"
      "script = 'p'\n[script.p]\nphases = [{ sleep = '1ms' }, { fork = 'c' }, { run = '1s' }]\n"
      "[script.c]\nphases = [{ run = '1s' }]\n");
  const auto& vcpus = out.run.report.vcpus;
  EXPECT_TRUE(vcpus[VcpuId{1}].used) << "it waited for a pCPU";
  EXPECT_GT(vcpus[VcpuId{1}].wait, std::chrono::milliseconds(8));
  EXPECT_FALSE(vcpus[VcpuId{2}].used);
  EXPECT_LT(fairness_of(out.run.report).jain_by_weight, 0.51);
}

TEST(ScenarioCounts, WhatOnlyASimulatedHostHasIsRefusedLive) {
  const kit::ScratchFile file("scene.toml", "[run]\nworld = 'live'\n[[vm]]\nscript = 's'\n"
                                            "[script.s]\nphases = [{ run = '1ms' }]\n");
  ScenarioOptions costs, quantum;
  costs.file = quantum.file = file.path();
  costs.costs = {"ipi.remote=3us"};
  quantum.quantum = std::chrono::microseconds(5);
  for (const ScenarioOptions& options : {costs, quantum}) {
    const auto plan = plan_scenario(options);
    ASSERT_FALSE(plan);
    EXPECT_THAT(plan.error().sentence, HasSubstr("--quantum and --cost belong to a simulated host"));
  }
}

}  // namespace
}  // namespace roost
