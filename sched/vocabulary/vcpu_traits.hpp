// The room: what a policy may know of a vCPU before it has run.
#pragma once

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_set.hpp"
#include "sched/vocabulary/time.hpp"
#include "sched/vocabulary/weight.hpp"

namespace roost {

/// `budget` of a full pCPU's time in every `period`, whatever others do. budget == 0: nothing is promised.
struct Reservation {
  Duration budget{0}, period{0};
  friend bool operator==(const Reservation&, const Reservation&) = default;
};

struct VcpuTraits {
  VmId vm{0};
  Weight weight = kDefaultWeight;
  PcpuSet allowed;  // hard affinity; never empty
  Reservation reservation{};
};

}  // namespace roost
