// Caps: who is picked asks for a grant; who gets none is put aside until its purse's next period, by a timer of the
// pCPU that picked it. No thread looks after all of them: the purse refills itself when somebody asks.
//
// A vCPU that is put aside (Throttled) belongs to whoever wins Throttled -> Waking: the pCPU with its timer, or one
// with a timer that it left behind when it slept. That one comes early: the vCPU is picked, refused and put aside anew.

#include "vmm/executor/dispatcher.hpp"

namespace roost {

/// It has been picked. Else it is put aside.
bool Dispatcher::is_granted(PcpuId self, Pick& pick, Time now, Pass& out) {
  if (caps_ == nullptr || !caps_->caps(pick.vcpu)) return true;
  const Grant grant = caps_->ask(pick.vcpu, now);
  if (grant.runs_for > Duration{0}) {
    CapGate::Capped& capped = caps_->of(pick.vcpu);
    capped.granted = grant.runs_for;
    capped.ran_before = vcpus_[pick.vcpu].account.run();
    capped.cut = now + grant.runs_for < pick.until;
    pick.until = std::min(pick.until, now + grant.runs_for);
    return true;
  }
  throttle(self, pick.vcpu, now);
  pcpus_[self].timers.arm(grant.until, pick.vcpu);
  if (pick.vcpu == out.out) out.how = SwitchOut::Throttled;
  return false;
}

/// It was picked, and has no budget.
void Dispatcher::throttle(PcpuId self, VcpuId vcpu, Time now) {
  put_aside(self, vcpu, now);
  ++caps_->of(vcpu).throttled;
  vcpus_[vcpu].state.store(VcpuState::Throttled, std::memory_order_seq_cst);  // the record is the releaser's now
}

/// A timer of this pCPU: the vCPU wakes, or a gate lets it run again.
void Dispatcher::timer_due(VcpuId vcpu, Time due) {
  const VcpuState state = vcpus_[vcpu].state.load(std::memory_order_relaxed);
  const bool aside = state == VcpuState::Throttled || state == VcpuState::CoStopped;
  return aside ? try_wake(vcpu, state, due) : wake(vcpu, due);
}

}  // namespace roost
