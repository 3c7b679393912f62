// How idle pCPUs wait in whole runs, and what that takes of power.

#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"
#include "tools/report/report_totals.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

/// Nothing costs anything, but power: 3100 mW busy, 2000 polling, 1000 in shallow sleep, 100 in deep, from 800 us on.
ScenarioRun free_of_charge(const std::string& policy, const std::string& pcpus, const std::string& script) {
  return scenes::run_text("[run]\ntime_limit = '1s'\npolicy = '" + policy + "'\n[host]\npcpus = " + pcpus +
                          "\n[host.costs]\nswitch = 0\nvm_exit = 0\n'lock.hold' = 0\n'load.read' = 0\n'ipi.send' = 0\n"
                          "'ipi.llc' = 0\n'line.llc' = 0\n'line.smt' = 0\n'wake.shallow' = 0\n'wake.deep' = 0\n"
                          "'tick.cost' = 0\n'power.busy' = 3100\n'power.poll' = 2000\n'power.shallow' = 1000\n"
                          "'power.deep' = 100\n[[vm]]\nname = 'a'\nscript = 's'\n[script.s]\n" + script);
}
const std::string kTwoRuns = "phases = [{ run = '1ms' }, { sleep = '2ms' }, { run = '1ms' }]\n";

// One pCPU is busy for 2 ms: 6200 uJ. Between, it sleeps for 2 ms, 0.8 of them lightly: 800 + 120. The other sleeps for
// 4 ms: 800 + 320.
TEST(Idle, EnergyIsTheSumOverWhatPcpusDid) {
  const ScenarioRun out = free_of_charge("mqms-none,idle=halt", "2", kTwoRuns);
  const RunReport& report = out.run.report;
  EXPECT_EQ(report.wall, 4ms);
  EXPECT_EQ(report.pcpus[PcpuId{0}].energy_uj, 6200u + 800u + 120u);
  EXPECT_EQ(report.pcpus[PcpuId{0}].waited.polled, 0ms);
  EXPECT_EQ(report.pcpus[PcpuId{0}].waited.shallow, 800us);
  EXPECT_EQ(report.pcpus[PcpuId{0}].waited.deep, 1200us);
  EXPECT_EQ(report.pcpus[PcpuId{1}].energy_uj, 800u + 320u);
  EXPECT_EQ(energy_of(report), 8240u);
}

// 2 ms busy, and 2 and 4 ms of polling: 6200 + 4000 + 8000.
TEST(Idle, WhoPollsSleepsNever) {
  const RunReport report = free_of_charge("mqms-none,idle=poll", "2", kTwoRuns).run.report;
  EXPECT_EQ(waited_of(report).polled, 6ms);
  EXPECT_EQ(waited_of(report).shallow + waited_of(report).deep, 0ms);
  EXPECT_EQ(energy_of(report), 18200u);
}

// Six waits of 50 us: windows of 0, 10, 20, 40, 80 and 80 us, so it polls for 10, 20, 40, 50 and 50 us.
TEST(Idle, AnAdaptiveOnePollsForLongerWhereWaitsAreShort) {
  const RunReport report =
      free_of_charge("mqms-none", "1", "repeat = 6\nphases = [{ run = '100us' }, { sleep = '50us' }]\n").run.report;
  EXPECT_EQ(report.pcpus[PcpuId{0}].waited.polled, 170us);
  EXPECT_EQ(report.pcpus[PcpuId{0}].waited.shallow, 130us);
  EXPECT_EQ(report.pcpus[PcpuId{0}].waited.deep, 0us);
}

// Ticks at 0.5, 1.0 .. 3.5 ms on the one that idles throughout; 1.5, 2.0, 2.5 and 3.0 on the other. No sleep is longer
// than 0.5 ms, so all are shallow: 6200 + 2000 + 4000.
TEST(Idle, AKeptTickKeepsSleepShallow) {
  const RunReport report = free_of_charge("mqms-none,idle=halt,idle_tick=500us", "2", kTwoRuns).run.report;
  EXPECT_EQ(report.pcpus[PcpuId{0}].idle_ticks, 4u);
  EXPECT_EQ(report.pcpus[PcpuId{1}].idle_ticks, 7u);
  EXPECT_EQ(energy_of(report), 12200u);
}

