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

TEST(Doorbell, HandsAVcpuToAnOwnerThatAwaitsOne) {
  Doorbell bell;
  EXPECT_FALSE(bell.awaits_vcpu());
  bell.await_vcpu(true);
  EXPECT_TRUE(bell.awaits_vcpu());
  EXPECT_FALSE(bell.poll_until(monotonic_now()));
  EXPECT_FALSE(bell.hand(VcpuId{7}, 3ms)) << "the owner does not sleep";
  const Time before = monotonic_now();
  const auto seen = bell.poll_until(kNever);
  ASSERT_TRUE(seen);
  EXPECT_GE(*seen, before);
  EXPECT_TRUE(bell.sleep_until(kNever)) << "nor will it";
  EXPECT_EQ(bell.word().load(), 0u) << "an engine that runs the vCPU is not interrupted by its arrival";
  const auto handed = bell.take_handed();
  ASSERT_TRUE(handed);
  EXPECT_EQ(handed->vcpu, VcpuId{7});
  EXPECT_EQ(handed->slice, 3ms);
  EXPECT_FALSE(bell.awaits_vcpu());
  bell.await_vcpu(false);
  EXPECT_FALSE(bell.take_handed()) << "each once";
}

TEST(Doorbell, ASliceOfAnyLengthFits) {
  Doorbell bell;
  bell.await_vcpu(true);
  bell.hand(VcpuId{0}, 1h);
  EXPECT_EQ(bell.take_handed()->slice, Duration{UINT32_MAX});
}

TEST(Doorbell, LosesNoVcpuToAnOwnerThatFallsAsleep) {
  constexpr std::uint32_t kRounds = 20'000;
  Doorbell there, back;
  std::uint32_t taken = 0;
  std::jthread other([&] {
    for (std::uint32_t i = 0; i < kRounds; ++i) {
      there.await_vcpu(true);
      back.ring();
      there.sleep_until(kNever);
      const auto handed = there.take_handed();
      taken += handed && handed->vcpu == VcpuId{i};
      there.clear();
    }
  });
  for (std::uint32_t i = 0; i < kRounds; ++i) {
    back.sleep_until(kNever);
    back.clear();
    if (there.hand(VcpuId{i}, 1ms)) there.ring();
  }
  other.join();
  EXPECT_EQ(taken, kRounds);
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
