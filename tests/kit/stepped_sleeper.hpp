// The room: a stepped vCPU that computes and sleeps in turn, for spans drawn from a seeded stream.
#pragma once

#include <cstdint>

#include "vmm/vcpu/stepped_vcpu.hpp"

namespace roost::kit {

struct SleeperHabits {
  std::int64_t run_least = 300'000, run_most = 1'000'000;      // ns
  std::int64_t sleep_least = 300'000, sleep_most = 1'200'000;  // ns; most == 0: it never sleeps
  std::uint64_t rounds = UINT64_MAX;                           // then it stops
  MemoryUse memory{};                                          // while it computes
};

class SteppedSleeper final : public SteppedVcpu {
 public:
  SteppedSleeper(SleeperHabits habits, std::uint64_t seed) : habits_(habits), state_(seed * 2 + 1) {}

  Step step(Time now) override {
    if (left_ > Duration{0}) return {.work = left_, .memory = habits_.memory};
    if (now < wakes_at_) return {.kind = Step::Kind::Halt, .wake_at = wakes_at_};
    if (runs_ && habits_.sleep_most > 0) {
      runs_ = false;
      wakes_at_ = now + drawn(habits_.sleep_least, habits_.sleep_most);
      return {.kind = Step::Kind::Halt, .wake_at = wakes_at_};
    }
    if (rounds_++ == habits_.rounds) return {.kind = Step::Kind::Stop};
    runs_ = true;
    left_ = drawn(habits_.run_least, habits_.run_most);
    return {.work = left_, .memory = habits_.memory};
  }
  void worked(Duration work) override { left_ -= work, done_ += work; }
  void post_interrupt(unsigned, bool) override {}
  Duration done() const { return done_; }

 private:
  Duration drawn(std::int64_t least, std::int64_t most) {
    state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;  // xorshift64 (Marsaglia 2003)
    return Duration{least + static_cast<std::int64_t>(state_ % static_cast<std::uint64_t>(most - least + 1))};
  }
  SleeperHabits habits_;
  std::uint64_t state_;
  bool runs_ = false;
  Time wakes_at_{};
  Duration left_{0}, done_{0};
  std::uint64_t rounds_ = 0;
};

}  // namespace roost::kit
