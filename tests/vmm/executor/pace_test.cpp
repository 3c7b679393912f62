#include "vmm/executor/pace.hpp"

#include <gtest/gtest.h>

#include <random>

namespace roost {
namespace {

using namespace std::chrono_literals;

TEST(Pace, WorkTakesItsTimeAtTheSpeed) {
  EXPECT_EQ(end_of(10us, time_at(5), 1024, {}), time_at(10'005));
  EXPECT_EQ(end_of(10us, time_at(5), 512, {}), time_at(20'005));
  EXPECT_EQ(end_of(1us, time_at(0), 1000, {}), time_at(1'024));
  EXPECT_EQ(done_by(time_at(20'005), time_at(5), 512, {}), 10us);
}

TEST(Pace, TicksHoldItUp) {
  const Tick tick{4ms, 1ms};
  EXPECT_EQ(end_of(3ms, Time{}, 1024, tick), Time{} + 3ms);
  EXPECT_EQ(end_of(4ms, Time{}, 1024, tick), Time{} + 5ms);
  EXPECT_EQ(end_of(12ms, Time{}, 1024, tick), Time{} + 15ms) << "at 4, 8 and 12 ms";
  EXPECT_EQ(end_of(13ms, Time{}, 1024, tick), Time{} + 17ms) << "the tick at 16 ms too";
  EXPECT_EQ(done_by(Time{} + 6ms, Time{}, 1024, tick), 5ms);
  EXPECT_EQ(done_by(Time{} + 4500us, Time{} + 4ms, 1024, tick), 500us) << "a tick at the beginning was counted before";
}

TEST(Pace, ATickTakesHalfOfItsPeriodAtMost) {
  EXPECT_EQ(end_of(100us, Time{}, 1024, {10us, 1ms}), Time{} + 195us);
}

/// Nanosecond by nanosecond: each is a tick's or does 1/1024 of `speed`.
TEST(Pace, IsWhatCountingNanosecondsGives) {
  const std::uint32_t seed = 7;
  std::mt19937 random(seed);
  SCOPED_TRACE(seed);
  for (int round = 0; round < 300; ++round) {
    const Tick tick{Duration(2 + random() % 400), Duration(random() % 100)};
    const std::uint64_t speed = 1 + random() % 1024;
    const Time from = time_at(random() % 1000);
    const Duration work(1 + random() % 500);
    std::int64_t owed = 0, done = 0, at = nanoseconds(from);
    while (done < work.count() * 1024 || owed > 0) {
      ++at;
      if (owed > 0) --owed;
      else done += static_cast<std::int64_t>(speed);
      if (at % tick.every.count() == 0) owed += std::min(tick.cost, tick.every / 2).count();
    }
    EXPECT_EQ(nanoseconds(end_of(work, from, speed, tick)), at);
    EXPECT_GE(done_by(time_at(at), from, speed, tick), work);
  }
}

}  // namespace
}  // namespace roost
