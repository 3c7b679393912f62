#include "tools/report/run_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/sample_run.hpp"

namespace roost {
namespace {

using nlohmann::json;

TEST(RunJson, HasTheMeanAndTheMostOfTheHostsParts) {
  const json busy = json::parse(run_json(sample_run()))["domain_busy"];
  ASSERT_EQ(busy.size(), 1U);
  EXPECT_EQ(busy[0]["level"], "llc");
  EXPECT_EQ(busy[0]["count"], 2);
  EXPECT_DOUBLE_EQ(busy[0]["mean"], 0.75);
  EXPECT_DOUBLE_EQ(busy[0]["max"], 0.8);
  EXPECT_EQ(busy[0]["busiest"], 0);
}

TEST(RunJson, CountsStalePlansByEachReason) {
  FinishedRun run = sample_run();
  DomainBalance& domain = run.report.pcpus[PcpuId{0}].balance[static_cast<std::size_t>(Distance::Remote)];
  domain.plans = {100, 1, 2, 3, 4, 5, 6, 7, 8};
  const json told = json::parse(run_json(run))["pcpus"][0]["balance"]["domains"].back();
  EXPECT_EQ(told["done"], 100);
  EXPECT_EQ(told["stale"],
            json({{"nothing_waits", 1}, {"not_worthwhile", 2}, {"affinity", 3}, {"too_heavy", 4}, {"offline", 5},
                  {"gone", 6}, {"hot", 7}, {"urgent", 8}}));
}

TEST(RunJson, NamesItsSchemaAndWhatRan) {
  const json run = json::parse(run_json(sample_run()));
  EXPECT_EQ(run["schema"], "roost.run/3");
  EXPECT_EQ(run["policy"], "fair");
  EXPECT_TRUE(run["policy_changes"].empty());
  EXPECT_EQ(run["end"], "all-stopped");
  EXPECT_EQ(run["wall_ns"], 10'000'000);
  EXPECT_EQ(run["vms"].size(), 2U);
  EXPECT_EQ(run["vms"][0]["exit_code"], 0);
  EXPECT_TRUE(run["vms"][1]["exit_code"].is_null()) << "it had not ended";
}

TEST(RunJson, TimesOfEveryVcpuAndPcpuAddUp) {
  const json run = json::parse(run_json(sample_run()));
  ASSERT_EQ(run["vcpus"].size(), 3U);
  for (const json& vcpu : run["vcpus"])
    EXPECT_EQ(vcpu["run_ns"].get<int>() + vcpu["wait_ns"].get<int>() + vcpu["halted_ns"].get<int>(),
              vcpu["lifetime_ns"].get<int>());
  for (const json& pcpu : run["pcpus"])
    EXPECT_EQ(pcpu["busy_ns"].get<int>() + pcpu["idle_ns"].get<int>() + pcpu["overhead_ns"].get<int>(), run["wall_ns"]);
}

TEST(RunJson, CarriesWakeupsMigrationsAndPlaces) {
  const json run = json::parse(run_json(sample_run()));
  const json& vcpu = run["vcpus"][0];
  EXPECT_EQ(vcpu["wakeups"], 1234);
  EXPECT_EQ(vcpu["wake_to_run"]["count"], 100);
  EXPECT_EQ(vcpu["wake_to_run"]["max_ns"], 100'000);
  ASSERT_EQ(vcpu["migrations"].size(), 2U);
  EXPECT_EQ(vcpu["migrations"][0]["cause"], "pull");
  EXPECT_EQ(vcpu["migrations"][0]["count"], 3);
  EXPECT_EQ(vcpu["run_on"], json::parse("[[0, 1500000], [1, 4500000]]"));
  EXPECT_EQ(vcpu["run_elsewhere_ns"], 0);
  EXPECT_EQ(vcpu["steal_ns"], 2'999'000);
  EXPECT_EQ(vcpu["longest_wait_ns"], 2'000'000);
  EXPECT_EQ(vcpu["wait_bound_ns"], nullptr);
  EXPECT_EQ(run["pcpus"][1]["place"]["host_cpu"], 5);
  EXPECT_EQ(run["elsewhere"]["kicks_sent"], 9);
  EXPECT_EQ(run["trace"]["events"], 10);
}

TEST(RunJson, TheHistogramOfWakeupsIsWhole) {
  const json run = json::parse(run_json(sample_run()));
  const json waits = run["vcpus"][0]["wake_to_run"];
  std::uint64_t count = 0, last = 0;
  for (const json& bucket : waits["buckets"]) {
    EXPECT_GT(bucket[0].get<std::uint64_t>(), last) << "buckets rise";
    last = bucket[0];
    count += bucket[1].get<std::uint64_t>();
  }
  EXPECT_EQ(count, waits["count"]);
  EXPECT_GE(last, waits["max_ns"]);
  EXPECT_LE(waits["p99_ns"], waits["p999_ns"]);
}

TEST(RunJson, PlansStandByDomain) {
  const json run = json::parse(run_json(sample_run()));
  const json one = run["pcpus"][1]["balance"], all = run["balance"];
  EXPECT_EQ(one["asked_new_idle"], 20);
  ASSERT_EQ(one["domains"].size(), 3U);
  EXPECT_EQ(one["domains"][0]["distance"], "llc");
  EXPECT_EQ(one["domains"][0]["attempts"], 23);
  EXPECT_EQ(all["domains"][0]["attempts"], 46);
  EXPECT_EQ(one["domains"][2]["distance"], "remote") << "where no plan was made, but looked for";
  EXPECT_EQ(one["domains"][2]["attempts"], 5);
  EXPECT_EQ(one["domains"][2]["plans"], 0);
  EXPECT_EQ(one["domains"][0]["stale"]["nothing_waits"], 2);
  EXPECT_EQ(all["domains"][1]["distance"], "package");
  EXPECT_EQ(all["domains"][1]["moved"], 2);
  EXPECT_EQ(all["asked_periodic"], 6);
}

TEST(RunJson, TheTraceSaysWhatOfTheRunItShows) {
  FinishedRun sample = sample_run();
  EXPECT_EQ(json::parse(run_json(sample))["trace"],
            json::parse(R"({"events": 10, "lost": 0, "from_ns": 0, "to_ns": null, "pcpus": null})"));
  sample.traced = {.from = ms(2), .to = ms(5), .pcpus = {}};
  for (const std::uint32_t pcpu : {1u, 0u}) sample.traced.pcpus.insert(PcpuId{pcpu});
  EXPECT_EQ(json::parse(run_json(sample))["trace"],
            json::parse(R"({"events": 10, "lost": 0, "from_ns": 2000000, "to_ns": 5000000, "pcpus": [0, 1]})"));
}

TEST(RunJson, WorkConservationIsAFigureOrNothing) {
  FinishedRun sample = sample_run();
  EXPECT_TRUE(json::parse(run_json(sample))["work_conservation"]["lost_ns"].is_null()) << "nobody counted";
  sample.report.conservation = {ConservationReport::Source::Counted, Duration(70), Duration(50)};
  sample.report.pcpus[PcpuId{0}].idle_while_waiting = Duration(70);
  const json run = json::parse(run_json(sample));
  EXPECT_EQ(run["work_conservation"]["source"], "counted");
  EXPECT_EQ(run["work_conservation"]["lost_ns"], 50);
  EXPECT_EQ(run["pcpus"][0]["idle_while_waiting_ns"], 70);
}

TEST(RunJson, IsALineToAVcpu) {
  const std::string text = run_json(sample_run());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 29);
}

TEST(RunJson, ANameThatIsNoTextDoesNotSpoilTheFile) {
  FinishedRun run = sample_run();
  run.report.vms[VmId{0}].guest = "\xff\xfe.elf";
  EXPECT_EQ(json::parse(run_json(run))["vms"].size(), 2U);
}

}  // namespace
}  // namespace roost
