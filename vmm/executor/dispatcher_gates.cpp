// Gates: who is picked asks whether it may run: its siblings (co-scheduling), then its cap. Who may not is put aside
// until it may be looked at again, by a timer of the pCPU that picked it; and what a vCPU weighs where its VM's weight
// is divided.
//
// A vCPU that is co-stopped belongs to whoever wins CoStopped -> Waking, as one that is throttled does: the pCPU with
// its timer, or one with a timer that it left behind when it slept. That one comes early: the vCPU is picked, asks, and
// is put aside anew. Who runs comes to ask again at PcpuRecord::slice_end, and goes on to turn_end if it may.

#include "vmm/executor/dispatcher.hpp"

namespace roost {

/// Under its runqueue: the next one who may run now, if somebody is boosted or gates are asked.
std::optional<Pick> Dispatcher::pick_past_gates(PcpuId self, Time now, Pass& out) {
  PcpuRecord& pcpu = pcpus_[self];
  std::optional<Pick> pick;
  if (pcpu.boosted != kNoVcpu) pick = pick_boosted(self, now);
  if (!pick) pick = pick_here(self, now);
  while (pick && pick->vcpu != kNoVcpu && !(may_run_beside(self, pick->vcpu, now, out) &&
                                            is_granted(self, *pick, now, out))) {
    pcpu.gives_way = false;
    pick = pick_here(self, now);
  }
  return pick;
}

/// It has been picked. Do its siblings let it run? Else it is put aside.
bool Dispatcher::may_run_beside(PcpuId self, VcpuId vcpu, Time now, Pass& out) {
  if (co() == nullptr) return true;
  CoGate::Member& member = co()->of(vcpu);
  const CoAnswer answer = co()->ask(vcpu, pools_.of(self), policy_at(self).cosched, now);
  pcpus_[self].look_again_at = answer.look_again;
  member.stopped = !answer.runs;
  if (answer.runs) return true;
  VcpuRecord& record = vcpus_[vcpu];
  put_aside(self, vcpu, now);
  member.look_again = answer.look_again;
  ++member.stops;
  record.state.store(VcpuState::CoStopped, std::memory_order_seq_cst);  // from here on the record is the releaser's
  pcpus_[self].timers.arm(answer.look_again, vcpu);
  if (vcpu == out.out) out.how = SwitchOut::Throttled;
  return false;
}

/// The slice of what `self` runs ends where its siblings may have to be asked again.
bool Dispatcher::may_go_on(PcpuId self, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  const CoAnswer answer = co()->ask(pcpu.current, pools_.of(self), policy_at(self).cosched, now);
  if (!answer.runs) return false;
  pcpu.slice_end = std::min(pcpu.turn_end, std::max(answer.look_again, now + Duration{1}));
  return true;
}

/// It was picked, and may not run.
void Dispatcher::put_aside(PcpuId self, VcpuId vcpu, Time now) {
  VcpuRecord& record = vcpus_[vcpu];
  runqueues_[runqueue_of(self)].leave(vcpu, LeaveWhy::Throttled, now);
  record.has_waited(VcpuState::Queued, now);
  record.woken = false;  // what it waits for now is a gate
  world_.runs(vcpu, record.account.since());
}

/// `vcpu`, which its owner is about to enqueue, or has just put, waits from now on; before it was in this state.
void Dispatcher::tell_gates_ready(VcpuId vcpu, VcpuState before, Time now) {
  if (co() != nullptr && before == VcpuState::Blocked) co()->wakes(vcpu, policy_of(vcpu).cosched, now);
  else if (co() != nullptr) co()->stalls(vcpu, now);
  if (parts() != nullptr) parts()->set_active(vcpu, true);
}

/// It blocks, or will never run again, or stands in line.
void Dispatcher::tell_gates_gone(VcpuId vcpu, bool blocks) {
  if (co() != nullptr && !blocks) co()->leaves(vcpu);
  if (parts() != nullptr) parts()->set_active(vcpu, false);
}

/// `vcpu`, of whose record the caller is the owner, weighs what its part of its VM's weight is now.
bool Dispatcher::take_part(VcpuId vcpu) {
  if (parts() == nullptr) return false;
  const bool divided = policy_of(vcpu).shares == ShareRule::Group;
  const Weight weight = divided ? parts()->part(vcpu) : parts()->whole(vcpu);
  return std::exchange(vcpus_[vcpu].traits.weight, weight) != weight;
}

/// Under its runqueue: `vcpu` has just been put there. Where it weighs something else now it comes anew.
void Dispatcher::weigh_anew(Runqueue& rq, VcpuId vcpu, Time now) {
  if (!take_part(vcpu)) return;
  rq.leave(vcpu, LeaveWhy::Migrating, now);
  rq.enqueue(vcpu, rq.admit(vcpu, vcpus_[vcpu].traits, EnqueueWhy::Migrated), now);
}

/// Before `policy` is in force, with the desk open, by one thread at a time: what its gates need, if it is the first
/// that has them.
void Dispatcher::make_gates(const Policy& policy) {
  const bool groups = policy.shares == ShareRule::Group && parts() == nullptr;
  if ((policy.cosched.how == CoRule::How::None || co() != nullptr) && !groups) return;
  std::vector<VcpuTraits> wanted;
  for (std::size_t v = 0; v < vcpus_.size(); ++v) wanted.push_back(desk_.wanted(id_at<VcpuId>(v)));
  if (policy.cosched.how != CoRule::How::None && co() == nullptr) {
    co_kept_ = std::make_unique<CoGate>(wanted, vms_.size(), pools_);
    co_.store(co_kept_.get(), std::memory_order_release);  // acquire: co()
  }
  if (groups) {
    parts_kept_ = std::make_unique<ShareGate>(wanted, vms_.size(), pools_);
    parts_.store(parts_kept_.get(), std::memory_order_release);  // acquire: parts()
  }
  tell_gates_online(desk_.online());
}

void Dispatcher::tell_gates_online(const PcpuSet& online) {
  for (std::size_t p = 0; p < pools_.size() && (co() != nullptr || parts() != nullptr); ++p) {
    const auto pool = id_at<PoolId>(p);
    const std::size_t pcpus = (pools_.members(pool) & online).count();
    if (co() != nullptr) co()->set_pcpus(pool, pcpus);
    if (parts() != nullptr) parts()->set_pcpus(pool, pcpus);
  }
}

/// Co-stopped vCPUs are looked at when they shall be.
bool Dispatcher::is_forgotten(VcpuId vcpu, Time now) const {
  return vcpus_[vcpu].state.load() == VcpuState::CoStopped && now > co()->of(vcpu).look_again;
}

}  // namespace roost
