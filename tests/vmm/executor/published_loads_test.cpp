#include "vmm/executor/published_loads.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/kit/fake_loads.hpp"
#include "tests/kit/seeded.hpp"
#include "vmm/executor/priced_view.hpp"

namespace roost {
namespace {

TEST(PublishedLoads, FlagsSayWhatTheLoadsSay) {
  kit::Seeded random(1);
  SCOPED_TRACE(random.told());
  PublishedLoads loads(RunqueueMap(Topology::flat(150), Granularity::Pcpu));
  for (int round = 0; round < 5000; ++round) {
    for (std::size_t w = 0; w < 3; ++w) {
      ASSERT_EQ(loads.idle(w), kit::flag_word(loads, 150, w, kit::is_idle));
      ASSERT_EQ(loads.giving(w), kit::flag_word(loads, 150, w, kit::is_giving));
    }
    loads.publish(id_at<RunqueueId>(random.below(150)), {.running = static_cast<std::uint32_t>(random.below(2)),
                                                         .waiting = static_cast<std::uint32_t>(random.below(3))});
  }
}

TEST(PublishedLoads, FlagsOfOneWordAreWrittenByManyThreads) {
  PublishedLoads loads(RunqueueMap(Topology::flat(4), Granularity::Pcpu));
  {
    std::vector<std::jthread> holders;
    for (std::uint32_t rq = 0; rq < 4; ++rq)
      holders.emplace_back([&loads, rq] {
        for (std::uint32_t i = 0; i < 10'000; ++i) loads.publish(RunqueueId{rq}, {.running = 1, .waiting = i % 2});
        loads.publish(RunqueueId{rq}, {.running = rq % 2, .waiting = rq / 2});
      });
  }
  EXPECT_EQ(loads.idle(0), 0b0001u);
  EXPECT_EQ(loads.giving(0), 0b1000u);
}

TEST(PricedView, FlagsCostAReadAndAreAsOldAsLoads) {
  PublishedLoads loads(RunqueueMap(Topology::flat(2), Granularity::Pcpu));
  Time payer{};
  PricedView fresh(Duration{2}, Duration{0}, payer, 2, false),
      old(Duration{2}, Duration{100}, payer, 2, false);
  fresh.look_at(loads), old.look_at(loads);
  EXPECT_EQ(old.idle(0), 3u);
  EXPECT_EQ(payer, time_at(2));
  loads.publish(RunqueueId{0}, {.running = 1, .waiting = 1});
  EXPECT_EQ(fresh.idle(0), 2u);
  EXPECT_EQ(fresh.giving(0), 1u);
  EXPECT_EQ(payer, time_at(6));
  EXPECT_EQ(old.idle(0), 3u);
  EXPECT_EQ(old.giving(0), 0u);
  payer = time_at(100);
  EXPECT_EQ(old.idle(0), 2u);
  EXPECT_EQ(old.giving(0), 1u);
}

}  // namespace
}  // namespace roost
