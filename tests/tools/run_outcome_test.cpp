#include "tools/cli/run_outcome.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/cli/guest_source.hpp"

namespace roost {
namespace {

using ::testing::HasSubstr;

std::string refusal_of(const std::string& trace, const std::string& json) {
  const auto error = refuse_outputs({.file = trace, .scope = {}}, json, 2);
  return error ? error->sentence : "";
}

TEST(RefuseOutputs, NamesTheFileThatCannotBeWritten) {
  EXPECT_THAT(refusal_of("/no/such/folder/t.json", ""), HasSubstr("--trace /no/such/folder/t.json cannot be written"));
  EXPECT_THAT(refusal_of("", "/no/such/folder/run.json"), HasSubstr("--json /no/such/folder/run.json cannot"));
  EXPECT_THAT(refusal_of("", testing::TempDir()), HasSubstr("cannot be written: Is a directory"));
  EXPECT_THAT(refusal_of("both.json", "both.json"), HasSubstr("overwrite"));
  EXPECT_EQ(refusal_of("", "/dev/null"), "");
}

TEST(RefuseOutputs, ChangesNothingBeforeTheRun) {
  const std::string old_file = testing::TempDir() + "refuse_outputs_old", new_file = old_file + "_new";
  ASSERT_TRUE(write_file(old_file, "of the last run"));
  std::filesystem::remove(new_file);
  EXPECT_EQ(refusal_of(old_file, new_file), "");
  std::ifstream kept(old_file);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), "of the last run");
  EXPECT_FALSE(std::filesystem::exists(new_file));
}

FinishedRun ended(RunEnd end, std::initializer_list<int> guests_codes) {
  FinishedRun run;
  run.end = end;
  for (const int code : guests_codes) {
    run.report.vms.push_back({});
    run.report.vms[id_at<VmId>(run.report.vms.size() - 1)].exit_code = code;
  }
  return run;
}

TEST(ExitCode, IsOfHowTheRunEndedBeforeItsGuests) {
  EXPECT_EQ(exit_code_of(ended(RunEnd::AllStopped, {0, 7, 9}), 0), 7);
  EXPECT_EQ(exit_code_of(ended(RunEnd::AllStopped, {0, 256}), 0), 1) << "not 0 as one byte either";
  EXPECT_EQ(exit_code_of(ended(RunEnd::TimeLimit, {0, 3}), 0), 3) << "a scenario's normal end";
  EXPECT_EQ(exit_code_of(ended(RunEnd::Stuck, {3}), 0), 125);
  EXPECT_EQ(exit_code_of(ended(RunEnd::Interrupted, {3}), 15), 143);
  EXPECT_EQ(exit_code_of(ended(RunEnd::Interrupted, {3}), 0), 130);
}

}  // namespace
}  // namespace roost
