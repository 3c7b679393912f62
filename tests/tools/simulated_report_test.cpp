#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/sample_run.hpp"
#include "tools/report/run_json.hpp"
#include "tools/report/run_table.hpp"

namespace roost {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

FinishedRun simulated_run() {
  FinishedRun run = sample_run();
  run.report.world = "simulated";
  run.report.simulation.quantum = Duration{10'000};
  run.report.simulation.events = 77;
  run.report.simulation.costs = {{.name = "switch", .unit = "ns", .figure = 1200, .usual = 1200},
                                 {.name = "ipi.remote", .unit = "ns", .figure = 3000, .usual = 1800},
                                 {.name = "smt.share", .unit = "1/1024", .figure = 512, .usual = 635},
                                 {.name = "cache.l2", .unit = "KiB", .figure = 2048, .usual = 1024},
                                 {.name = "numa.moves", .unit = "0 or 1", .figure = 1, .usual = 0}};
  return run;
}

TEST(SimulatedReport, CarriesEveryCostInForce) {
  const json run = json::parse(run_json(simulated_run()));
  EXPECT_EQ(run["simulation"]["quantum_ns"], 10'000);
  EXPECT_EQ(run["simulation"]["events"], 77);
  EXPECT_EQ(run["simulation"]["costs"]["switch"]["figure"], 1200);
  EXPECT_EQ(run["simulation"]["costs"]["ipi.remote"]["unit"], "ns");
  EXPECT_EQ(run["simulation"]["costs"]["ipi.remote"]["default"], 1800);
  EXPECT_FALSE(json::parse(run_json(sample_run())).contains("simulation")) << "a live run has none";
}

TEST(SimulatedReport, TheTableNamesTheQuantumAndWhatIsNotUsual) {
  const std::string text = run_table(simulated_run());
  EXPECT_THAT(text, HasSubstr("Simulated, in virtual time; quantum 10.0 us; costs as usual, but ipi.remote=3us "
                              "(default 1800ns), smt.share=512/1024 (default 635/1024), "
                              "cache.l2=2048 KiB (default 1024 KiB), "
                              "numa.moves=1 (default 0)."));
  EXPECT_THAT(run_table(sample_run()), Not(HasSubstr("Simulated")));
}

TEST(SimulatedReport, WhatMemoryCostHasColumnsIfAnybodyPaidForIt) {
  FinishedRun run = simulated_run();
  EXPECT_THAT(run_table(run), Not(HasSubstr("reload")));
  run.report.vcpus[VcpuId{1}].reload = ms(2);
  EXPECT_THAT(run_table(run), HasSubstr("MIPS   reload  remote"));
  EXPECT_EQ(json::parse(run_json(run))["vcpus"][1]["reload_ns"], 2'000'000);
}

TEST(SimulatedReport, TellsWhatSamplingDidAndTook) {
  FinishedRun run = simulated_run();
  EXPECT_THAT(run_table(run), Not(HasSubstr("NUMA sampling")));
  for (VcpuReport& vcpu : run.report.vcpus) vcpu.run = ms(4), vcpu.wait = ms(6), vcpu.halted = Duration{0};
  run.report.simulation.hint_faults = 1'234, run.report.simulation.pages_moved = 1;
  run.report.vcpus[VcpuId{0}].sampling = ms(1), run.report.vcpus[VcpuId{2}].sampling = ms(2);  // of 3 * 4 ms
  EXPECT_THAT(run_table(run),
              HasSubstr("NUMA sampling: 1,234 hint faults, 1 page moved; it took 3.00 ms, 25.0% of run.\n"));
}

}  // namespace
}  // namespace roost
