#include "tools/report/chrome_trace.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/sample_run.hpp"

namespace roost {
namespace {

using nlohmann::json;

std::vector<json> events_of_phase(const FinishedRun& run, const std::string& phase) {
  std::vector<json> out;
  const json trace = json::parse(chrome_trace(run));
  for (const json& event : trace["traceEvents"])
    if (event["ph"] == phase) out.push_back(event);
  return out;
}

TEST(ChromeTrace, EverySliceHasItsPcpuStartAndLength) {
  const auto slices = events_of_phase(sample_run(), "X");
  ASSERT_EQ(slices.size(), 4U);  // a/1 and b/0 on 1, a/0 on 0, and a/1 again on 0 until the end
  EXPECT_EQ(slices[0]["name"], "a/1");
  EXPECT_EQ(slices[0]["tid"], 1);
  EXPECT_DOUBLE_EQ(slices[0]["ts"].get<double>(), 1'000'010.0);
  EXPECT_DOUBLE_EQ(slices[0]["dur"].get<double>(), 15.0);
  EXPECT_EQ(slices[3]["name"], "a/1");
  EXPECT_DOUBLE_EQ(slices[3]["dur"].get<double>(), 8.0);
}

TEST(ChromeTrace, MigrationsKicksAndQueuesAreThere) {
  const auto instants = events_of_phase(sample_run(), "i");
  ASSERT_EQ(instants.size(), 3U);
  EXPECT_EQ(instants[0]["name"], "wake b/0");
  EXPECT_EQ(instants[1]["name"], "kick pCPU 1");
  EXPECT_TRUE(instants[2]["name"].get<std::string>().starts_with("a/1 pulled 1 -> 0"));
  const auto counters = events_of_phase(sample_run(), "C");
  ASSERT_EQ(counters.size(), 2U) << "only what has changed";
  EXPECT_EQ(counters[0]["args"]["vCPUs"], 1);
  EXPECT_EQ(counters[1]["args"]["vCPUs"], 0);
}

TEST(ChromeTrace, ArrowsLeadFromKicksToSwitchInsAndAlongMigrations) {
  const auto begins = events_of_phase(sample_run(), "s"), ends = events_of_phase(sample_run(), "f");
  ASSERT_EQ(begins.size(), 2U);
  ASSERT_EQ(ends.size(), 2U);
  EXPECT_EQ(begins[0]["name"], "kick");
  EXPECT_EQ(begins[0]["tid"], 0);
  EXPECT_EQ(ends[0]["tid"], 1);
  EXPECT_EQ(begins[0]["id"], ends[0]["id"]);
  EXPECT_DOUBLE_EQ(ends[0]["ts"].get<double>(), 1'000'025.0);
  EXPECT_EQ(begins[1]["name"], "migration");
  EXPECT_EQ(begins[1]["tid"], 1);
  EXPECT_EQ(ends[1]["tid"], 0);
  EXPECT_EQ(begins[1]["id"], ends[1]["id"]);
  EXPECT_DOUBLE_EQ(begins[1]["ts"].get<double>(), 1'000'024.999) << "within the slice that it leaves";
}

TEST(ChromeTrace, ASliceSaysWhyItEnded) {
  const auto slices = events_of_phase(sample_run(), "X");
  EXPECT_EQ(slices[0]["args"]["out"], "preempted");
  EXPECT_EQ(slices[1]["args"]["out"], "blocked");
  EXPECT_EQ(slices[3]["args"]["out"], "running");
}

TEST(ChromeTrace, ARunWithoutEventsIsStillJson) {
  FinishedRun run = sample_run();
  run.events.clear();
  EXPECT_TRUE(events_of_phase(run, "X").empty());
}

}  // namespace
}  // namespace roost
