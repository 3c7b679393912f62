#include "tools/cli/trace_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/cli/progress.hpp"
#include "tools/cli/run_options.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string refusal_of(const TraceText& text) {
  const auto trace = parse_trace(text);
  return trace ? "taken" : trace.error().sentence;
}

TEST(TraceOptions, AWindowHasTwoEndsAndEitherMayBeLeftOut) {
  const auto both = parse_window("--trace-window", "5ms..20ms"), from = parse_window("--trace-window", "5ms.."),
             to = parse_window("--trace-window", "..20us");
  ASSERT_TRUE(both && from && to);
  EXPECT_EQ(both->from, 5ms);
  EXPECT_EQ(both->to, 20ms);
  EXPECT_EQ(from->to, Duration::max());
  EXPECT_EQ(to->from, 0ms);
  EXPECT_EQ(to->to, 20us);
}

TEST(TraceOptions, WhatIsNoWindowOrNoListIsNamed) {
  EXPECT_THAT(refusal_of({"x", "5ms", ""}), HasSubstr("--trace-window '5ms' is no window; write FROM..TO"));
  EXPECT_THAT(refusal_of({"x", "5..9", ""}), HasSubstr("--trace-window '5..9': '5' is no span of time"));
  EXPECT_THAT(refusal_of({"x", "9ms..5ms", ""}), HasSubstr("holds nothing"));
  EXPECT_THAT(refusal_of({"x", "5ms..5ms", ""}), HasSubstr("holds nothing"));
  EXPECT_THAT(refusal_of({"x", "", "1-"}), HasSubstr("--trace-cpus '1-' is no list"));
  EXPECT_THAT(refusal_of({"", "5ms..9ms", ""}), HasSubstr("--trace-window says what of the run to trace"));
  EXPECT_THAT(refusal_of({"", "", "1"}), HasSubstr("add --trace FILE"));
  EXPECT_EQ(refusal_of({"x", "1ms..", "0,2-3"}), "taken");
}

TEST(TraceOptions, PcpusThatAreNotThereOrCannotBeShownAreRefusedBeforeTheRun) {
  TraceOptions all{.file = "x.pftrace", .scope = {}};
  EXPECT_FALSE(refuse_trace(all, 1024));
  ASSERT_TRUE(refuse_trace(all, 1025));
  EXPECT_THAT(refuse_trace(all, 1025)->sentence, HasSubstr("--trace-cpus, as in 0-1023"));
  const auto some = parse_trace({"x.pftrace", "", "0,1023"}), more = parse_trace({"x.pftrace", "", "1024"});
  EXPECT_FALSE(refuse_trace(*some, 4096));
  EXPECT_TRUE(refuse_trace(*more, 4096));
  EXPECT_FALSE(refuse_trace({"x.json", more->scope}, 4096)) << "Chrome's format has no such limit";
  EXPECT_THAT(refuse_trace(*some, 4)->sentence, HasSubstr("names pCPU 1023; this host has 0 to 3"));
}

TEST(Ties, AreFirstComeUnlessDrawn) {
  EXPECT_EQ(parse_ties("", 7).value(), 0u);
  EXPECT_EQ(parse_ties("fifo", 7).value(), 0u);
  EXPECT_EQ(parse_ties("random", 7).value(), 7u);
  EXPECT_NE(parse_ties("random", 0).value(), 0u);
  EXPECT_EQ(parse_ties("random:9", 7).value(), 9u);
  for (const char* wrong : {"lifo", "random:", "random:0", "random:x"}) EXPECT_FALSE(parse_ties(wrong, 7)) << wrong;
}

TEST(Progress, TellsHowMuchIsDoneHowFastAndWhatIsLeft) {
  EXPECT_EQ(progress_text({.done = 2s, .events = 6'000'000}, 8s, 3s),
            "2.00 s of 8.00 s (25.0%), 6,000,000 events, 2M/s, 9.00 s left");
  EXPECT_EQ(progress_text({.done = 2s}, Duration::max(), 2s), "2.00 s");
  EXPECT_EQ(progress_text({}, 8s, 0s), "0 ns of 8.00 s (0.0%)") << "nothing can be said of what is left";
}

}  // namespace
}  // namespace roost
