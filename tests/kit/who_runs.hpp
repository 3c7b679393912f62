// The room: the vCPU that runs on a runqueue of one pCPU.
#pragma once

#include "sched/runqueue/runqueue.hpp"

namespace roost::kit {

/// kNoVcpu: nobody.
inline VcpuId who_runs(const Runqueue& runqueue) {
  return runqueue.running().empty() ? kNoVcpu : runqueue.running().front().vcpu;
}

}  // namespace roost::kit
