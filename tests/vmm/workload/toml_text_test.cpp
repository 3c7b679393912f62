#include "vmm/workload/toml_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/vmm/workload/simulate.hpp"

namespace roost {
namespace {

std::string refused(const std::string& text) {
  const auto error = check_toml_text(text, "t.toml");
  return error ? error->sentence : "";
}

TEST(TomlText, LettersBeyondAsciiStandInStringsAndCommentsOnly) {
  for (const char* good : {"a = 1", "# gr\xc3\xbc\xc3\x9f" "e\na = 1", "a = 'gr\xc3\xbc'", "a = \"\\\"gr\xc3\xbc\"",
                           "a = \"\"\"gr\n\xc3\xbc \"\" \xc3\xbc\"\"\"\"\"\nb = 1", "a = '''\xc3\xbc\n'\xc3\xbc'''\n",
                           "\xef\xbb\xbf" "a = 1", "a = '\\'\nb = 'x'", "a = \"\"\nb = ''\n"})
    EXPECT_EQ(refused(good), "") << good;
  for (const char* bad : {"\xc5\xae", "a = 1\n\n\xc3\xbc = 1", "a = \xc3\xbc", "a = '' \xc3\xbc", "a = '\\' \xc3\xbc'",
                          "a = '''x''' \xc3\xbc", "a = \"\"\"x\"\"\"\"\" \xc3\xbc", "a = '\n\xc3\xbc"})
    EXPECT_THAT(refused(bad), testing::HasSubstr("no TOML: letters beyond ASCII")) << bad;
  EXPECT_THAT(refused("a = 1\n\n\xc3\xbc = 1"), testing::StartsWith("t.toml:3: "));
}

TEST(TomlText, IsLookedAtBeforeItIsParsed) {
  const auto scenario = scenes::read("\xc5\xae");
  ASSERT_FALSE(scenario);
  EXPECT_THAT(scenario.error().sentence, testing::HasSubstr("scene.toml:1: no TOML"));
}

TEST(TomlText, InAsciiEachByteKeepsItsPlace) {
  EXPECT_EQ(in_ascii("a = 'é' # ü\n"), "a = 'xx' # xx\n");
  EXPECT_EQ(in_ascii("\xef\xbb\xbf" "a = 1"), "a = 1");
}

}  // namespace
}  // namespace roost
