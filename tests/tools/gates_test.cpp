// Gates in whole runs: co-scheduling and group shares beside caps, and as pCPUs come and go.

#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

const std::string kHogs = "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '10ms' }]\n";

RunReport report_of(const std::string& policy, const std::string& limit, const std::string& rest) {
  return scenes::run_text("[run]\npolicy = '" + policy + "'\ntime_limit = '" + limit + "'\n" + rest).run.report;
}

/// Two VMs of one have a pCPU each, until one of the two goes: then they have the other in turns of a round.
TEST(Gates, RoundsAreOfThePcpusThatAreOnline) {
  for (const bool goes : {false, true}) {
    const RunReport report = report_of(
        "round_robin,cosched=strict,round=5ms", "100ms",
        "[host]\npcpus = 2\n" + kHogs + "[[vm]]\nname = 'a'\ncount = 2\nscript = 'hog'\n" +
            (goes ? "[[timeline]]\nat = '10ms'\npcpus = [1]\noffline = true\n" : ""));
    for (const VcpuReport& vcpu : report.vcpus) EXPECT_EQ(vcpu.co_stops >= 8, goes) << vcpu.co_stops;
  }
}

/// Weights 1000, 100 and 100 on two pCPUs: the first can use no more than one of them. On the one that is left after
/// 1 ms it has ten of twelve parts.
TEST(Gates, SharesAreClippedByThePcpusThatAreOnline) {
  const RunReport report = report_of(
      "roost,shares=group", "1s",
      "[host]\npcpus = 2\n" + kHogs + "[[vm]]\nname = 'big'\nweight = 1000\nscript = 'hog'\n"
      "[[vm]]\nname = 'small'\ncount = 2\nscript = 'hog'\n"
      "[[timeline]]\nat = '1ms'\npcpus = [1]\noffline = true\n");
  EXPECT_NEAR(static_cast<double>(nanoseconds(report.vcpus[VcpuId{0}].run)) / 1e9, 10.0 / 12, 0.02);
}

/// A hog uses up its VM's cap of 20 ms in 100 within 20 ms; its sibling wakes each 10 ms and runs for 0.1. From then on
/// what it waits for is its cap: such a wakeup is in no figure of how soon it ran.
TEST(Gates, WaitsForACapAreNoWaitsFromAWakeup) {
  const RunReport report = report_of("roost", "1s",
                                     "[host]\npcpus = 2\n" + kHogs + "[script.nap]\nrepeat = 'forever'\n"
                                     "phases = [{ run = '100us' }, { sleep = '10ms' }]\n"
                                     "[[vm]]\nname = 'a'\nvcpus = 2\ncap = 20\nscripts = ['hog', 'nap']\n");
  const VcpuReport& napper = report.vcpus[VcpuId{1}];
  EXPECT_GE(napper.throttled, 9u);
  EXPECT_GT(napper.capped, 400ms);
  EXPECT_LT(napper.wake_to_run.max(), 1ms);
  EXPECT_LE(napper.wake_to_run.count() + 8, napper.wakeups);
}

/// Siblings that block on each other, sleep and end, one VM of them capped: each script ends, under the monitor.
TEST(Gates, CappedSiblingsFinishTheirWorkTogether) {
  for (const std::string how : {"relaxed", "strict"})
    for (const std::string policy : {"roost", "linux-cfs", "xen-credit", "sqms", "esx-relaxed"}) {
      SCOPED_TRACE(policy + ", " + how);
      const ScenarioRun run = scenes::run_text(
          "[run]\ntime_limit = '20s'\npolicy = '" + policy + ",cosched=" + how + "'\n[host]\npcpus = 3\n"
          "[lock.l]\npoll = true\n[script.fight]\nrepeat = 100\n"
          "phases = [{ run = { exponential = '100us' } }, { lock = 'l', do = [{ run = '10us' }] }]\n"
          "[script.nap]\nrepeat = 20\nphases = [{ run = '1ms' }, { sleep = { exponential = '9ms' } }]\n"
          "[[vm]]\nname = 'free'\nvcpus = 4\nscript = 'fight'\n"
          "[[vm]]\nname = 'capped'\nvcpus = 3\ncap = 20\nscripts = ['nap', 'fight', 'nap']\n");
      EXPECT_EQ(run.run.end, RunEnd::AllStopped);
      std::uint64_t throttled = 0;
      for (const VcpuReport& vcpu : run.run.report.vcpus) throttled += vcpu.throttled;
      EXPECT_GT(throttled, 0u);
    }
}

}  // namespace
}  // namespace roost
