// Pools with policies of their own, from a scenario's text to its report.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"
#include "tools/report/run_json.hpp"
#include "tools/report/run_table.hpp"

namespace roost {
namespace {

using testing::HasSubstr;

const std::string kPools =
    "[run]\ntime_limit = '50ms'\n[host]\npcpus = 4\n"
    "[pool.left]\npcpus = '0-1'\npolicy = 'round_robin,slice=1ms'\n"
    "[pool.right]\npcpus = '2-3'\npolicy = 'fifo'\n"
    "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '10ms' }]\n";
const std::string kVms = "[[vm]]\nname = 'a'\nscript = 'hog'\nvcpus = 3\npool = 'left'\n"
                         "[[vm]]\nname = 'b'\nscript = 'hog'\nvcpus = 3\npool = 'right'\n";

/// `left` gives its three hogs 1 ms in turns; `right` runs two for ever, and the third never.
TEST(PoolScenario, EachPoolSchedulesItsOwn) {
  const ScenarioRun run = scenes::run_text(kPools + kVms);
  const RunReport& report = run.run.report;
  std::size_t starved = 0;
  for (std::uint32_t v = 0; v < 6; ++v) {
    const VcpuReport& vcpu = report.vcpus[VcpuId{v}];
    for (std::uint32_t p = 0; p < 4; ++p)
      if ((p < 2) != (v < 3)) {
        EXPECT_EQ(vcpu.run_on.on(PcpuId{p}), Duration{0}) << v << " on " << p;
      }
    if (v < 3) EXPECT_GT(vcpu.run, std::chrono::milliseconds(24)) << v << ": a third of two pCPUs, but for switches";
    else starved += vcpu.run == Duration{0};
  }
  EXPECT_EQ(starved, 1u) << "fifo";
  ASSERT_EQ(report.pools.size(), 2u);
  EXPECT_EQ(report.pools[0].name, "left");
  EXPECT_EQ(report.pools[1].policy, "fifo");
  EXPECT_THAT(run_json(run.run), HasSubstr("\"policy\":\"fifo\""));
}

/// At 20 ms b goes to `left`, and at 30 ms `right`, empty now, gets another policy.
TEST(PoolScenario, VmsMoveAndPoliciesChangeWhileItRuns) {
  const std::string timeline = "[[timeline]]\nat = '20ms'\nvm = 'b'\npool = 'left'\n"
                               "[[timeline]]\nat = '30ms'\npolicy = 'credit2'\npool = 'right'\n";
  const ScenarioRun run = scenes::run_text(kPools + kVms + timeline);
  const RunReport& report = run.run.report;
  for (std::uint32_t v = 3; v < 6; ++v) {
    const Duration left = report.vcpus[VcpuId{v}].run_on.on(PcpuId{0}) + report.vcpus[VcpuId{v}].run_on.on(PcpuId{1});
    EXPECT_GT(left, std::chrono::milliseconds(5)) << "a third of the last 30 ms";
  }
  for (const std::uint32_t p : {2U, 3U})
    EXPECT_LE(report.pcpus[PcpuId{p}].busy, std::chrono::milliseconds(21)) << "nobody is left there";
  ASSERT_EQ(report.policy_changes.size(), 1u);
  EXPECT_EQ(report.policy_changes[0].pool, "right");
  EXPECT_EQ(report.policy_changes[0].policy, "credit2");
  ASSERT_EQ(run.changes.size(), 2u);
  EXPECT_EQ(run.changes[1].what, "pool right: policy credit2");
}

/// Two VMs of two hogs each in a pool of two pCPUs, beside two more that idle: each has the pool to itself in every
/// second round of 5 ms, and its vCPUs are stopped in the others.
TEST(PoolScenario, WholeVmsTakeTurnsInTheirPool) {
  const ScenarioRun run = scenes::run_text(
      "[run]\ntime_limit = '50ms'\n[host]\npcpus = 4\n"
      "[pool.left]\npcpus = '0-1'\npolicy = 'round_robin,slice=1ms,cosched=strict,round=5ms'\n"
      "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '10ms' }]\n"
      "[[vm]]\nname = 'a'\ncount = 2\nscript = 'hog'\nvcpus = 2\npool = 'left'\n");
  for (const VcpuReport& vcpu : run.run.report.vcpus) {
    EXPECT_GE(vcpu.co_stops, 4u);
    EXPECT_GE(vcpu.co_stopped, std::chrono::milliseconds(20));
  }
}

TEST(PoolScenario, ThoseWhoNameNoPoolGetWhatIsLeft) {
  const std::string host = "[host]\npcpus = 3\n[run]\ntime_limit = '1ms'\n[script.hog]\nphases = [{ run = '10ms' }]\n"
                           "[pool.own]\npcpus = [1]\npolicy = 'fifo'\n";
  const auto plan = scenes::plan_text(host + "[[vm]]\nscript = 'hog'\n");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->scenario.vms[0].affinity, (std::vector<std::uint32_t>{0, 2}));
  EXPECT_THAT(scenes::refused("[host]\npcpus = 2\n[pool.own]\npcpus = '0-1'\npolicy = 'fifo'\n[script.s]\n"
                              "phases = [{ run = '1ms' }]\n[[vm]]\nname = 'a'\nscript = 's'\n"),
              HasSubstr("every pCPU lies in a pool with a policy of its own; say pool = \"...\" of VM 'a'"));
}

TEST(PoolScenario, WhatCannotBeIsRefusedWhereItStands) {
  EXPECT_THAT(scenes::refused("[host]\npcpus = 4\n[pool.left]\npcpus = '0-1'\npolicy = 'fifoo'\n[pool.right]\n"
                              "pcpus = '2-3'\n[script.hog]\nphases = [{ run = '1ms' }]\n" + kVms),
              HasSubstr("scene.toml:5: pool.left.policy: "));
  const std::string two = "[host]\npcpus = 4\n[pool.a]\npcpus = '0-1'\npolicy = 'fifo'\n[pool.b]\npcpus = '1-2'\n"
                          "policy = 'fifo'\n[script.s]\nphases = [{ run = '1ms' }]\n[[vm]]\nname = 'x'\nscript = 's'\n";
  EXPECT_THAT(scenes::refused(two), HasSubstr("scene.toml:7: pool.b.pcpus: pCPU 1 lies in pool 'a' too"));
  EXPECT_THAT(scenes::refused(kPools + "[[vm]]\nname = 'x'\nscript = 'hog'\naffinity = '1-2'\n"),
              HasSubstr("vm[0].affinity: these pCPUs lie in several pools that have policies of their own"));
  EXPECT_THAT(scenes::refused(kPools + kVms + "[[timeline]]\nat = '1ms'\npolicy = 'fifo'\npool = 'centre'\n"),
              HasSubstr("there is no pool 'centre'"));
  EXPECT_THAT(scenes::refused("[host]\npcpus = 4\n[pool.plain]\npcpus = '0-1'\n[run]\ntime_limit = '1ms'\n"
                              "[script.hog]\n"
                              "phases = [{ run = '1ms' }]\n[[vm]]\nscript = 'hog'\n"
                              "[[timeline]]\nat = '1ms'\npolicy = 'fifo'\npool = 'plain'\n"),
              HasSubstr("pool 'plain' has no policy of its own that could change"));
  EXPECT_THAT(scenes::refused(kPools + kVms + "[[timeline]]\nat = '1ms'\npcpus = '2-3'\noffline = true\n"),
              HasSubstr("would have no pCPU to run on"));
}

TEST(PoolScenario, RunsLiveToo) {
  const ScenarioRun run = scenes::run_text(
      "[run]\nworld = 'live'\n[host]\npcpus = 2\n[pool.own]\npcpus = [1]\npolicy = 'credit2'\n"
      "[script.s]\nrepeat = 5\nphases = [{ run = '100us' }, { sleep = '100us' }]\n"
      "[[vm]]\nname = 'a'\nscript = 's'\nvcpus = 2\n[[vm]]\nname = 'b'\nscript = 's'\nvcpus = 2\npool = 'own'\n"
      "[[timeline]]\nat = '500us'\nvm = 'a'\npool = 'own'\n[[timeline]]\nat = '700us'\npolicy = 'cfs'\npool = 'own'\n");
  EXPECT_EQ(run.run.end, RunEnd::AllStopped);
  EXPECT_EQ(run.run.report.pools.size(), 1u);
}

}  // namespace
}  // namespace roost
