#include "tools/report/perfetto_trace.hpp"

#include <cstdio>
#include <memory>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kit/scratch_file.hpp"
#include "tests/tools/sample_run.hpp"

namespace roost {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The trace as protoc prints it: the judge is protobuf's own decoder, with our subset of the schema.
std::string decoded(const FinishedRun& run) {
  const kit::ScratchFile file("trace.pftrace", perfetto_trace(run).value());
  const std::string schema = "-I " ROOST_TRACE_PROTO_DIR " trace.proto";
  const std::string command = "protoc --decode=roost.trace.Trace " + schema + " < " + file.path();
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) out += static_cast<char>(c);
  return out;
}

/// All values of one field, in order.
std::vector<std::string> values(const std::string& text, const std::string& field) {
  std::vector<std::string> out;
  const std::regex pattern("\\b" + field + ": (.*)");
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) out.push_back((*at)[1]);
  return out;
}

TEST(PerfettoTrace, DecodesWithoutUnknownFields) {
  const std::string text = decoded(sample_run());
  ASSERT_FALSE(text.empty());
  EXPECT_FALSE(std::regex_search(text, std::regex("(^|\\n) *[0-9]+[ :]"))) << text;
}

TEST(PerfettoTrace, APolicyThatComesIsAnInstantOfTheHost) {
  FinishedRun run = sample_run();
  run.report.policy_changes = {{ms(1), "round_robin"}};
  run.events.push_back({.at = at_us(41), .kind = EventKind::Policy, .length = 1});
  const std::string text = decoded(run);
  EXPECT_THAT(text, HasSubstr("name: \"policy round_robin\""));
  EXPECT_FALSE(std::regex_search(text, std::regex("(^|\\n) *[0-9]+[ :]"))) << text;
}

TEST(PerfettoTrace, VmsAreProcessesAndVcpusAreThreads) {
  const std::string text = decoded(sample_run());
  EXPECT_THAT(values(text, "cmdline"), ::testing::ElementsAre("\"a\"", "\"b\""));
  EXPECT_THAT(values(text, "tgid"), ::testing::ElementsAre("1000", "1000", "1002"));
  EXPECT_THAT(text, HasSubstr("name: \"a/1\""));
}

TEST(PerfettoTrace, EveryCpuBeginsIdleAndTimesAreDifferences) {
  const std::string text = decoded(sample_run());
  EXPECT_THAT(values(text, "cpu"), ::testing::ElementsAre("0", "1"));
  EXPECT_THAT(values(text, "switch_next_pid"),
              ::testing::ElementsAre("0", "1000", "0", "1001", /* cpu 1: */ "0", "1001", "1002", "0"));
  EXPECT_THAT(values(text, "switch_timestamp"),
              ::testing::ElementsAre("1000000000", "0", "30000", "2000", "1000000000", "10000", "15000", "15000"));
  EXPECT_THAT(values(text, "switch_prev_state"), ::testing::ElementsAre("0", "0", "1", "0", "0", "0", "0", "16"));
}

TEST(PerfettoTrace, WakeupsBelongToTheWakersCpu) {
  const std::string text = decoded(sample_run());
  EXPECT_THAT(values(text, "waking_pid"), ::testing::ElementsAre("1002"));
  EXPECT_THAT(values(text, "waking_target_cpu"), ::testing::ElementsAre("1"));
  EXPECT_THAT(values(text, "waking_timestamp"), ::testing::ElementsAre("1000020000"));
}

TEST(PerfettoTrace, KicksMigrationsAndQueuesAreTrackEvents) {
  const std::string text = decoded(sample_run());
  EXPECT_THAT(values(text, "type"),
              ::testing::ElementsAre("TYPE_COUNTER", "TYPE_INSTANT", "TYPE_INSTANT", "TYPE_COUNTER", "TYPE_INSTANT",
                                     "TYPE_INSTANT", "TYPE_INSTANT"));
  EXPECT_THAT(text, HasSubstr("name: \"kick pCPU 1\""));
  EXPECT_THAT(text, HasSubstr("name: \"pulled 1 -> 0 ("));
  EXPECT_THAT(values(text, "counter_value"), ::testing::ElementsAre("1", "0"));
}

TEST(PerfettoTrace, ASharedRunqueueHasOneCounter) {
  FinishedRun run = sample_run();
  run.report.granularity = Granularity::Machine;
  const Event more{.at = at_us(22), .pcpu = PcpuId{0}, .kind = EventKind::QueueLen, .length = 2};
  run.events.insert(run.events.begin() + 4, more);
  const std::string text = decoded(run);
  EXPECT_THAT(text, HasSubstr("name: \"machine runqueue\""));
  EXPECT_THAT(text, Not(HasSubstr("waiting\"")));
  EXPECT_THAT(values(text, "counter_value"), ::testing::ElementsAre("1", "2", "1", "0")) << "whichever pCPU says so";
  run.report.granularity = Granularity::Llc;
  EXPECT_THAT(decoded(run), HasSubstr("name: \"pCPU 1 waiting\"")) << "each LLC has one pCPU";
}

