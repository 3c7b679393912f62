// The room: a clock that stands until a test moves it.
#pragma once

#include "vmm/vcpu/clock.hpp"

namespace roost::kit {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start = time_at(0)) : now_(start) {}
  Time now() const override { return now_; }
  void advance(Duration by) { now_ += by; }
  void advance_to(Time to) { now_ = to > now_ ? to : now_; }

 private:
  Time now_;
};

}  // namespace roost::kit
