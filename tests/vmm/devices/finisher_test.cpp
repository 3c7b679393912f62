#include "vmm/devices/finisher.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace roost {
namespace {

struct Scene {
  std::vector<int> codes;
  Finisher finisher{[this](int code) { codes.push_back(code); }};
};

TEST(Finisher, PassesFailsAndResetsWithTheirCodes) {
  Scene scene;
  scene.finisher.write(0, 4, 0x5555);
  scene.finisher.write(0, 4, 0x3333 | 42 << 16);
  scene.finisher.write(0, 4, 0x7777);
  EXPECT_EQ(scene.codes, (std::vector{0, 42, Finisher::kResetExitCode}));
}

TEST(Finisher, TakesHalfwordsWhichCarryNoCode) {
  Scene scene;
  scene.finisher.write(0, 2, 0x5555);
  scene.finisher.write(0, 2, 0x3333);
  EXPECT_EQ(scene.codes, (std::vector{0, 0}));
}

TEST(Finisher, RefusesOtherSizesAndIgnoresOtherOffsetsAndValues) {
  Scene scene;
  EXPECT_FALSE(scene.finisher.accepts(0, 1));
  EXPECT_FALSE(scene.finisher.accepts(0, 8));
  scene.finisher.write(4, 4, 0x5555);
  scene.finisher.write(0, 4, 0x1234);
  EXPECT_TRUE(scene.codes.empty());
  EXPECT_EQ(scene.finisher.read(0, 4), 0u);
}

}  // namespace
}  // namespace roost
