#include <algorithm>

#include <fmt/format.h>
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
    "global": { "duration": 2, "default_policy": "SCHED_OTHER", "logdir": "./", "calibration": "CPU0",
                "mem_buffer_size": 4096, "pi_enabled": false },
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
  EXPECT_EQ(vm.spare_vcpus, 64u) << "'heavy' forks for ever";
  EXPECT_EQ(value(vm.weights[3]), 305) << "what is forked is as heavy as its task";
  EXPECT_EQ(vm.affinities[3], (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(vm.scripts, (std::vector<std::uint32_t>{0, 0, 1}));
  EXPECT_EQ(value(vm.weights[0]), 305);  // nice -5: 1.25^5
  EXPECT_EQ(vm.affinities[1], (std::vector<std::uint32_t>{0, 1}));
  const auto& light = s->scripts[0].phases;
  EXPECT_EQ(light[0].kind, Phase::Kind::Sleep);
  EXPECT_EQ(light[1].times, 10u);
  EXPECT_EQ(light[2].span.a, 1ms);
  EXPECT_EQ(light[3].kind, Phase::Kind::Timer);
  const auto has = [&](Phase::Kind kind, auto good) {
    return std::ranges::any_of(s->scripts[1].phases, [&](const Phase& p) { return p.kind == kind && good(p); });
  };
  EXPECT_TRUE(has(Phase::Kind::Runtime, [](const Phase& p) { return p.span.a == 10us; }));
  EXPECT_TRUE(has(Phase::Kind::Memory, [](const Phase& p) { return p.memory.working_set == 4096; }));
}

TEST(RtAppReader, NamesWhatItDoesNotSupport) {
  const auto task = [](const std::string& inner) { return "{ \"tasks\": { \"t\": { " + inner + " } } }"; };
  EXPECT_THAT(refused(task("\"iorun\": 5")), HasSubstr("w.json:1: tasks.t.iorun: 'iorun' is not supported"));
  EXPECT_THAT(refused(task("\"rum\": 5")), HasSubstr("did you mean 'run'"));
  EXPECT_THAT(refused(task("\"run\": 5, \"util_min\": 3")), HasSubstr("tasks.t.util_min"));
  EXPECT_THAT(refused(task("\"run\": 5, \"policy\": \"SCHED_FIFO\"")), HasSubstr("'SCHED_FIFO' is not supported"));
  EXPECT_THAT(refused(task("\"run\": -5")), HasSubstr("tasks.t.run: a whole number of microseconds from 0"));
  EXPECT_THAT(refused(task("\"run\": 5, \"run\": 6")), HasSubstr("'run' stands twice"));
  EXPECT_THAT(refused(task("\"fork\": \"u\"")), HasSubstr("there is no task 'u'; there are 't'"));
  EXPECT_THAT(refused(task("\"phases\": { \"p\": { \"priority\": 1, \"run\": 5 } }")),
              HasSubstr("tasks.t.phases.p.priority: this is supported for whole tasks only"));
  EXPECT_THAT(refused(task("\"phases\": { \"p\": { \"cpus\": [], \"run\": 5 } }")),
              HasSubstr("tasks.t.phases.p.cpus: a list of pCPU numbers"));
  EXPECT_THAT(refused("{ \"tasks\": { \"p\": { \"fork\": \"c\" },\n\"c\": { \"instance\": 0, \"loop\": 1, "
                      "\"phases\": { \"x\": { \"cpus\": [1], \"run\": 5 } } } } }"),
              HasSubstr("w.json:2: tasks.c: the phases of a task that is forked have no cpus of their own"));
  EXPECT_THAT(refused(task("\"timer\": { \"ref\": \"a\", \"period\": 5, \"mode\": \"fixed\" }")),
              HasSubstr("tasks.t.timer.mode: \"relative\" or \"absolute\" is expected here"));
  EXPECT_THAT(refused(task("\"instance\": 2, \"timer\": { \"ref\": \"a\", \"period\": 5 }")), HasSubstr("unique"));
  EXPECT_THAT(refused("{ \"tasks\": {}, \"tasks2\": {} }"), HasSubstr("tasks"));
  EXPECT_THAT(refused("{"), HasSubstr("no JSON"));
  EXPECT_THAT(refused(task("\"run\": 5, \"membind_nodes\": [0]")), HasSubstr("'membind_nodes' is not supported"));
  EXPECT_THAT(refused("{ \"resources\": {}, \"tasks\": { \"t\": { \"run\": 5 } } }"),
              HasSubstr("w.json:1: resources: this is not supported"));
}

TEST(RtAppReader, HasASpareForEachForkThatLoopsCanMake) {
  const auto spares = [](const std::string& tasks) {
    const auto s = read_rtapp_scenario("{ \"tasks\": { " + tasks + " } }", "w.json");
    return s ? s->vms.at(0).spare_vcpus : 0;
  };
  const std::string child = "\"c\": { \"instance\": 0, \"loop\": 1, \"run\": 5 }";
  // 2 instances, 3 rounds of (1 + 4 forks).
  EXPECT_EQ(spares("\"p\": { \"instance\": 2, \"loop\": 3, \"fork\": \"c\", \"phases\": { \"x\": { \"loop\": 4, "
                   "\"fork\": \"c\" } } }, " + child), 2u * 3 * 5);
  // 7 middle ones, each of which forks 2.
  EXPECT_EQ(spares("\"p\": { \"loop\": 7, \"fork\": \"m\" }, \"m\": { \"instance\": 0, \"loop\": 2, \"fork\": "
                   "\"c\" }, " + child), 7u + 14);
  EXPECT_EQ(spares("\"p\": { \"loop\": 5000, \"fork\": \"c\" }, " + child), 1024u);
  EXPECT_EQ(spares("\"p\": { \"loop\": 1, \"fork\": \"p\" }"), 64u);
  EXPECT_THAT(refused("{ \"tasks\": { \"p\": { \"loop\": 2, \"fork\": \"c\", \"fork1\": \"d\" },\n" + child + ",\n"
                      "\"d\": { \"instance\": 0, \"loop\": 1, \"cpus\": [1], \"run\": 5 } } }"),
              HasSubstr("w.json:3: tasks.d: tasks that are forked have one priority and the same cpus"));
}

TEST(RtAppReader, AnObjectHasOnlySoManyKeys) {
  std::string tasks;
  for (int i = 0; i <= 10'000; ++i) tasks += fmt::format("{}\n\"t{}\": {{}}", i == 0 ? "" : ",", i);
  EXPECT_EQ(refused("{ \"tasks\": {" + tasks + " } }"),
            "w.json:10002: an object has at most 10000 keys here, and 't10000' is one more; use loop or instance");
}

TEST(RtAppReader, ASuspendWithoutANameIsTheTasksOwn) {
  EXPECT_EQ(refused("{ \"tasks\": { \"a\": { \"suspend\": \"\" }, \"b\": { \"resume\": \"a\" } } }"), "it was taken");
  EXPECT_THAT(refused("{ \"tasks\": { \"a\": { \"suspend\": \"\" }, \"b\": { \"resume\": \"b\" } } }"),
              HasSubstr("tasks.a: it suspends itself as 'a', and no task resumes that; write \"resume\": \"a\""));
}

TEST(RtAppReader, AdvisesItsOwnKeys) {
  const auto task = [](const std::string& inner) { return "{ \"tasks\": { \"t\": { " + inner + " } } }"; };
  EXPECT_THAT(refused(task("\"wait\": { \"ref\": \"e\", \"mutex\": \"m\" }")),
              HasSubstr("it waits for 'e', which no task signals; write \"signal\": \"e\" in another"));
  EXPECT_THAT(refused(task("\"unlock\": \"m\"")), HasSubstr("write \"lock\": \"m\" before"));
}

TEST(RtAppReader, NamesWhatOfGlobalWouldChangeARun) {
  const auto global = [](const std::string& inner) {
    return "{ \"global\": { " + inner + " }, \"tasks\": { \"t\": { \"run\": 5 } } }";
  };
  EXPECT_THAT(refused(global("\"pi_enabled\": true")), HasSubstr("global.pi_enabled: no lock here lends priority"));
  EXPECT_THAT(refused(global("\"calibration\": 120")), HasSubstr("global.calibration"));
  EXPECT_THAT(refused(global("\"mem_buffer_size\": 0")),
              HasSubstr("global.mem_buffer_size: a whole number of bytes from 1"));
  EXPECT_THAT(refused(global("\"log_size\": \"file\", \"lock_pages\": true")), HasSubstr("it was taken"));
}

TEST(RtAppReader, TakesAnEventsNameWithANumberOrASignAfterItAlone) {
  const auto task = [](const std::string& key) { return "{ \"tasks\": { \"t\": { \"" + key + "\": 5 } } }"; };
  for (const char* good : {"run", "run1", "run_b", "run-c", "runtime2", "sleep12_x", "mem0"})
    EXPECT_EQ(refused(task(good)), "it was taken") << good;
  for (const char* bad : {"memrun", "sleepless", "synchronize", "runfoo", "runtimes", "Run", ""})
    EXPECT_THAT(refused(task(bad)), HasSubstr("' is not supported; ")) << bad;
  EXPECT_THAT(refused(task("runfoo")), HasSubstr("did you mean 'run'"));
}

TEST(RtAppReader, TellsTheLineAndTheKey) {
  EXPECT_THAT(refused("{\n \"tasks\": {\n  \"a.b\": {\n   \"run\": 5,\n   \"sleep\": -1 } } }"),
              HasSubstr("w.json:5: tasks.a.b.sleep: a whole number"));
  EXPECT_THAT(refused("{\n \"tasks\": {\n  \"a\": { \"run\": 5 },\n  \"b\": {\n   \"run\": 7,\n   \"run\": 8 } } }"),
              HasSubstr("w.json:6: 'run' stands twice"));
  EXPECT_THAT(refused("{\n \"tasks\": {\n  \"a\": { \"run\" 5 }\n } }"), HasSubstr("w.json:3: no JSON"));
  EXPECT_THAT(refused("[]"), HasSubstr("tasks"));
}

TEST(RtAppReader, KeepsTheLinesOfWhatIsLookedAtOnceTheHostIsKnown) {
  const auto s = read_rtapp_scenario("{ \"tasks\": {\n \"a\": { \"run\": 5 },\n \"b\": { \"run\": 5,\n"
                                     "  \"phases\": { \"p\": { \"run\": 1 } },\n  \"cpus\": [999] } } }",
                                     "w.json");
  ASSERT_TRUE(s) << s.error().sentence;
  EXPECT_EQ(s->vms[0].affinities_at.at(1), "w.json:5: tasks.b.cpus");
  EXPECT_EQ(s->scripts[1].where, "w.json:3: tasks.b");
}

}  // namespace
}  // namespace roost
