#include "tools/report/recorded_trace.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/sample_run.hpp"
#include "tools/report/chrome_trace.hpp"
#include "tools/report/perfetto_trace.hpp"
#include "tools/report/protobuf.hpp"
#include "tools/report/trace_view.hpp"

namespace roost {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Format {
  const char* name;
  std::string (*write)(const FinishedRun&);
};

class TraceFile : public testing::TestWithParam<Format> {
 protected:
  static std::string bytes() { return GetParam().write(sample_run()); }
};

std::string sentence_of(const std::string& bytes) {
  const auto trace = read_trace(bytes, "some.trace");
  return trace ? "taken" : trace.error().sentence;
}

/// Whatever the bytes: a trace that can be shown, or one sentence that names the file.
void expect_no_harm(const std::string& bytes) {
  const auto trace = read_trace(bytes, "some.trace");
  if (!trace) {
    EXPECT_THAT(trace.error().sentence, StartsWith("some.trace: "));
    EXPECT_EQ(trace.error().sentence.find('\n'), std::string::npos);
    return;
  }
  for (const Event& event : trace->events) {
    ASSERT_LT(index(event.pcpu), trace->pcpus);
    ASSERT_TRUE(event.vcpu == kNoVcpu || trace->vcpus.contains(event.vcpu));
  }
  EXPECT_FALSE(timehist(*trace, {}, {.lines = true, .summary = true}).empty());
  if (trace->pcpus < 100) occupancy_map(*trace, {});
}

TEST_P(TraceFile, IsReadBackAsItWasWritten) {
  const auto trace = read_trace(bytes(), "some.trace");
  ASSERT_TRUE(trace) << trace.error().sentence;
  EXPECT_EQ(trace->pcpus, 2u);
  std::string read, written;
  for (const Event& event : trace->events) {
    if (event.vcpu == kNoVcpu && event.at == at_us(0)) continue;  // that a pCPU is idle until its first switch
    const std::string who = event.vcpu == kNoVcpu ? "idle" : trace->vcpus[event.vcpu].label;
    read += who + (event.kind == EventKind::Wakeup ? " woken" : " runs") + std::to_string(index(event.pcpu)) +
            " at " + std::to_string(nanoseconds(event.at)) + "\n";
  }
  const FinishedRun run = sample_run();
  for (const Event& event : run.events) {
    if (event.kind != EventKind::Switch && event.kind != EventKind::Wakeup) continue;
    const VcpuReport* vcpu = event.vcpu == kNoVcpu ? nullptr : &run.report.vcpus[event.vcpu];
    written += (vcpu ? vcpu->vm + "/" + std::to_string(vcpu->number) : "idle") +
               (event.kind == EventKind::Wakeup ? " woken" : " runs") + std::to_string(index(event.pcpu)) + " at " +
               std::to_string(nanoseconds(event.at)) + "\n";
  }
  EXPECT_EQ(read, written);
}

TEST_P(TraceFile, IdlingForNoTimeIsPassedOver) {
  FinishedRun run = sample_run();
  Event idle = run.events.back();  // pCPU 1 at 40 us: a0 comes at once
  idle.vcpu = VcpuId{0};
  idle.detail = static_cast<std::uint8_t>(SwitchOut::Idle);
  run.events.push_back(idle);
  const auto trace = read_trace(GetParam().write(run), "some.trace");
  ASSERT_TRUE(trace) << trace.error().sentence;
  const Event& last = trace->events.back();
  EXPECT_EQ(last.at, at_us(40));
  EXPECT_EQ(trace->vcpus[last.vcpu].label, "a/0");
  EXPECT_EQ(last.detail, static_cast<std::uint8_t>(SwitchOut::Finished)) << "why b/0 left";
  EXPECT_NE(trace->events[trace->events.size() - 2].at, at_us(40));
}

TEST_P(TraceFile, CutOffAtAnyByteDoesNoHarm) {
  const std::string whole = bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    SCOPED_TRACE(length);
    expect_no_harm(whole.substr(0, length));
    if (testing::Test::HasFailure()) return;
  }
}

