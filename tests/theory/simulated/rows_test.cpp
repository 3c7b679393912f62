// Every row of `roost verify`, on the scenarios that users run.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "tools/cli/shipped_files.hpp"
#include "tools/verify/check_row.hpp"
#include "tools/verify/theory_table.hpp"

namespace roost {

void PrintTo(const TheoryRow& row, std::ostream* out) { *out << row.name; }

namespace {

class Row : public testing::TestWithParam<TheoryRow> {};

TEST_P(Row, Holds) {
  const auto verdict = check_row(GetParam(), shipped_folder("theory"));
  ASSERT_TRUE(verdict.has_value()) << verdict.error().sentence;
  EXPECT_TRUE(verdict->holds) << theory_head() << theory_line(*verdict);
}

INSTANTIATE_TEST_SUITE_P(Theory, Row, testing::ValuesIn(theory_rows().begin(), theory_rows().end()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(TheoryRows, EachScenarioHasARowOfItsName) {
  std::vector<std::string> files, rows;
  for (const auto& entry : std::filesystem::directory_iterator(shipped_folder("theory")))
    if (entry.path().extension() == ".toml") files.push_back(entry.path().stem().string());
  for (const TheoryRow& row : theory_rows()) rows.emplace_back(row.name);
  std::ranges::sort(files);
  std::ranges::sort(rows);
  EXPECT_EQ(files, rows);
}

double twice_its_seed(const ScenarioRun& run) { return 2.0 * static_cast<double>(run.seed); }

TEST(TheoryRows, EachSeedIsARunOfItsOwn) {
  TheoryRow row = theory_rows().front();
  row.name = "steal";
  row.runs = 3;
  row.measure = twice_its_seed;
  const auto verdict = check_row(row, shipped_folder("theory"));
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->figures, (std::vector<double>{2, 4, 6}));
}

TheoryRow of(Tolerance tolerance) {
  TheoryRow row{};
  row.name = "row";
  row.predicted = 100;
  row.tolerance = tolerance;
  return row;
}

TEST(Verdict, OfAMeanAsksForToleranceAndInterval) {
  const TheoryRow row = of({Tolerance::Kind::Mean, 0.02});
  EXPECT_TRUE(judge(row, {100, 103, 98, 101}).holds);
  EXPECT_FALSE(judge(row, {103, 106, 101, 104}).holds) << "3.5 off, within the interval, beyond the tolerance";
  EXPECT_FALSE(judge(row, {101, 101.001, 100.999, 101}).holds) << "1 off, within the tolerance, beyond the interval";
  EXPECT_NEAR(judge(row, {99, 101}).simulated.half_width, 636.62, 0.01) << "Student's t of one degree at 99.9%";
}

TEST(Verdict, OfTheOthersAsksForEachRun) {
  EXPECT_TRUE(judge(of({Tolerance::Kind::Each, 0.01}), {99.5, 101}).holds);
  EXPECT_FALSE(judge(of({Tolerance::Kind::Each, 0.01}), {100, 101.5}).holds);
  EXPECT_TRUE(judge(of({Tolerance::Kind::AtMost, 0}), {20, 100}).holds);
  EXPECT_FALSE(judge(of({Tolerance::Kind::AtMost, 0}), {20, 100.5}).holds);
  EXPECT_TRUE(judge(of({Tolerance::Kind::Exactly, 0}), {100, 100}).holds);
  EXPECT_FALSE(judge(of({Tolerance::Kind::Exactly, 0}), {100, 100.0001}).holds);
}

}  // namespace
}  // namespace roost
