// The room: how an interrupt tells the scheduler that a vCPU has something to do.
#pragma once

#include "sched/vocabulary/ids.hpp"

namespace roost {

class WakeSink {
 public:
  virtual ~WakeSink() = default;
  /// Any thread, no lock held. After it returns, `vcpu` will look at its interrupt lines once more before it blocks: a
  /// blocked one is queued somewhere, a running one is brought out of run() at its next block boundary.
  virtual void wake(VcpuId vcpu) = 0;
  /// Likewise, by a vCPU that is about to block: a hint.
  virtual void wake_and_block(VcpuId vcpu) { wake(vcpu); }
};

}  // namespace roost
