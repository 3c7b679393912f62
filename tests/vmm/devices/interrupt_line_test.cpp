#include "vmm/devices/interrupt_line.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "vmm/memory/guarded.hpp"

namespace roost {
namespace {

TEST(Settler, TellsOncePerSettleWhenAlone) {
  Settler settler;
  int told = 0;
  settler.settle([&] { ++told; });
  settler.settle([&] { ++told; });
  EXPECT_EQ(told, 2);
}

TEST(Settler, TellsAgainWhenTheStateChangesMeanwhile) {
  Settler settler;
  int state = 1;
  std::vector<int> told;
  const auto tell = [&] {
    told.push_back(state);
    if (state == 1) {
      state = 2;
      settler.settle([] { FAIL() << "only the first caller tells"; });
    }
  };
  settler.settle(tell);
  EXPECT_EQ(told, (std::vector{1, 2}));
}

TEST(Settler, TheLastLevelToldIsTheLastStateWhoeverTellsIt) {
  for (int round = 0; round < 200; ++round) {
    Guarded<int> state(0);
    Settler settler;
    std::atomic<int> telling{0}, told{-1};
    const auto change = [&] {
      for (int i = 0; i < 50; ++i) {
        state.with([](int& value) { ++value; });
        settler.settle([&] {
          EXPECT_EQ(telling.fetch_add(1), 0) << "one at a time";
          told = state.with([](const int& value) { return value; });
          telling.fetch_sub(1);
        });
      }
    };
    {
      std::jthread one(change), other(change);
    }
    ASSERT_EQ(told, 100);
  }
}

}  // namespace
}  // namespace roost
