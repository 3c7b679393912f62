#include "vmm/executor/event_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace roost {
namespace {

TEST(EventQueue, GivesTimesInOrderAndEqualTimesFirstInFirstOut) {
  EventQueue<int> queue;
  queue.push(time_at(5), 1);
  queue.push(time_at(3), 2);
  queue.push(time_at(5), 3);
  queue.push(time_at(3), 4);
  std::vector<int> order;
  while (!queue.empty()) order.push_back(queue.pop().second);
  EXPECT_EQ(order, (std::vector<int>{2, 4, 1, 3}));
}

TEST(EventQueue, RefusesThePast) {
  EventQueue<int> queue;
  queue.push(time_at(5), 1);
  queue.pop();
  EXPECT_THROW(queue.push(time_at(4), 2), CheckFailure);
}

TEST(EventQueue, ATieSeedShufflesEqualTimesOnly) {
  EventQueue<int> queue(7);
  for (int i = 0; i < 100; ++i) queue.push(time_at(i / 10), i);
  std::vector<int> order;
  while (!queue.empty()) order.push_back(queue.pop().second);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)] / 10, i / 10);
}

TEST(EventQueue, AgreesWithASortedMapOnRandomOperations) {
  constexpr std::uint64_t kSeed = 42;
  std::mt19937_64 random(kSeed);
  EventQueue<std::uint64_t> queue;
  std::multimap<std::int64_t, std::uint64_t> model;  // equal keys stay in the order of insertion
  std::int64_t now = 0;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    if (model.empty() || random() % 2) {
      const std::int64_t at = now + static_cast<std::int64_t>(random() % 50);
      queue.push(time_at(at), i);
      model.emplace(at, i);
      continue;
    }
    const auto [when, what] = queue.pop();
    ASSERT_EQ(nanoseconds(when), model.begin()->first) << "seed " << kSeed;
    ASSERT_EQ(what, model.begin()->second) << "seed " << kSeed;
    now = nanoseconds(when);
    model.erase(model.begin());
    ASSERT_EQ(queue.size(), model.size()) << "seed " << kSeed;
    const std::uint64_t* const next = queue.next();
    ASSERT_EQ(next == nullptr, model.empty()) << "seed " << kSeed;
    if (model.empty()) continue;
    ASSERT_EQ(*next, model.begin()->second) << "seed " << kSeed;
    if (random() % 4 > 0) continue;
    ASSERT_EQ(nanoseconds(queue.next_time()), model.begin()->first) << "seed " << kSeed;
  }
  EXPECT_EQ(queue.size(), model.size());
}

}  // namespace
}  // namespace roost
