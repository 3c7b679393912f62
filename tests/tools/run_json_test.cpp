#include "tools/report/run_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/sample_run.hpp"

namespace roost {
namespace {

using nlohmann::json;

TEST(RunJson, NamesItsSchemaAndWhatRan) {
  const json run = json::parse(run_json(sample_run()));
  EXPECT_EQ(run["schema"], "roost.run/1");
  EXPECT_EQ(run["policy"], "fair");
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
  EXPECT_EQ(vcpu["migrations"][0]["cause"], "pulled");
  EXPECT_EQ(vcpu["migrations"][0]["count"], 3);
  EXPECT_EQ(vcpu["run_on_ns"], json::parse("[1500000, 4500000]"));
  EXPECT_EQ(run["pcpus"][1]["place"]["host_cpu"], 5);
  EXPECT_EQ(run["pcpus"][1]["plans"]["stale_nothing_waits"], 2);
  EXPECT_EQ(run["elsewhere"]["kicks_sent"], 9);
  EXPECT_EQ(run["trace"]["events"], 10);
}

TEST(RunJson, ANameThatIsNoTextDoesNotSpoilTheFile) {
  FinishedRun run = sample_run();
  run.report.vms[VmId{0}].guest = "\xff\xfe.elf";
  EXPECT_EQ(json::parse(run_json(run))["vms"].size(), 2U);
}

}  // namespace
}  // namespace roost
