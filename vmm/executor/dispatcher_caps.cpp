// Caps: who is picked asks for a grant; who gets none is put aside until its purse's next period, by a timer of the
// pCPU that picked it. No thread looks after all of them: the purse refills itself when somebody asks.
//
// A vCPU that is put aside (Throttled) belongs to whoever wins Throttled -> Waking: the pCPU with its timer, or one
// with a timer that it left behind when it slept. That one comes early: the vCPU is picked, refused and put aside anew.

#include "vmm/executor/dispatcher.hpp"

namespace roost {

/// Under its runqueue: the next one who may run now.
std::optional<Pick> Dispatcher::pick_granted(PcpuId self, Time now, Pass& out) {
  for (;;) {
    auto pick = pick_here(self, now);
    if (!pick || pick->vcpu == kNoVcpu || !caps_->caps(pick->vcpu)) return pick;
    const Grant grant = caps_->ask(pick->vcpu, now);
    if (grant.runs_for > Duration{0}) {
      CapGate::Capped& capped = caps_->of(pick->vcpu);
      capped.granted = grant.runs_for;
      capped.ran_before = vcpus_[pick->vcpu].account.run();
      capped.cut = now + grant.runs_for < pick->until;
      pick->until = std::min(pick->until, now + grant.runs_for);
      return pick;
    }
    throttle(self, pick->vcpu, now);
    pcpus_[self].timers.arm(grant.until, pick->vcpu);
    if (pick->vcpu == out.out) out.how = SwitchOut::Throttled;
  }
}

/// It was picked, and has no budget.
void Dispatcher::throttle(PcpuId self, VcpuId vcpu, Time now) {
  VcpuRecord& record = vcpus_[vcpu];
  runqueues_[runqueue_of(self)].leave(vcpu, LeaveWhy::Throttled, now);
  record.account.account(VcpuState::Queued, now);
  record.woken = false;  // what it waits for now is its cap
  world_.runs(vcpu, record.account.since());
  ++caps_->of(vcpu).throttled;
  record.state.store(VcpuState::Throttled, std::memory_order_seq_cst);  // from here on the record is the releaser's
}

/// A timer of this pCPU: the vCPU wakes, or its cap lets it run again.
void Dispatcher::timer_due(VcpuId vcpu, Time due) {
  const bool throttled = vcpus_[vcpu].state.load(std::memory_order_relaxed) == VcpuState::Throttled;
  return throttled ? try_wake(vcpu, VcpuState::Throttled, due) : wake(vcpu, due);
}

}  // namespace roost
