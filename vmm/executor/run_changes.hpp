// The room: what may be changed while a run is on: weights, both affinities, which pCPUs take part, the policy.
// Not here: when (scenario timelines), carrying it out (dispatcher_changes.cpp).
// Invariants: a change is refused, and nothing has changed, if some vCPU would have nowhere to run, or its
//   reservation no seat.
#pragma once

#include <optional>

#include "sched/gate/seats.hpp"
#include "sched/policy/policy.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_set.hpp"
#include "sched/vocabulary/weight.hpp"

namespace roost {

/// What became of a change.
struct ChangeAnswer {
  bool done = true;
  VcpuId homeless = kNoVcpu;  // !done: who would have nowhere to run,
  std::optional<NoSeat> no_seat{};  // or whose reservation could not be kept any more
};

/// Any thread, but none that is inside the dispatcher; calls are taken one after the other.
class RunChanges {
 public:
  virtual ~RunChanges() = default;
  virtual ChangeAnswer set_weight(VcpuId vcpu, Weight weight) = 0;
  virtual ChangeAnswer set_allowed(VcpuId vcpu, PcpuSet allowed) = 0;
  /// Soft affinity: where it had rather run, as far as it may; none of these: all are alike to it. Of a run in which
  /// somebody may have one.
  virtual ChangeAnswer set_preferred(VcpuId vcpu, PcpuSet preferred) = 0;
  /// Off: whoever runs or waits there goes elsewhere, with cause MigrateWhy::Hotplug; nobody comes until it is back.
  virtual ChangeAnswer set_online(PcpuId pcpu, bool online) = 0;
  /// `policy`, made for this host and as many vCPUs: it places and balances at once; each pCPU takes its discipline
  /// over when it next comes by. Who waits there keeps its place in the order and is new otherwise.
  virtual ChangeAnswer set_policy(Policy policy) = 0;
};

}  // namespace roost
