// What phases do, seen through whole runs in the simulated world.

#include "vmm/workload/scripted_vcpu.hpp"

#include <numeric>

#include <gtest/gtest.h>

#include "tests/vmm/workload/simulate.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using scenes::simulate;

std::string vm(int vcpus, const std::string& script, const std::string& more = "") {
  return "[[vm]]\nname = \"vm\"\nvcpus = " + std::to_string(vcpus) + "\nscript = \"s\"\n" + more + "\n" + script;
}

TEST(ScriptedVcpu, DoesItsWorkAndEnds) {
  const auto out = simulate(vm(3, "[script.s]\nrepeat = 10\nphases = [{ run = '300us' }, { sleep = '1ms' }]"));
  EXPECT_EQ(out.end, RunEnd::AllStopped);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(out.done[i], 3ms);
    EXPECT_EQ(out.counts[i].rounds, 10u);
  }
}

TEST(ScriptedVcpu, RepeatsWithinRepeats) {
  const auto out = simulate(
      vm(1, "[script.s]\nrepeat = 2\nphases = [{ repeat = 3, do = [{ run = '1us' },"
            "{ repeat = 0, do = [{ run = '1s' }] },"
            "{ repeat = 5, do = [{ run = '10us' }] }] }]"));
  EXPECT_EQ(out.done[0], 2 * 3 * (1us + 5 * 10us));
}

TEST(ScriptedVcpu, EndsEarlyByExit) {
  EXPECT_EQ(simulate(vm(1, "[script.s]\nphases = [{ run = '1us' }, { exit = true }, { run = '1s' }]")).done[0], 1us);
}

TEST(ScriptedVcpu, HoldsALockAloneWhetherWaitersSpinOrHalt) {
  for (const char* poll : {"true", "false"}) {
    const auto out = simulate("[lock.m]\npoll = " + std::string(poll) + "\n" +
                              vm(4, "[script.s]\nrepeat = 100\nphases = [{ lock = 'm', do = [{ run = '100us' }] }]"),
                              {.pcpus = 4});
    EXPECT_EQ(out.end, RunEnd::AllStopped);
    // One holder at a time: 400 sections of 100 us take 40 ms however many pCPUs there are.
    EXPECT_GE(out.report.wall, 40ms) << poll;
    EXPECT_LT(out.report.wall, 48ms) << poll;
    for (const ScriptCounts& counts : out.counts) EXPECT_EQ(counts.locks, 100u);
  }
}

TEST(ScriptedVcpu, PollsOnItsPcpuAndHaltsOffIt) {
  const std::string rest = vm(2, "[script.s]\nrepeat = 100\nphases = [{ lock = 'm', do = [{ run = '100us' }] }]");
  const auto spins = simulate("[lock.m]\npoll = true\n" + rest), halts = simulate(rest);
  EXPECT_GT(spins.report.vcpus[VcpuId{0}].run, 18ms) << "waiting is spent running";
  EXPECT_LT(halts.report.vcpus[VcpuId{0}].run, 12ms) << "waiting is spent halted";
}

TEST(ScriptedVcpu, NobodyPassesABarrierBeforeAllHaveCome) {
  for (const char* poll : {"true", "false"}) {
    const auto out = simulate("[barrier.b]\npoll = " + std::string(poll) + "\n[[vm]]\nname = 'vm'\nvcpus = 3\n" +
                              "scripts = ['slow', 'fast', 'fast']\n"
                              "[script.slow]\nrepeat = 50\nphases = [{ run = '1ms' }, { barrier = 'b' }]\n"
                              "[script.fast]\nrepeat = 50\nphases = [{ run = '1us' }, { barrier = 'b' }]\n",
                              {.pcpus = 3});
    EXPECT_EQ(out.end, RunEnd::AllStopped) << poll;
    EXPECT_GE(out.report.wall, 50ms) << "everyone goes at the slowest one's pace";
    EXPECT_EQ(out.counts[1].waits, 50u);
  }
}

TEST(ScriptedVcpu, RuntimeIsOverWhenItsTimeHasPassedAndRunWhenItsWorkIsDone) {
  const auto wall = [](const std::string& verb) {
    return simulate(vm(2, "[script.s]\nphases = [{ " + verb + " = '10ms' }]"), {.pcpus = 1, .free = true}).report.wall;
  };
  EXPECT_EQ(wall("run"), 20ms);
  EXPECT_GE(wall("runtime"), 10ms);
  EXPECT_LE(wall("runtime"), 15ms) << "the second begins a slice later, and the time of both passes together";
}

TEST(ScriptedVcpu, SignalsAreKeptForThoseWhoComeLater) {
  const auto out = simulate("[[vm]]\nname = 'vm'\nvcpus = 2\nscripts = ['a', 'b']\n"
                            "[script.a]\nphases = [{ repeat = 5, do = [{ signal = 'e' }] }]\n"
                            "[script.b]\nphases = [{ sleep = '1ms' }, { repeat = 5, do = [{ wait = 'e' }] },"
                            "{ run = '1us' }]");
  EXPECT_EQ(out.end, RunEnd::AllStopped);
  EXPECT_EQ(out.counts[1].waits, 0u);
}

TEST(ScriptedVcpu, AForgetfulEventWakesOnlyWhoWaits) {
  const std::string rest = "[event.e]\nremembers = false\n[[vm]]\nname = 'vm'\nvcpus = 2\nscripts = ['a', 'b']\n"
                           "[script.b]\nphases = [{ sleep = '1ms' }, { wait = 'e' }]\n";
  EXPECT_EQ(simulate(rest + "[script.a]\nphases = [{ signal = 'e' }]").end, RunEnd::Stuck);
  EXPECT_EQ(simulate(rest + "[script.a]\nphases = [{ sleep = '2ms' }, { broadcast = 'e' }]").end, RunEnd::AllStopped);
}

