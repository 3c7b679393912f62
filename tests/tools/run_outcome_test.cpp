#include "tools/cli/run_outcome.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kit/scratch_file.hpp"

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
  const kit::ScratchFile old_file("old", "of the last run"), new_file("new");
  EXPECT_EQ(refusal_of(old_file.path(), new_file.path()), "");
  EXPECT_EQ(old_file.content(), "of the last run");
  EXPECT_FALSE(std::filesystem::exists(new_file.path()));
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
