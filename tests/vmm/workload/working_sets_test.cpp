#include "vmm/workload/working_sets.hpp"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/vmm/workload/simulate.hpp"
#include "vmm/workload/live_script.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// Shows 100 ns more at every look.
class CountingClock final : public Clock {
 public:
  Time now() const override { return at_ += 100ns; }

 private:
  mutable Time at_{};
};

/// One stretch of work, then the end.
class OneStretch final : public SteppedVcpu {
 public:
  OneStretch(Duration work, MemoryUse use) : left_(work), use_(use) {}
  Step step(Time) override {
    return left_ > 0ns ? Step{.work = left_, .memory = use_} : Step{.kind = Step::Kind::Stop};
  }
  void worked(Duration work) override { left_ -= work; }
  void post_interrupt(unsigned, bool) override {}

 private:
  Duration left_;
  MemoryUse use_;
};

WorkingSets reserved(const RegionSizes& regions, std::uint64_t seed = 1, std::uint64_t number = 0) {
  auto sets = WorkingSets::reserve(regions, seed, number);
  if (!sets) throw CheckFailure(sets.error().sentence);
  return std::move(*sets);
}

/// Touches of each line.
std::vector<std::uint64_t> touches(const WorkingSets& sets, std::uint32_t region) {
  const auto bytes = sets.region(region);
  std::vector<std::uint64_t> counts(bytes.size() / WorkingSets::kLine);
  for (std::size_t i = 0; i < counts.size(); ++i)
    std::memcpy(&counts[i], bytes.data() + i * WorkingSets::kLine, sizeof counts[i]);
  return counts;
}

std::uint64_t sum(const std::vector<std::uint64_t>& counts) {
  std::uint64_t all = 0;
  for (const std::uint64_t count : counts) all += count;
  return all;
}

TEST(WorkingSets, TouchesAtItsRateAndCarriesWhatIsLessThanALine) {
  WorkingSets sets = reserved({{3, 64 << 10}});
  const MemoryUse use{.working_set = 64 << 10, .lines_per_us = 7, .region = 3};
  for (int i = 0; i < 1000; ++i) sets.touch(use, 33ns);
  EXPECT_EQ(sets.touched(), 33u * 7) << "33 us at 7 a microsecond";
  EXPECT_EQ(sum(touches(sets, 3)), sets.touched()) << "every touch read its line and wrote it";
}

TEST(WorkingSets, StaysInTheWorkingSetAndGoesEverywhereInIt) {
  WorkingSets sets = reserved({{0, 1 << 20}});
  const MemoryUse use{.working_set = 8000, .lines_per_us = 1000};
  for (int i = 0; i < 100; ++i) sets.touch(use, 100ns);
  const auto counts = touches(sets, 0);
  for (std::size_t line = 0; line < counts.size(); ++line)
    EXPECT_EQ(counts[line] > 0, line < 125) << "line " << line << " of 125, touched 10000 times at random places";
}

