#include "tools/report/run_table.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/sample_run.hpp"

namespace roost {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

std::string line_with(const std::string& text, const std::string& start) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(start)) return line;
  return "";
}

TEST(RunTable, ShowsWhoRanWhereForHowLongAndWaitedHowLong) {
  const std::string text = run_table(sample_run());
  EXPECT_THAT(line_with(text, "a/0"),
              MatchesRegex("a/0 +100 +6.00 ms +60.0% +3.00 ms +30.0% +1.00 ms +10.0% +7 +1,234 +[0-9.]+ us / [0-9.]+ us"
                           " +4 +200"));
  EXPECT_THAT(line_with(text, "b/0"), HasSubstr(" - "));  // never woken: no percentiles
}

TEST(RunTable, MigrationsHaveAColumnPerDistanceAndCauseThatOccurred) {
  const std::string text = run_table(sample_run());
  const std::string llc = name_of(Distance::Llc), package = name_of(Distance::Package);
  EXPECT_THAT(text, HasSubstr("pulled (" + llc + ")  placed (" + package + ")  ran on pCPU\n"));
  EXPECT_THAT(line_with(text, "all"), MatchesRegex("all +3 +1"));
  EXPECT_THAT(text, HasSubstr("  0:25% 1:75%\n"));
  EXPECT_THAT(text, Not(HasSubstr("pushed")));
}

TEST(RunTable, NobodyMigratedIsASentence) {
  FinishedRun run = sample_run();
  run.report.vcpus[VcpuId{0}].migrations = {};
  const std::string text = run_table(run);
  EXPECT_EQ(line_with(text, "all"), "");
  EXPECT_THAT(text, HasSubstr("Nobody migrated."));
}

TEST(RunTable, ShowsPcpusWithTheirPlaceKicksAndPlans) {
  const std::string text = run_table(sample_run());
  EXPECT_THAT(line_with(text, "1 "), MatchesRegex("1 +cpu 5, node 0 +7.00 ms +70.0% .* 3 +1 +2 +4 +5/0 +8/3"));
  EXPECT_THAT(line_with(text, "I/O"), MatchesRegex("I/O +9 +0"));
}

TEST(RunTable, UnderTheHostsSchedulerThereAreNoFiguresPerPcpu) {
  FinishedRun run = sample_run();
  run.report.policy = "host";
  run.report.pcpus = {};
  const std::string text = run_table(run);
  EXPECT_EQ(line_with(text, "pCPU"), "");
  EXPECT_THAT(text, HasSubstr("shared 2 pCPUs for 10.0 ms under host"));
}

TEST(RunTable, SaysWhetherTheTimesAddUp) {
  FinishedRun run = sample_run();
  EXPECT_THAT(time_sums(run.report), HasSubstr("run + wait + halted = lifetime"));
  run.report.vcpus[VcpuId{2}].run += Duration(12);
  EXPECT_EQ(time_sums(run.report), "BROKEN: vCPU b/0: run + wait + halted + capped is 12 ns off its lifetime.");
  run = sample_run();
  run.report.pcpus[PcpuId{1}].idle -= Duration(5);
  EXPECT_EQ(time_sums(run.report), "BROKEN: pCPU 1: busy + idle + own is -5 ns off the wall time.");
}

TEST(RunTable, EndsInWords) {
  FinishedRun run = sample_run();
  run.end = RunEnd::TimeLimit;
  EXPECT_THAT(closing_words(run),
              HasSubstr("3 vCPUs of 2 VMs shared 2 pCPUs for 10.0 ms under fair, cut off at the time limit.\nOf their "
                        "lives they ran 50.0%, waited 46.7% and were halted 3.3%; the pCPUs were busy 75.0%."));
  EXPECT_THAT(closing_words(run), HasSubstr("4 migrations: 3 pulled"));
}

