// The room: the host's monotonic clock behind the vCPUs' contract.
#pragma once

#include "vmm/host/monotonic.hpp"
#include "vmm/vcpu/clock.hpp"

namespace roost {

class LiveClock final : public Clock {
 public:
  Time now() const override { return host::monotonic_now(); }
};

}  // namespace roost
