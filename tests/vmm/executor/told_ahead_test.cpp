#include "vmm/executor/told_ahead.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

TEST(ToldAhead, GivesTimesInOrderAndEqualTimesFirstInFirstOut) {
  ToldAhead<int> told;
  told.push(time_at(5), 1);
  told.push(time_at(3), 2);
  told.push(time_at(5), 3);
  told.push(time_at(3), 4);
  EXPECT_EQ(told.next_time(), time_at(3));
  for (const int expected : {2, 4, 1, 3}) EXPECT_EQ(told.pop().second, expected);
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(told.next_time(), kNever);
}

TEST(ToldAhead, AgreesWithASortedMapOnRandomOperations) {
  kit::Seeded random(20261122);
  SCOPED_TRACE(random.told());
  ToldAhead<int> told;
  std::multimap<Time, int> model;  // equal keys keep the order in which they came
  for (int step = 0; step < 100'000; ++step) {
    const bool fills = step / 1000 % 2 == 0;  // up to some hundreds, and down again
    if (random.below(100) < (fills ? 70U : 30U)) {
      const Time at = time_at(static_cast<std::int64_t>(static_cast<std::uint64_t>(step) + random.below(50)));
      told.push(at, step);
      model.emplace(at, step);
    } else if (!model.empty()) {
      ASSERT_EQ(told.next_time(), model.begin()->first);
      ASSERT_EQ(told.pop().second, model.begin()->second);
      model.erase(model.begin());
    }
    ASSERT_EQ(told.empty(), model.empty());
  }
}

}  // namespace
}  // namespace roost