TEST_P(TraceFile, WithBytesChangedAtRandomDoesNoHarm) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    std::string broken = bytes();
    for (std::size_t i = 1 + random() % 4; i > 0; --i) broken[random() % broken.size()] = static_cast<char>(random());
    expect_no_harm(broken);
    if (testing::Test::HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, TraceFile,
    testing::Values(Format{"perfetto", [](const FinishedRun& run) { return perfetto_trace(run).value(); }},
                    Format{"chrome", [](const FinishedRun& run) { return chrome_trace(run); }}),
    [](const auto& format) { return std::string(format.param.name); });

TEST(RecordedTrace, BothFormatsAreSeenAlike) {
  FinishedRun run = sample_run();
  Event idle = run.events.back();  // for no time, as above
  idle.vcpu = VcpuId{0};
  run.events.push_back(idle);
  const auto one = read_trace(perfetto_trace(run).value(), "a"), other = read_trace(chrome_trace(run), "b");
  ASSERT_TRUE(one && other);
  const TimehistParts all{.lines = true, .summary = true};
  EXPECT_EQ(timehist(*one, {}, all), timehist(*other, {}, all));
  EXPECT_EQ(occupancy_map(*one, {}), occupancy_map(*other, {}));
}

TEST(RecordedTrace, WhatIsNoTraceOfOursIsASentence) {
  EXPECT_THAT(sentence_of(""), HasSubstr("some.trace: the file is empty"));
  EXPECT_THAT(sentence_of("\x7f" "ELF"), HasSubstr("this is no Perfetto trace, or a part of one"));
  EXPECT_THAT(sentence_of("{\"a\": "), HasSubstr("this is no JSON, or a part of one"));
  EXPECT_THAT(sentence_of("{}"),
              HasSubstr("some.trace: this is JSON, but no trace: it has no traceEvents; give a file"));
  EXPECT_THAT(sentence_of("{\"schema\": \"roost.run/3\", \"vcpus\": [{\"vm\": \"a\"}]}"),
              HasSubstr("this is JSON, but no trace: a report, as --json writes it ('roost.run/3')"));
  EXPECT_THAT(sentence_of("[]"), HasSubstr("nothing ran in this trace"));
  EXPECT_THAT(sentence_of(R"({"traceEvents":[{"ph":"X","name":"f","tid":-3,"ts":1,"dur":1}]})"),
              HasSubstr("'f' is on no pCPU"));
  EXPECT_THAT(sentence_of(R"({"traceEvents":[{"ph":"X","name":"f","tid":1,"ts":"now","dur":1}]})"),
              HasSubstr("an event's 'ts' is no time"));
  EXPECT_THAT(sentence_of(R"({"traceEvents":[{"ph":"X","name":"f","tid":1,"ts":1,"dur":9},)"
                          R"({"ph":"X","name":"g","tid":1,"ts":2,"dur":9}]})"),
              HasSubstr("two slices overlap on pCPU 1"));
  EXPECT_THAT(sentence_of("{\"x\":" + std::string(5000, '[')), HasSubstr("nested deeper"));
}

TEST(RecordedTrace, APerfettoTraceOfSomethingElseIsNamed) {
  ProtoMessage compact, ftrace, packet, trace;
  const std::vector<std::int64_t> one{1}, tid{4711};
  compact.packed(1, one).packed(2, one).packed(3, tid);
  ftrace.integer(1, 0).message(4, compact);
  packet.message(1, ftrace);
  trace.message(1, packet);
  EXPECT_THAT(sentence_of(trace.text()), HasSubstr("thread 4711 runs but has no name: a trace of something else"));
  ProtoMessage far;
  far.message(1, ProtoMessage().message(1, ProtoMessage().integer(1, 1 << 20).message(4, compact)));
  EXPECT_THAT(sentence_of(far.text()), HasSubstr("pCPU 1048576 at 1 ns is out of all range"));
  ProtoMessage uneven;
  uneven.packed(1, one).packed(2, one);
  EXPECT_THAT(sentence_of(ProtoMessage().message(1, ProtoMessage().message(1, ProtoMessage().integer(1, 0).message(
                              4, uneven))).text()),
              HasSubstr("its columns do not fit together"));
}

}  // namespace
}  // namespace roost
