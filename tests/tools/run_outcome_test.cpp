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

}  // namespace
}  // namespace roost
