// The room: holding one runqueue, or two in id order (law 5), for a scope.
#pragma once

#include <algorithm>

#include "vmm/executor/world.hpp"

namespace roost {

class RunqueueHold {
 public:
  RunqueueHold(World& world, RunqueueId rq) : world_(world), rq_(rq) { world_.acquire(rq_); }
  ~RunqueueHold() { world_.release(rq_); }
  RunqueueHold(const RunqueueHold&) = delete;
  RunqueueHold& operator=(const RunqueueHold&) = delete;

 private:
  World& world_;
  RunqueueId rq_;
};

class TwoRunqueueHold {  // of two different runqueues
 public:
  TwoRunqueueHold(World& world, RunqueueId a, RunqueueId b)
      : first_(world, std::min(a, b)), second_(world, std::max(a, b)) {}

 private:
  RunqueueHold first_, second_;
};

}  // namespace roost
