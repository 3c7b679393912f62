// The room: what a policy may know of a vCPU before it has run.
#pragma once

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_set.hpp"
#include "sched/vocabulary/weight.hpp"

namespace roost {

struct VcpuTraits {
  VmId vm{0};
  Weight weight = kDefaultWeight;
  PcpuSet allowed;  // hard affinity; never empty
};

}  // namespace roost