/// Each tick of the one that idles throughout takes 2 us; nothing else does.
TEST(Idle, TicksArePaidFor) {
  const RunReport report = scenes::run_text(
      "[run]\npolicy = 'mqms-none,idle=halt,idle_tick=500us'\n[host]\npcpus = 2\n[host.costs]\n'wake.shallow' = 0\n"
      "'tick.cost' = '2us'\n[[vm]]\nname = 'a'\nscript = 's'\n[script.s]\nphases = [{ run = '3750us' }]\n").run.report;
  EXPECT_EQ(report.pcpus[PcpuId{1}].idle_ticks, 7u);
  EXPECT_GE(report.pcpus[PcpuId{1}].overhead, 14us);
  EXPECT_LE(report.pcpus[PcpuId{1}].overhead, 14us + 10 * 60ns) << "and a lock for each look";
}

/// The second waits for 100 us until it is signalled. A poller sees its kick after a line's way, 1 us; who has halted
/// after an IPI's, 7 us, and the way out of its sleep, 50 us.
TEST(Idle, APollerIsWokenByALineAndNoIpi) {
  const auto woken = [](const std::string& idle) {
    return scenes::run_text("[run]\npolicy = 'mqms-none,idle=" + idle + "'\n[host]\npcpus = 2\n"
                            "[host.costs]\n'ipi.llc' = '7us'\n'line.llc' = '1us'\n'wake.shallow' = '50us'\n"
                            "'ipi.send' = 0\n[[vm]]\nname = 'pair'\nvcpus = 2\nscripts = ['x', 'y']\n"
                            "[script.x]\nphases = [{ run = '100us' }, { signal = 'e' }]\n"
                            "[script.y]\nphases = [{ wait = 'e' }, { run = '10us' }]\n").run.report;
  };
  const RunReport poll = woken("poll"), halt = woken("halt");
  EXPECT_EQ(halt.vcpus[VcpuId{1}].wait - poll.vcpus[VcpuId{1}].wait, 56us);
  EXPECT_EQ(poll.pcpus[PcpuId{0}].kicks_sent, 1u);
  EXPECT_EQ(poll.pcpus[PcpuId{0}].kicks_polled, 1u);
  EXPECT_EQ(halt.pcpus[PcpuId{0}].kicks_polled, 0u);
}

TEST(Idle, TimesOfIdlingAddUpUnderEveryRuleWithAllCosts) {
  for (const std::string idle : {"adaptive", "halt", "poll", "halt,idle_tick=1ms", "adaptive,idle_tick=300us"}) {
    SCOPED_TRACE(idle);
    const RunReport report = scenes::run_text(
        "[run]\ntime_limit = '50ms'\npolicy = 'linux-cfs,idle=" + idle + "'\n[host]\ntopology = 'l3:2 core:2 pu:2'\n"
        "[[vm]]\nname = 'a'\nvcpus = 11\nscript = 's'\n[script.s]\nrepeat = 'forever'\n"
        "phases = [{ run = { exponential = '200us' } }, { sleep = { exponential = '300us' } }]\n").run.report;
    for (const PcpuReport& pcpu : report.pcpus) {
      EXPECT_EQ(pcpu.waited.sum(), pcpu.idle);
      EXPECT_EQ(pcpu.busy + pcpu.overhead + pcpu.waited.sum(), report.wall);
    }
  }
}

/// A run in which nobody will ever run again ends, though idle pCPUs tick on.
TEST(Idle, TicksAloneKeepNoRunGoing) {
  const ScenarioRun out = scenes::run_text(
      "[run]\npolicy = 'mqms-pull,idle=halt,idle_tick=1ms'\n[host]\npcpus = 2\n"
      "[[vm]]\nname = 'two'\nvcpus = 2\nscripts = ['x', 'y']\n"
      "[script.x]\nphases = [{ lock = 'm' }, { signal = 'a' }, { wait = 'b' }, { lock = 'n' }]\n"
      "[script.y]\nphases = [{ lock = 'n' }, { signal = 'b' }, { wait = 'a' }, { lock = 'm' }]\n");
  EXPECT_EQ(out.run.end, RunEnd::Stuck);
}

ScenarioRun packed(const std::string& policy) {
  ScenarioOptions options;
  options.file = ROOST_SCENARIO_DIR "/pack_for_power.toml";
  options.policy = policy;
  const auto plan = plan_scenario(options);
  check(plan.has_value(), "the shipped scenario can be planned");
  return scenes::run_plan(*plan);
}

TEST(Idle, PackingTakesLessPowerAndWaitsLongerThanSpreading) {
  const ScenarioRun pack = packed(""), spread = packed("roost,place=spread");
  EXPECT_LT(2 * energy_of(pack.run.report), energy_of(spread.run.report));
  EXPECT_GT(wakes_of(pack.run.report).percentile(990), wakes_of(spread.run.report).percentile(990));
}

}  // namespace
}  // namespace roost