TEST(ScriptedVcpu, AnIpiEndsASleep) {
  const auto out = simulate("[[vm]]\nname = 'vm'\nvcpus = 2\nscripts = ['a', 'b']\n"
                            "[script.a]\nphases = [{ sleep = '1ms' }, { ipi = '1' }]\n"
                            "[script.b]\nphases = [{ sleep = '10s' }, { run = '1us' }]");
  EXPECT_EQ(out.end, RunEnd::AllStopped);
  EXPECT_LT(out.report.wall, 2ms);
  EXPECT_EQ(out.counts[1].interrupts, 1u);
}

TEST(ScriptedVcpu, ATimerKeepsItsPeriodAndCountsWhatItMissed) {
  const auto good = simulate(vm(1, "[script.s]\nrepeat = 100\nphases = [{ run = '1ms' }, { timer = '3ms' }]"));
  EXPECT_EQ(good.counts[0].late, 0u);
  EXPECT_GE(good.report.wall, 300ms);
  EXPECT_LT(good.report.wall, 301ms) << "work is part of the period";
  const auto late = simulate(vm(1, "[script.s]\nrepeat = 100\nphases = [{ run = '4ms' }, { timer = '3ms' }]"));
  EXPECT_EQ(late.counts[0].late, 100u);
}

TEST(ScriptedVcpu, ForksSparesAndTheyCanBeForkedAgain) {
  const auto out = simulate("[[vm]]\nname = 'vm'\nspare_vcpus = 2\nscript = 'p'\n"
                            "[script.p]\nrepeat = 20\nphases = [{ fork = 'c' }, { sleep = '1ms' }]\n"
                            "[script.c]\nphases = [{ run = '100us' }]");
  EXPECT_EQ(out.end, RunEnd::AllStopped);
  EXPECT_EQ(out.counts[0].forks, 20u);
  EXPECT_EQ(out.counts[0].forks_refused, 0u);
  EXPECT_EQ(out.done[1] + out.done[2], 20 * 100us);
}

TEST(ScriptedVcpu, AForkWithoutASpareIsCounted) {
  const auto out = simulate("[[vm]]\nname = 'vm'\nspare_vcpus = 1\nscript = 'p'\n"
                            "[script.p]\nphases = [{ repeat = 5, do = [{ fork = 'c' }] }, { sleep = '10ms' }]\n"
                            "[script.c]\nphases = [{ run = '1ms' }]");
  EXPECT_EQ(out.counts[0].forks, 1u);
  EXPECT_EQ(out.counts[0].forks_refused, 4u);
  EXPECT_EQ(out.end, RunEnd::AllStopped);
}

TEST(ScriptedVcpu, WhatTakesNoTimeCannotStopTime) {
  for (const char* phases : {"{ signal = 'e' }", "{ yield = true }", "{ run = '0s' }", "{ repeat = 3, do = [] }"}) {
    const auto out = simulate("[run]\ntime_limit = '1ms'\n" + vm(2, "[script.s]\nrepeat = 'forever'\nphases = [" +
                              std::string(phases) + "]"), {.pcpus = 1, .free = true});
    EXPECT_EQ(out.end, RunEnd::TimeLimit) << phases;
  }
}

TEST(ScriptedVcpu, VmsStartAndStopWhenTheyShould) {
  const auto out = simulate("[run]\ntime_limit = '10ms'\n[[vm]]\nname = 'late'\nscript = 's'\nstart = '4ms'\n"
                            "[[vm]]\nname = 'early'\nscript = 's'\n[[timeline]]\nat = '3ms'\n"
                            "vm = 'early'\nstop = true\n"
                            "[script.s]\nrepeat = 'forever'\nphases = [{ run = '1s' }]");
  EXPECT_NEAR(static_cast<double>(out.report.vcpus[VcpuId{0}].run.count()), 6e6, 2e5);
  EXPECT_NEAR(static_cast<double>(out.report.vcpus[VcpuId{1}].run.count()), 3e6, 2e5);
}

TEST(ScriptedVcpu, EachVmHasItsOwnObjectsUnlessTheyAreShared) {
  const std::string vms = "[[vm]]\nname = 'a'\nscript = 'a'\n[[vm]]\nname = 'b'\nvcpus = 2\nscript = 'b'\n"
                          "[script.a]\nphases = [{ signal = 'e' }, { signal = 'e' }]\n"
                          "[script.b]\nphases = [{ wait = 'e' }, { signal = 'e' }]\n";
  EXPECT_EQ(simulate(vms).end, RunEnd::Stuck);
  EXPECT_EQ(simulate("[event.e]\nshared = true\n" + vms).end, RunEnd::AllStopped);
}

TEST(Scenario, OneSeedIsOneTrace) {
  const std::string text = "[run]\ntime_limit = '300ms'\n[lock.m]\npoll = true\n" +
                           vm(6, "[script.s]\nrepeat = 'forever'\nphases = [{ run = { exponential = '100us' } },"
                                 "{ lock = 'm', do = [{ run = '3us' }] },"
                                 "{ sleep = { uniform = ['10us', '200us'] } }]");
  const auto first = simulate(text), again = simulate(text), other = simulate(text, {.seed = 2});
  ASSERT_GT(first.events.size(), 500u);
  const auto same = [](const std::vector<Event>& a, const std::vector<Event>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Event& x, const Event& y) {
      return x.at == y.at && x.vcpu == y.vcpu && x.pcpu == y.pcpu && x.kind == y.kind && x.detail == y.detail;
    });
  };
  EXPECT_TRUE(same(first.events, again.events));
  EXPECT_FALSE(same(first.events, other.events));
}

}  // namespace
}  // namespace roost
