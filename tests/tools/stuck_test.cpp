// Scripts that wait for each other end the run, in virtual time and live, whoever schedules. No time limit: what is not
// found would never end. No claim about times.

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"
#include "tools/cli/run_outcome.hpp"
#include "tools/cli/scenario_report.hpp"

namespace roost {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

struct Where {
  const char *name, *world, *policy;
};

class Stuck : public testing::TestWithParam<Where> {
 protected:
  static ScenarioRun run(const std::string& text) {
    const std::string policy = GetParam().policy;
    return scenes::run_text("[run]\npolicy = '" + policy + "'\n[host]\npcpus = 2\n" + text, GetParam().world);
  }
  static std::string words_of(const std::string& text) {
    const ScenarioRun out = run(text);
    EXPECT_EQ(exit_code_of(out.run, out.signal), 125);
    return stuck_words(out);
  }
};

const std::string kTwoLocks =
    "[[vm]]\nname = 'two'\nvcpus = 2\nscripts = ['x', 'y']\n"
    "[script.x]\nphases = [{ lock = 'm' }, { signal = 'a' }, { wait = 'b' }, { lock = 'n' }]\n"
    "[script.y]\nphases = [{ lock = 'n' }, { signal = 'b' }, { wait = 'a' }, { lock = 'm' }]\n";

TEST_P(Stuck, TwoLocksInOppositeOrder) {
  const std::string words = words_of(kTwoLocks);
  EXPECT_THAT(words, HasSubstr("two/0 waits for lock 'n' of VM two, which two/1 holds."));
  EXPECT_THAT(words, HasSubstr("two/1 waits for lock 'm' of VM two, which two/0 holds."));
}

const std::string kPolled = "[lock.m]\npoll = true\n[lock.n]\npoll = true\n";

TEST_P(Stuck, AlsoWhereTheyPoll) {
  EXPECT_THAT(words_of(kTwoLocks + kPolled),
              HasSubstr("two/0 waits for lock 'n' of VM two, which two/1 holds."));
}

TEST_P(Stuck, ABarrierThatOneDoesNotComeTo) {
  EXPECT_THAT(words_of("[[vm]]\nname = 'meet'\nvcpus = 3\nscripts = ['x', 'x', 'y']\n"
                       "[script.x]\nrepeat = 3\nphases = [{ run = '10us' }, { barrier = 'b' }]\n"
                       "[script.y]\nrepeat = 2\nphases = [{ barrier = 'b' }]\n"),
              AnyOf(HasSubstr("meet/0 and meet/1 wait for barrier 'b' of VM meet."),
                    HasSubstr("meet/1 and meet/0 wait for barrier 'b' of VM meet.")));
}

TEST_P(Stuck, OnlyOnceTheTimelineIsOver) {
  EXPECT_THAT(words_of("[lock.m]\nshared = true\n[event.e]\nshared = true\n"
                       "[[vm]]\nname = 'a'\nscript = 'x'\nstop = '3ms'\n[[vm]]\nname = 'b'\nscript = 'y'\n"
                       "[script.x]\nphases = [{ lock = 'm' }, { signal = 'e' }, { sleep = '1000s' }]\n"
                       "[script.y]\nphases = [{ wait = 'e' }, { lock = 'm' }]\n"),
              HasSubstr("b/0 waits for "));
}

TEST_P(Stuck, WhatIsForkedCountsUntilItWaits) {
  EXPECT_THAT(words_of("[[vm]]\nname = 'f'\nspare_vcpus = 6\nscript = 'x'\n"
                       "[script.x]\nphases = [{ repeat = 6, do = [{ fork = 'y' }] }]\n"
                       "[script.y]\nphases = [{ lock = 'm' }, { run = '20us' }]\n"),
              HasSubstr(" and 1 more wait for lock 'm' of VM f, which f/"));
}

TEST_P(Stuck, AVmThatIsStoppedWhileItWaitsIsNot) {
  const ScenarioRun out = run("[[vm]]\nvcpus = 2\nspare_vcpus = 1\nscript = 's'\nstop = '2ms'\n"
                              "[script.s]\nrepeat = 'forever'\nphases = [{ serve = 'q', do = [{ fork = 's' }] }]\n"
                              "[[arrivals]]\nqueue = 'q'\nperiodic = '1000s'\n");
  EXPECT_EQ(out.run.end, RunEnd::AllStopped);
  EXPECT_EQ(stuck_words(out), "");
}

INSTANTIATE_TEST_SUITE_P(Worlds, Stuck,
                         testing::Values(Where{"simulated", "sim", "roost"}, Where{"live", "live", "roost"},
                                         Where{"by_linux", "live", "host"}),
                         [](const auto& where) { return std::string(where.param.name); });

TEST(StuckBesideAGuest, OnlyOnceTheGuestHasEnded) {
  for (const char* world : {"sim", "live"}) {
    const ScenarioRun out = scenes::run_text("[host]\npcpus = 2\n[[vm]]\nname = 'g'\nguest = 'hello'\nvcpus = 2\n"
                                             "memory = '16M'\n" + kTwoLocks + kPolled, world);
    EXPECT_EQ(out.run.end, RunEnd::Stuck) << world;
    EXPECT_TRUE(out.run.report.vms[VmId{0}].ended) << world << ": the guest runs to its end";
  }
}

TEST(EndlessScenario, IsRefusedWithThePlaceOfTheScript) {
  EXPECT_THAT(scenes::refused("[host]\npcpus = 1\n[[vm]]\nscript = 's'\n[script.s]\nrepeat = 'forever'\n"
                              "phases = [{ run = '1ms' }]\n"),
              HasSubstr("scene.toml:7: script.s.phases: this repeats forever, so the run would never end; write "
                        "time_limit = \"1s\" under [run]"));
}

TEST(Starved, WhoNeverRunsIsNamed) {
  const ScenarioRun out = scenes::run_text(
      "[run]\npolicy = 'sjf'\ntime_limit = '1s'\n[host]\npcpus = 1\n[event.e]\npoll = true\nshared = true\n"
      "[[vm]]\nscript = 'polls'\n[[vm]]\nscript = 'late'\n[script.polls]\nphases = [{ wait = 'e' }]\n"
      "[script.late]\nphases = [{ run = '1ms' }, { signal = 'e' }]\n");
  EXPECT_EQ(stuck_words(out), "Runnable and never scheduled: late/0.\n");
}

}  // namespace
}  // namespace roost