TEST(WorkingSets, LeavesOutWhatMemoryCannotKeepUpWith) {
  WorkingSets sets = reserved({{0, 1 << 20}});
  sets.touch({.working_set = 1 << 20, .lines_per_us = 10'000}, 1s);
  EXPECT_EQ(sets.touched(), WorkingSets::kMostAtOnce);
  sets.touch({.working_set = 1 << 20, .lines_per_us = 1}, 5us);
  EXPECT_EQ(sets.touched(), WorkingSets::kMostAtOnce + 5) << "and does not make up for it later";
}

TEST(WorkingSets, GoesToTheSamePlacesForTheSameSeedAndToOthersForAnother) {
  const auto places = [](std::uint64_t seed, std::uint64_t number) {
    WorkingSets sets = reserved({{0, 1 << 20}}, seed, number);
    sets.touch({.working_set = 1 << 20, .lines_per_us = 100}, 1us);
    return touches(sets, 0);
  };
  EXPECT_EQ(places(5, 1), places(5, 1));
  EXPECT_NE(places(5, 1), places(6, 1));
  EXPECT_NE(places(5, 1), places(5, 2)) << "two vCPUs of a run";
}

TEST(WorkingSets, AreTouchedForAsLongAsTheScriptWorks) {
  const CountingClock clock;
  OneStretch stretch(50us, {.working_set = 4096, .lines_per_us = 20});
  LiveScript script(stretch, clock, Duration{0}, reserved({{0, 4096}}));
  const std::atomic<std::uint32_t> silent{0};
  EXPECT_EQ(script.run({.until = time_at(20'050), .doorbell = &silent}).why, ExitWhy::BudgetSpent);
  const std::uint64_t first = script.memory().touched();
  EXPECT_GT(first, 0u);
  EXPECT_LE(first, 20u * 20) << "its slice was some 20 us long";
  EXPECT_EQ(script.run({.doorbell = &silent}).why, ExitWhy::Stopped);
  EXPECT_EQ(script.memory().touched(), 50u * 20) << "neither more nor less for having been cut short";
}

TEST(WorkingSets, EndAtTheDoorbell) {
  const CountingClock clock;
  OneStretch stretch(1s, {.working_set = 4096, .lines_per_us = 20});
  LiveScript script(stretch, clock, Duration{0}, reserved({{0, 4096}}));
  const std::atomic<std::uint32_t> rings{1};
  EXPECT_EQ(script.run({.doorbell = &rings}).why, ExitWhy::Kicked);
}

Scenario scenario_of(const std::string& text) {
  auto scenario = scenes::read(text);
  if (!scenario) throw CheckFailure(scenario.error().sentence);
  return *scenario;
}

TEST(WorkingSets, AreReservedForEveryScriptThatAVcpuMayRun) {
  const Scenario scenario = scenario_of(
      "[[vm]]\nname = 'vm'\nvcpus = 2\nspare_vcpus = 1\nscripts = ['a', 'b']\n[[vm]]\nname = 'w'\nscript = 'a'\n"
      "[script.a]\nphases = [{ memory = '1M' }, { run = '1us' }, { memory = '3M' }, { run = '1us' }]\n"
      "[script.b]\nphases = [{ fork = 'c' }]\n"
      "[script.c]\nphases = [{ memory = '2M', region = 4 }, { run = '1us' }]\n");
  const VmRegions regions(scenario, scenario.vms[0]);
  EXPECT_THAT(regions.of(0), ElementsAre(Pair(0, 3 << 20), Pair(4, 2 << 20))) << "it may be spare once it has ended";
  EXPECT_THAT(regions.of(1), ElementsAre(Pair(4, 2 << 20)));
  EXPECT_THAT(regions.of(2), ElementsAre(Pair(4, 2 << 20)));
  EXPECT_THAT(VmRegions(scenario, scenario.vms[1]).of(0), ElementsAre(Pair(0, 3 << 20)));
}

TEST(WorkingSets, AreRefusedWhereTheyAreTooLarge) {
  const Scenario scenario = scenario_of("[[vm]]\nname = 'vm'\nvcpus = 5\nscript = 'a'\n"
                                        "[script.a]\nphases = [{ memory = '1G' }, { run = '1us' }]\n");
  EXPECT_EQ(check_working_sets(scenario, 5ULL << 30), std::nullopt);
  const auto error = check_working_sets(scenario, 4ULL << 30);
  ASSERT_TRUE(error);
  EXPECT_THAT(error->sentence, AllOf(HasSubstr("scene.toml: vm vm:"), HasSubstr("with vCPU 4"), HasSubstr("5120 MiB"),
                                     HasSubstr("at most 4096 MiB"), HasSubstr("--world sim:")));
  for (const std::string size : {"1025G", "16777215T"}) {
    const auto refused =
        scenes::read("[[vm]]\nname = 'vm'\nscript = 'a'\n[script.a]\nphases = [{ memory = '" + size + "' }]\n");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().sentence, HasSubstr("memory: a working set is at most 1024G"));
  }
}

}  // namespace
}  // namespace roost