TEST(RunTable, TellsOfWakeupsFairnessAndPlansInWords) {
  FinishedRun run = sample_run();
  const std::string text = closing_words(run);
  EXPECT_THAT(text, HasSubstr("From wakeup to running: p50 5")) << text;
  EXPECT_THAT(text, HasSubstr("p99.9 100 us, at most 100 us."));
  EXPECT_THAT(text, HasSubstr("Fairness: Jain's index 0.974 of run time by weight"));
  EXPECT_THAT(text, HasSubstr("most behind: b/0, by 1.00 ms."));
  EXPECT_THAT(text, HasSubstr("Plans (llc): 46 attempts, 12 plans moved 8 vCPUs; 4 stale: nothing waits 4.\n"));
  EXPECT_THAT(text, HasSubstr("2 stale: affinity 2.\n"));
  EXPECT_THAT(text, HasSubstr("Plans (remote): 10 attempts, no plan.\n"));
  EXPECT_THAT(text, Not(HasSubstr("dle pCPUs"))) << "nobody counted";
  run.report.conservation = {ConservationReport::Source::Trace, ms(3), ms(2)};
  EXPECT_THAT(closing_words(run), HasSubstr("Idle pCPUs could have run waiting vCPUs for 2.00 ms, 10.0% of all pCPU "
                                            "time (by the trace)."));
}

TEST(RunTable, TellsOfWhoWaitedBeyondTheDisciplinesBound) {
  using namespace std::chrono_literals;
  FinishedRun run = sample_run();
  VcpuReport& vcpu = run.report.vcpus[VcpuId{0}];
  vcpu.longest_wait = 26ms;
  EXPECT_THAT(run_table(run), Not(HasSubstr("Starved"))) << "no bound is stated";
  vcpu.wait_bound = 20ms;
  EXPECT_THAT(run_table(run), Not(HasSubstr("Starved"))) << "20 ms, a quarter and 1 ms";
  vcpu.longest_wait = 27ms;
  EXPECT_THAT(run_table(run), HasSubstr("Starved beyond the discipline's bound: 1 vCPU; longest a/0, which waited 27.0 "
                                        "ms where 20.0 ms is the bound.\n"));
}

TEST(RunTable, FitsAHundredAndTwentyColumns) {
  std::istringstream lines(run_table(sample_run()));
  for (std::string line; std::getline(lines, line) ;) EXPECT_LE(line.size(), 120U) << line;
}

TEST(RunTable, AnEmptyRunIsShownToo) { EXPECT_THAT(run_table(FinishedRun{}), HasSubstr("0 vCPUs of 0 VMs")); }

TEST(RunTable, TellsTheMeanAndTheMostOfTheHostsParts) {
  // LLC 0: 8 of 10 ms busy, LLC 1: 7 of 10 ms. One package and one node: nothing to tell of them.
  const std::string text = closing_words(sample_run());
  EXPECT_THAT(text, HasSubstr("\nBusy by llc: 75.0% in the mean of 2, 80.0% at most (llc 0).\n"));
  EXPECT_THAT(text, Not(HasSubstr("Busy by package")));
  EXPECT_THAT(text, Not(HasSubstr("Busy by node")));
}

TEST(RunTable, TellsWhereTheHostRanSomethingElse) {
  FinishedRun run = sample_run();  // at work for 8.05 and 7.04 ms
  EXPECT_THAT(closing_words(run), Not(HasSubstr("The host")));
  run.cpu_time = ms(9);
  EXPECT_EQ(withheld_by_host(run), Duration(15'090'000 - 9'000'000));
  EXPECT_THAT(closing_words(run),
              HasSubstr("The host ran something else for 6.09 ms of the 15.1 ms that pCPUs were at work, or more"));
  run.cpu_time = ms(11);
  EXPECT_THAT(closing_words(run), Not(HasSubstr("The host"))) << "4 ms are nothing to speak of";
  run.cpu_time = ms(90);
  EXPECT_EQ(withheld_by_host(run), Duration(0)) << "idle pCPUs poll";
}

}  // namespace
}  // namespace roost
