// Who spins has come out of its guest: it goes on, gives way, or gives way to one sibling (sched/gate/pause).
//
// The chosen one is written into the record of a pCPU of the runqueue where it waits (`boosted`), under that runqueue.
// That pCPU asks its discipline for nobody else first, when it picks next; if the chosen one has left meanwhile, or may
// not run, the pick is the usual one.

#include "vmm/executor/dispatcher.hpp"
#include "vmm/executor/runqueue_hold.hpp"

namespace roost {

namespace {

/// One vCPU alone, if it may run there.
class Only final : public MayRun {
 public:
  Only(VcpuId wanted, const PcpuSet& allowed, PcpuId self) : wanted_(wanted), allowed_(allowed), self_(self) {}
  bool operator()(VcpuId vcpu) const override { return vcpu == wanted_ && allowed_.contains(self_); }

 private:
  VcpuId wanted_;
  const PcpuSet& allowed_;
  PcpuId self_;
};

}  // namespace

/// What the exit of `self`'s vCPU, which spins, is to count as.
ExitWhy Dispatcher::after_spin(PcpuId self, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  const PauseRule& rule = policy_at(self).pause;
  ++pcpu.pauses;
  if (rule.then == PauseRule::Then::Stay) return ExitWhy::Kicked;
  if (rule.then == PauseRule::Then::Yield) return ExitWhy::Yielded;
  const VcpuId spinner = pcpu.current;
  const VmId vm = vcpus_[spinner].traits.vm;
  const VcpuId chosen = spins_.choose(vm, vms_[vm], spinner, [&](VcpuId vcpu) {
    return vcpus_[vcpu].state.load(std::memory_order_relaxed) == VcpuState::Queued;
  });
  if (chosen == kNoVcpu || !boost(self, chosen, now)) return ExitWhy::Kicked;
  spins_.gives_way(spinner);
  ++pcpu.directed;
  return ExitWhy::Yielded;
}

/// `self`'s vCPU gives way to `chosen`: false, if that one waits no more, or the discipline lends nobody's turn.
bool Dispatcher::boost(PcpuId self, VcpuId chosen, Time now) {
  const VcpuRecord& record = vcpus_[chosen];
  const PcpuId where = record.where.load(std::memory_order_relaxed);
  const RunqueueId there = runqueue_of(where);
  const bool here = there == runqueue_of(self);
  {
    const RunqueueHold hold(world_, there);
    const bool waits = record.state.load(std::memory_order_relaxed) == VcpuState::Queued &&
                       runqueue_of(record.where.load(std::memory_order_relaxed)) == there;
    PcpuRecord& pcpu = pcpus_[here ? self : where];
    if (!waits || pcpu.boosted != kNoVcpu || record.changed.load(std::memory_order_relaxed)) return false;
    if (runqueues_[there].most_urgent() != kNoVcpu) return false;
    if (!record.traits.allowed.contains(here ? self : where)) return false;
    const Duration length = policy_at(self).pause.boost;
    if (!here && (pcpu.current == kNoVcpu || !pcpu.boosts.take(now, length))) return false;
    pcpu.boosted = chosen;
    pcpu.boosted_for = here ? std::max(pcpu.slice_end - now, Duration{1}) : length;
    pcpu.reschedule = true;
  }
  if (!here) kick(where, KickHow::Reschedule);
  return true;
}

/// Under `self`'s runqueue: the chosen one, if it may run; nothing: the discipline's own pick is due.
std::optional<Pick> Dispatcher::pick_boosted(PcpuId self, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  const VcpuId chosen = std::exchange(pcpu.boosted, kNoVcpu);
  if (shares() && (!loads_.online(self) || is_changing(self))) return std::nullopt;
  const Only only(chosen, vcpus_[chosen].traits.allowed, self);
  auto pick = runqueues_[runqueue_of(self)].pick({now, self, &only});
  if (!pick || pick->vcpu == kNoVcpu) return std::nullopt;
  pcpu.gives_way = now + pcpu.boosted_for < pick->until;
  pick->until = std::min(pick->until, now + pcpu.boosted_for);
  return pick;
}

}  // namespace roost
