// Scenario files that somebody broke: each is taken, or refused with one sentence that names the file.

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/kit/seeded.hpp"
#include "tests/vmm/workload/simulate.hpp"

namespace roost {
namespace {

std::vector<std::string> shipped() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(ROOST_SCENARIO_DIR))
    if (entry.path().extension() == ".toml" || entry.path().extension() == ".json") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    texts.push_back(text.str());
  }
  return texts;
}

std::string broken(std::string text, kit::Seeded& random) {
  constexpr std::string_view kBytes = "[]{}\"'=,.#-_ \n09azms\x80\xff\x00";
  for (std::uint64_t changes = 1 + random.below(6); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = random.below(text.size());
    const std::size_t length = random.below(std::min<std::size_t>(text.size() - at, 30));
    switch (random.below(4)) {
      case 0: text[at] = kBytes[random.below(kBytes.size())]; break;
      case 1: text.erase(at, length); break;
      case 2: text.insert(random.below(text.size()), text.substr(at, length)); break;
      default: text.insert(at, std::to_string(random.next() >> random.below(64))); break;
    }
  }
  return text;
}

TEST(HostileFile, IsTakenOrRefusedWithASentence) {
  const std::vector<std::string> texts = shipped();
  ASSERT_GE(texts.size(), 20u);
  kit::Seeded random(20);
  SCOPED_TRACE(random.told());
  int taken = 0, refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = broken(texts[random.below(texts.size())], random);
    for (const auto& scenario : {scenes::read(text), read_rtapp_scenario(text, "scene.toml")}) {
      ++(scenario ? taken : refused);
      if (scenario) continue;
      EXPECT_TRUE(scenario.error().sentence.starts_with("scene.toml")) << scenario.error().sentence;
      EXPECT_EQ(scenario.error().sentence.find('\n'), std::string::npos) << scenario.error().sentence;
    }
  }
  EXPECT_GT(taken, 100);
  EXPECT_GT(refused, 10'000);
}

}  // namespace
}  // namespace roost
