#include "vmm/host/doorbell.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "vmm/host/monotonic.hpp"

namespace roost::host {
namespace {

using namespace std::chrono_literals;

TEST(Doorbell, IsQuietUntilRungAndAfterClear) {
  Doorbell bell;
  EXPECT_EQ(bell.word().load(), 0u);
  EXPECT_FALSE(bell.clear());
  EXPECT_FALSE(bell.ring()) << "nobody slept";
  EXPECT_NE(bell.word().load(), 0u);
  EXPECT_TRUE(bell.clear());
  EXPECT_EQ(bell.word().load(), 0u);
}

TEST(Doorbell, DoesNotSleepOrPollPastARingThatCameBefore) {
  Doorbell bell;
  bell.ring();
  EXPECT_TRUE(bell.poll_until(kNever));
  EXPECT_TRUE(bell.sleep_until(kNever));
}

TEST(Doorbell, WakesByItselfWhenItsTimeHasCome) {
  Doorbell bell;
  const Time until = monotonic_now() + 1ms;
  EXPECT_FALSE(bell.sleep_until(until));
  EXPECT_GE(monotonic_now(), until);
  EXPECT_EQ(bell.word().load(), 0u) << "no longer asleep: the next ring needs no system call";
  EXPECT_FALSE(bell.poll_until(monotonic_now()));
}

TEST(Doorbell, CarriesEveryRingAndWhatWasWrittenBefore) {
  constexpr int kRounds = 20'000;
  Doorbell there, back;
  int message = 0;  // plain on purpose: the bell must publish it
  int heard = 0;
  std::jthread other([&] {
    for (int i = 1; i <= kRounds; ++i) {
      there.sleep_until(kNever);
      there.clear();
      heard += message == i;
      back.ring();
    }
  });
  for (int i = 1; i <= kRounds; ++i) {
    message = i;
    there.ring();
    back.sleep_until(kNever);
    back.clear();
  }
  other.join();
  EXPECT_EQ(heard, kRounds);
}

}  // namespace
}  // namespace roost::host
