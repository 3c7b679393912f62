#include "tools/report/trace_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/sample_run.hpp"
#include "tools/report/chrome_trace.hpp"
#include "tools/report/perfetto_trace.hpp"
#include "tools/report/trace_names.hpp"

namespace roost {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RecordedTrace sample() { return read_trace(perfetto_trace(sample_run()).value(), "sample").value(); }

constexpr TimehistParts kLines{.lines = true, .summary = false}, kSummary{.lines = false, .summary = true};

TEST(Timehist, HasALineForEachTimeThatAVcpuRan) {
  EXPECT_EQ(timehist(sample(), {}, kLines),
            R"(            time   pCPU  vCPU             wait time     sch delay      run time
           (sec)         [vm/vcpu]           (msec)        (msec)        (msec)
---------------- ------  ------------ ------------- ------------- -------------
     1.000025000 [0001]  a/1               0.000000      0.000000      0.015000
     1.000030000 [0000]  a/0               0.000000      0.000000      0.030000
     1.000040000 [0001]  b/0               0.000000      0.005000      0.015000
)");
}

TEST(Timehist, BothFormatsTellTheSame) {
  const auto chrome = read_trace(chrome_trace(sample_run()), "sample");
  ASSERT_TRUE(chrome);
  const TimehistParts both{.lines = true, .summary = true};
  EXPECT_EQ(timehist(sample(), {}, kLines), timehist(*chrome, {}, kLines));
  EXPECT_THAT(timehist(*chrome, {}, both), HasSubstr("pCPU    0 idle for   2.00 us  (5.0%)"));
  EXPECT_THAT(timehist(sample(), {}, both), HasSubstr("pCPU    0 idle for   2.00 us  (5.0%)"));
}

TEST(Timehist, WaitCountsFromTheLastTimeAndDelayFromWhenItWasReady) {
  FinishedRun run = sample_run();
  run.events.push_back({.at = at_us(50), .vcpu = kNoVcpu, .pcpu = PcpuId{0}, .kind = EventKind::Switch,
                        .detail = static_cast<std::uint8_t>(SwitchOut::Blocked)});
  run.events.push_back({.at = at_us(60), .vcpu = VcpuId{1}, .pcpu = PcpuId{1}, .other = PcpuId{0},
                        .kind = EventKind::Wakeup});
  run.events.push_back({.at = at_us(63), .vcpu = VcpuId{1}, .pcpu = PcpuId{1}, .kind = EventKind::Switch});
  run.events.push_back({.at = at_us(70), .vcpu = kNoVcpu, .pcpu = PcpuId{1}, .kind = EventKind::Switch,
                        .detail = static_cast<std::uint8_t>(SwitchOut::Blocked)});
  const auto trace = read_trace(perfetto_trace(run).value(), "sample");
  const std::string text = timehist(*trace, {}, kLines);
  EXPECT_THAT(text, HasSubstr("1.000050000 [0000]  a/1               0.007000      0.007000      0.018000"))
      << "preempted at 25, on again at 32";
  EXPECT_THAT(text, HasSubstr("1.000070000 [0001]  a/1               0.013000      0.003000      0.007000"))
      << "halted at 50, woken at 60, on again at 63";
  EXPECT_THAT(timehist(*trace, {}, kSummary), HasSubstr("a/1          3   40.0 us  7.00 us"));
}

TEST(Timehist, TellsFromWhenOnAnotherPolicyRules) {
  FinishedRun run = sample_run();
  run.report.policy_changes = {{ms(1), "round_robin"}, {ms(2), "roost,slice=2ms"}};
  run.events.push_back({.at = at_us(41), .kind = EventKind::Policy, .length = 1});
  run.events.push_back({.at = at_us(42), .kind = EventKind::Policy, .length = 2});
  run.events.push_back({.at = at_us(43), .kind = EventKind::Policy, .length = 1});
  const auto perfetto = read_trace(perfetto_trace(run).value(), "sample");
  const auto chrome = read_trace(chrome_trace(run), "sample");
  ASSERT_TRUE(perfetto && chrome);
  const std::string text = timehist(*perfetto, {}, kLines);
  EXPECT_EQ(text, timehist(*chrome, {}, kLines));
  EXPECT_THAT(text, HasSubstr("0.015000\n     1.000041000         from here on under policy round_robin\n"
                              "     1.000042000         from here on under policy roost,slice=2ms\n"
                              "     1.000043000         from here on under policy round_robin\n"));
  EXPECT_THAT(timehist(*perfetto, {.pcpus = {}, .vms = {}, .from = at_us(42), .to = at_us(43)}, kLines),
              Not(HasSubstr("round_robin")));
  EXPECT_EQ(occupancy_map(*perfetto, {}), occupancy_map(sample(), {}));
}

TEST(Timehist, AVcpuThatChangesPcpusWithinANanosecondRanOnBoth) {
  RecordedTrace trace;
  trace.pcpus = 2;
  trace.vcpus.push_back({"a", "a/0"});
  const auto add = [&](std::int64_t ns, std::uint32_t pcpu, VcpuId vcpu) {
    trace.events.push_back({.at = time_at(ns), .vcpu = vcpu, .pcpu = PcpuId{pcpu},
                            .detail = static_cast<std::uint8_t>(SwitchOut::Preempted)});
  };
  add(0, 1, VcpuId{0}), add(1000, 0, VcpuId{0}), add(1000, 1, kNoVcpu), add(4000, 0, kNoVcpu);
  const std::string text = timehist(trace, {}, kLines);
  EXPECT_THAT(text, HasSubstr("0.000001000 [0001]  a/0               0.000000      0.000000      0.001000"));
  EXPECT_THAT(text, HasSubstr("0.000004000 [0000]  a/0               0.000000      0.000000      0.003000"));
}

TEST(Timehist, ChoosesPcpusVmsAndTimes) {
  TraceChoice choice;
  choice.pcpus.insert(PcpuId{1});
  EXPECT_THAT(timehist(sample(), choice, kLines), Not(HasSubstr("[0000]")));
  EXPECT_THAT(timehist(sample(), {.pcpus = {}, .vms = {"b"}}, kLines), Not(HasSubstr("a/")));
  choice = {.pcpus = {}, .vms = {}, .from = at_us(30), .to = at_us(40)};
  const std::string text = timehist(sample(), choice, kLines);
  EXPECT_THAT(text, HasSubstr("a/0"));
  EXPECT_THAT(text, Not(HasSubstr("b/0")));
}

/// The sample from 12 us to 35 us.
FinishedRun cut_sample() {
  FinishedRun run = sample_run();
  run.traced = {.from = Duration(12'000), .to = Duration(35'000), .pcpus = {}};
  std::vector<Event> all;
  all.swap(run.events);
  EventLog log(100, run.traced);
  log.begin(at_us(0));
  for (const Event& event : all) log.add(event);
  log.append_to(run.events);
  return run;
}

TEST(TraceEdges, ACutTraceSaysWhatIsMissingAtItsEdges) {
  const FinishedRun run = cut_sample();
  for (const std::string& bytes : {perfetto_trace(run).value(), chrome_trace(run)}) {
    const RecordedTrace trace = read_trace(bytes, "sample").value();
    EXPECT_EQ(trace.cut, "of the run only 12.0 us to 35.0 us");
    for (const std::string& text : {timehist(trace, {}, kLines), occupancy_map(trace, {})}) {
      EXPECT_THAT(text, HasSubstr("This trace holds of the run only 12.0 us to 35.0 us.\n"));
      EXPECT_THAT(text, HasSubstr("Where it begins (1.000012 s), a/0, a/1 ran;"));
      EXPECT_THAT(text, HasSubstr(" a/1, b/0 ran on.\n"));
    }
  }
}

TEST(TraceEdges, AWholeTraceHasNone) {
  EXPECT_EQ(edge_words(sample()), "");
  EXPECT_THAT(timehist(sample(), {}, kLines), Not(HasSubstr("This trace holds")));
}

TEST(TraceEdges, ChosenPcpusAndLostEventsAreCutsToo) {
  FinishedRun run = sample_run();
  run.traced.pcpus.insert(PcpuId{1});
  run.events_lost = 7;
  EXPECT_EQ(cut_words(run), "only what is of pCPUs 1, only the first 10 events, not 7 later ones");
  run.traced.from = Duration(5000);
  run.events_lost = 0;
  EXPECT_EQ(cut_words(run), "of the run only 5.00 us to its end, of pCPUs 1");
}

TEST(TraceEdges, WhateverAFileSaysIsPrintable) {
  EXPECT_EQ(cut_named("this trace holds a\x1b[31m\n\xff"), "a?[31m??");
  EXPECT_EQ(cut_named(std::string(kCutMark) + std::string(10'000, 'x')).size(), 400u);
  EXPECT_EQ(cut_named("pCPU 1 kicks"), "");
}

TEST(OccupancyMap, HasAColumnPerPcpuAndALinePerSwitch) {
  EXPECT_EQ(occupancy_map(sample(), {}), R"(*A0          1.000000000 secs  A0 => a/0
 A0 *.       1.000000000 secs
 A0 *B0      1.000010000 secs  B0 => a/1
 A0 *C0      1.000025000 secs  C0 => b/0
*.   C0      1.000030000 secs
*B0  C0      1.000032000 secs
 B0 *.       1.000040000 secs
)");
}

TEST(OccupancyMap, ShowsOtherVmsAsADashAndOnlyTheChosenColumns) {
  TraceChoice choice{.pcpus = {}, .vms = {"b"}};
  choice.pcpus.insert(PcpuId{1});
  EXPECT_EQ(occupancy_map(sample(), choice), R"(*.       1.000000000 secs
*-       1.000010000 secs
*A0      1.000025000 secs  A0 => b/0
*.       1.000040000 secs
)");
}

TEST(OccupancyMap, NamesStayApartWhateverTheirNumber) {
  RecordedTrace trace;
  trace.pcpus = 1;
  std::string text;
  for (std::uint32_t v = 0; v < 5000; ++v) {
    trace.vcpus.push_back({"a", "a/" + std::to_string(v)});
    trace.events.push_back({.at = time_at(v), .vcpu = VcpuId{v}, .pcpu = PcpuId{0}});
  }
  const std::string map = occupancy_map(trace, {});
  std::vector<std::string> names;
  for (std::size_t at = map.find('*'); at != std::string::npos; at = map.find('*', at + 1))
    names.push_back(map.substr(at + 1, 3));
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names.size(), 5000u);
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

}  // namespace
}  // namespace roost
