// Placements that fit in: soft affinity around those that do not know it, one caller at a time for those that hold
// back; and the line of vCPUs that have no pCPU of their own yet.
//
// Who stands in line is in no runqueue, and its record is nobody's. Whoever takes it out wins InLine -> Waking and
// places it, as a waker does. It is taken out
//   - by whoever has freed a pCPU and asks placement who is next (call_line); that has given it its pCPU before;
//   - by whoever has changed its affinity, or the policy.
// None of these is missed: who goes in publishes InLine and then looks whether it has been given a pCPU, or another
// policy; who takes out gives the pCPU, or puts the policy in force, and then tries InLine -> Waking. Placement's lock,
// or `line_`, orders the two: whoever comes second sees what the first has done.

#include "vmm/executor/dispatcher.hpp"
#include "vmm/executor/one_at_a_time.hpp"

#include "sched/placement/preferring.hpp"

namespace roost {

/// Before `policy` is in force.
void Dispatcher::fit_placer(Policy& policy) {
  if (policy.placer->holds_back()) policy.placer = std::make_unique<OneAtATime>(std::move(policy.placer));
  else if (preferred_ != nullptr && !policy.placer->heeds_preferred())
    policy.placer = std::make_unique<Preferring>(std::move(policy.placer));
}

void Dispatcher::prefer(const std::vector<PcpuSet>& preferred) {
  check(started_ == Time{} && preferred.size() <= vcpus_.size(), "soft affinities of vCPUs that have not started");
  preferred_ = std::make_unique<IdVector<VcpuId, PcpuSet>>(vcpus_.size());
  for (std::size_t v = 0; v < preferred.size(); ++v) {
    const auto vcpu = id_at<VcpuId>(v);
    (*preferred_)[vcpu] = preferred[v] & vcpus_[vcpu].traits.allowed;
    desk_.prefer(vcpu, preferred[v]);
  }
  policies_.for_each_first([&](Policy& of) { fit_placer(of); });
}

/// Would `vcpu`, which runs or waits where it had rather be, be drawn elsewhere?
bool Dispatcher::leaves_preferred(VcpuId vcpu, PcpuId to) const {
  const PcpuSet* const preferred = preferred_by(vcpu);
  return preferred != nullptr && !preferred->contains(to) &&
         preferred->contains(vcpus_[vcpu].where.load(std::memory_order_relaxed));
}

/// `vcpu`, which is New or Waking and the caller's, has no pCPU.
Dispatcher::Joined Dispatcher::stand_in_line(VcpuId vcpu) {
  const PoolId pool = pool_of(vcpu);
  tell_gates_gone(vcpu, false);
  vcpus_[vcpu].state.store(VcpuState::InLine, std::memory_order_seq_cst);  // from here on the record is nobody's
  { const std::lock_guard in_turn(line_); }
  if (policies_.in_force(pool).policy.placer->has_place(vcpu)) try_wake(vcpu, VcpuState::InLine);
  return {.pcpu = kNoPcpu, .told = kNoPcpu, .handed = {}};
}

/// With no runqueue held: whoever can be given a free pCPU is.
void Dispatcher::call_line() {
  policies_.for_each_in_force([&](const Policy& policy) {
    while (true) {
      const VcpuId next = policy.placer->next_in_line(loads_);
      if (next == kNoVcpu) return;
      try_wake(next, VcpuState::InLine);
    }
  });
}

}  // namespace roost
