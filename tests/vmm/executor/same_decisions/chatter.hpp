// The room: a stepped vCPU that computes, wakes others and halts until it is woken or its timer has come, as drawn from
// a seeded stream.
#pragma once

#include <cstdint>
#include <vector>

#include "vmm/vcpu/stepped_vcpu.hpp"

namespace roost::test {

class Chatter final : public SteppedVcpu {
 public:
  /// `all`: everybody, itself too, filled before the first step; the place in it is the VcpuId.
  Chatter(std::uint64_t seed, const std::vector<Chatter*>& all, WakeSink& sink)
      : state_(seed * 2 + 1), all_(all), sink_(sink) {}

  Step step(Time now) override {
    if (left_ > Duration{0}) return {.work = left_};
    if (awake_) {  // a stretch of work is done: tell somebody, and halt
      awake_ = false;
      const std::size_t whom = draw(all_.size());
      if (all_[whom] != this && draw(2) == 0) {
        all_[whom]->raised_ = true;
        sink_.wake(id_at<VcpuId>(whom));
      }
      wakes_at_ = now + Duration(200'000 + draw(2'000'000));
    }
    if (!raised_ && now < wakes_at_) return {.kind = Step::Kind::Halt, .wake_at = wakes_at_};
    raised_ = false;
    awake_ = true;
    left_ = Duration(20'000 + draw(3'000'000));
    return {.work = left_};
  }
  void worked(Duration work) override { left_ -= work; }
  void post_interrupt(unsigned, bool) override {}

 private:
  std::uint64_t draw(std::uint64_t below) {
    state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;  // xorshift64 (Marsaglia 2003)
    return state_ % below;
  }
  std::uint64_t state_;
  const std::vector<Chatter*>& all_;
  WakeSink& sink_;
  bool awake_ = false, raised_ = false;
  Time wakes_at_{};
  Duration left_{0};
};

}  // namespace roost::test
