#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/vmm/workload/simulate.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string refused(const std::string& text) {
  const auto scenario = read_rtapp_scenario(text, "w.json");
  return scenario ? "it was taken" : scenario.error().sentence;
}

TEST(RtAppReader, ReadsTasksPhasesAndEvents) {
  const auto s = read_rtapp_scenario(R"({
    /* rt-app allows remarks */
    "global": { "duration": 2, "default_policy": "SCHED_OTHER", "logdir": "./", "calibration": "CPU0" },
    "tasks": {
      "light": { "instance": 2, "loop": 10, "cpus": [0, 1], "priority": -5, "delay": 100,
                 "run": 1000, "timer": { "ref": "unique", "period": 30000 } },
      "heavy": { "phases": { "a": { "loop": 3, "run1": 400, "sleep": 50, "lock": "m", "runtime": 10, "unlock": "m" },
                             "b": { "sync": { "ref": "c", "mutex": "m" }, "barrier": "x", "fork": "light",
                                    "mem": 64000, "yield": "" , "resume": "light" } } },
      "other": { "instance": 0, "wait": { "ref": "c", "mutex": "m" }, "broad": "c", "suspend": "light", "barrier": "x" }
    } })", "w.json");
  ASSERT_TRUE(s) << s.error().sentence;
  EXPECT_EQ(s->time_limit, 2s);
  const ScenarioVm& vm = s->vms.at(0);
  EXPECT_EQ(vm.vcpus, 3u);
  EXPECT_EQ(vm.spare_vcpus, 1u);
  EXPECT_EQ(vm.scripts, (std::vector<std::uint32_t>{0, 0, 1}));
  EXPECT_EQ(value(vm.weights[0]), 305);  // nice -5: 1.25^5
  EXPECT_EQ(vm.affinities[1], (std::vector<std::uint32_t>{0, 1}));
  const auto& light = s->scripts[0].phases;
  EXPECT_EQ(light[0].kind, Phase::Kind::Sleep);
  EXPECT_EQ(light[1].times, 10u);
  EXPECT_EQ(light[2].span.a, 1ms);
  EXPECT_EQ(light[3].kind, Phase::Kind::Timer);
}

TEST(RtAppReader, NamesWhatItDoesNotSupport) {
  const auto task = [](const std::string& inner) { return "{ \"tasks\": { \"t\": { " + inner + " } } }"; };
  EXPECT_THAT(refused(task("\"iorun\": 5")), HasSubstr("w.json: tasks.t.iorun: 'iorun' is not supported"));
  EXPECT_THAT(refused(task("\"rum\": 5")), HasSubstr("did you mean 'run'"));
  EXPECT_THAT(refused(task("\"run\": 5, \"util_min\": 3")), HasSubstr("tasks.t.util_min"));
  EXPECT_THAT(refused(task("\"run\": 5, \"policy\": \"SCHED_FIFO\"")), HasSubstr("'SCHED_FIFO' is not supported"));
  EXPECT_THAT(refused(task("\"run\": -5")), HasSubstr("tasks.t.run: a whole number from 0"));
  EXPECT_THAT(refused(task("\"run\": 5, \"run\": 6")), HasSubstr("'run' stands twice"));
  EXPECT_THAT(refused(task("\"fork\": \"u\"")), HasSubstr("there is no task 'u'"));
  EXPECT_THAT(refused(task("\"phases\": { \"p\": { \"cpus\": [1], \"run\": 5 } }")),
              HasSubstr("tasks.t.phases.p.cpus"));
  EXPECT_THAT(refused(task("\"timer\": { \"ref\": \"a\", \"period\": 5, \"mode\": \"absolute\" }")),
              HasSubstr("not supported yet"));
  EXPECT_THAT(refused(task("\"instance\": 2, \"timer\": { \"ref\": \"a\", \"period\": 5 }")), HasSubstr("unique"));
  EXPECT_THAT(refused("{ \"tasks\": {}, \"tasks2\": {} }"), HasSubstr("tasks"));
  EXPECT_THAT(refused("{"), HasSubstr("no JSON"));
  EXPECT_THAT(refused("[]"), HasSubstr("tasks"));
}

}  // namespace
}  // namespace roost
