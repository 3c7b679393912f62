// The room: the world's clock, as a vCPU reads it.
#pragma once

#include "sched/vocabulary/time.hpp"

namespace roost {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Never goes back on one pCPU.
  virtual Time now() const = 0;
};

}  // namespace roost