TEST(PerfettoTrace, ASharedRunqueueIsNamedAfterItsPart) {
  FinishedRun run = sample_run();
  IdVector<PcpuId, PcpuPlace> places(4);
  for (std::uint32_t p = 0; p < 4; ++p)
    places[PcpuId{p}] = {.node = NodeId{p / 2}, .package = p / 2, .llc = 5 + p / 2, .core = 7 + p / 2};
  run.topology = Topology(std::move(places), {});
  run.report.pcpus.resize(4);
  const auto names = [&](Granularity granularity) {
    run.report.granularity = granularity;
    return decoded(run);
  };
  EXPECT_THAT(names(Granularity::Core), ::testing::AllOf(HasSubstr("\"core 7 runqueue\""), HasSubstr("\"core 8 run")));
  EXPECT_THAT(names(Granularity::Llc), ::testing::AllOf(HasSubstr("\"LLC 5 runqueue\""), HasSubstr("\"LLC 6 run")));
  EXPECT_THAT(names(Granularity::Node), ::testing::AllOf(HasSubstr("\"node 0 runqueue\""), HasSubstr("\"node 1 run")));
  run.traced.pcpus.insert(PcpuId{3});
  EXPECT_THAT(names(Granularity::Llc), ::testing::AllOf(Not(HasSubstr("LLC 5 run")), HasSubstr("\"LLC 6 runqueue\"")));
}

TEST(PerfettoTrace, LongRunsGoOutInBundlesThatGoOnWhereTheLastEnded) {
  FinishedRun run = sample_run();
  run.events.clear();
  for (int i = 0; i < 2000; ++i)
    run.events.push_back({.at = at_us(i), .vcpu = VcpuId{static_cast<std::uint32_t>(i) % 3}, .pcpu = PcpuId{0}});
  const std::string text = decoded(run);
  EXPECT_EQ(values(text, "cpu").size(), 4U);
  EXPECT_EQ(values(text, "switch_next_pid").size(), 2001U);  // all of them, and one idle -> idle
}

/// The packet of protoc's text that has this line.
std::string packet_with(const std::string& text, const std::string& line) {
  const std::size_t at = text.find(line), begin = text.rfind("\npacket {", at);
  return at == std::string::npos ? "" : text.substr(begin, text.find("\n}", at) - begin);
}

TEST(PerfettoTrace, AFlowLeadsFromAKickToTheSwitchInItCaused) {
  const std::string text = decoded(sample_run());
  const std::string kick = packet_with(text, "name: \"kick pCPU 1\""), runs = packet_with(text, "name: \"b/0 runs\"");
  EXPECT_THAT(kick, HasSubstr("timestamp: 1000021000\n"));
  EXPECT_THAT(kick, HasSubstr(" flow_ids: 1"));
  EXPECT_THAT(runs, HasSubstr("timestamp: 1000025000\n"));
  EXPECT_THAT(runs, HasSubstr("terminating_flow_ids: 1"));
}

TEST(PerfettoTrace, AFlowLeadsFromWhereAVcpuLeavesToWhereItComes) {
  const std::string text = decoded(sample_run());
  const auto begins = values(text, "flow_ids"), ends = values(text, "terminating_flow_ids");
  ASSERT_EQ(begins.size(), 2U);
  ASSERT_EQ(ends.size(), 2U);
  EXPECT_EQ(begins[1], ends[1]);
  EXPECT_NE(begins[0], begins[1]);
  EXPECT_THAT(text, HasSubstr("name: \"a/1 leaves\""));
  EXPECT_THAT(text, HasSubstr("name: \"a/1 comes\""));
}

TEST(PerfettoTrace, AKickThatOnlyInterruptsCausesNoSwitch) {
  FinishedRun run = sample_run();
  for (Event& event : run.events)
    if (event.kind == EventKind::Kick) event.detail = static_cast<std::uint8_t>(KickHow::Interrupt);
  const std::string text = decoded(run);
  EXPECT_EQ(values(text, "flow_ids").size(), 1U) << "the migration's";
  EXPECT_THAT(text, HasSubstr("name: \"interrupt pCPU 1\""));
}

TEST(PerfettoTrace, OfManyPcpusThoseBelowTheFormatsLimitCanBeShown) {
  FinishedRun run = sample_run();
  run.report.pcpus.resize(3000);
  for (const std::uint32_t p : {0, 1, 1023}) run.traced.pcpus.insert(PcpuId{p});
  const std::string text = decoded(run);
  EXPECT_THAT(text, HasSubstr("pCPU 1023 kicks"));
  EXPECT_THAT(text, Not(HasSubstr("pCPU 1022 kicks")));
  run.traced.pcpus.insert(PcpuId{1024});
  EXPECT_FALSE(perfetto_trace(run));
}

TEST(PerfettoTrace, MoreCpusThanTheFormatShowsIsASentence) {
  FinishedRun run = sample_run();
  run.report.pcpus.resize(1025);
  ASSERT_FALSE(perfetto_trace(run));
  EXPECT_THAT(perfetto_trace(run).error().sentence,
              HasSubstr("shows pCPUs 0 to 1023 and this one is of pCPU 1024 too; choose with --trace-cpus"));
}

}  // namespace
}  // namespace roost
