// Moving a vCPU that runs: it is asked, and goes at its next exit.
//
// Whoever asks holds both runqueues, looks again whether the plan holds, and writes the request into the record of the
// pCPU that runs the vCPU; which is told as it is of any change (`has_news`, a kick). There serve() finds the vCPU
// among those that wait, where it has just been put, and takes it out; with no runqueue held it arrives where it was to
// go, if that still holds, else where placement says. One that has blocked, finished or been changed meanwhile is gone,
// and so is the request. Each plan is counted once: by the asker if nobody was asked, else by the pCPU that was.
//
// Where pCPUs share a runqueue only who goes to another runqueue is asked: within one, whoever is free takes the next
// that waits, and nobody who runs is moved to a faster pCPU of it.

#include "sched/balance/better_place.hpp"
#include "vmm/executor/dispatcher.hpp"
#include "vmm/executor/runqueue_hold.hpp"

namespace roost {

PlanOutcome Dispatcher::ask_to_go(const Plan& plan, const Balancer& balancer, MigrateWhy why, Time now) {
  check(!rare_moves_.empty(), "a policy that moves who runs says so");
  {
    const TwoRunqueueHold hold(world_, runqueue_of(plan.from), runqueue_of(plan.to));
    if (const PlanOutcome verdict = may_ask(plan, balancer, now); verdict != PlanOutcome::Done) return verdict;
    PcpuRecord& there = pcpus_[plan.from];
    there.goes = there.current;
    there.goes_to = plan.to;
    there.goes_why = why;
    ask(plan.from);
  }
  kick(plan.from, KickHow::Reschedule);
  return PlanOutcome::Done;
}

/// Under both runqueues.
PlanOutcome Dispatcher::may_ask(const Plan& plan, const Balancer& balancer, Time now) const {
  const PcpuRecord& there = pcpus_[plan.from];
  if (!loads_.online(plan.to)) return PlanOutcome::StaleOffline;
  if (there.current == kNoVcpu || there.goes != kNoVcpu) return PlanOutcome::StaleGone;
  if (vcpus_[there.current].changed.load(std::memory_order_relaxed)) return PlanOutcome::StaleGone;
  if (!has_room(there.current, plan.to, now)) return PlanOutcome::StaleAffinity;
  if (leaves_preferred(there.current, plan.to)) return PlanOutcome::StaleAffinity;
  const RunqueueId from = runqueue_of(plan.from), to = runqueue_of(plan.to);
  return balancer.still_holds(plan, runqueues_[from].snapshot(now, called(from)),
                              runqueues_[to].snapshot(now, called(to)));
}

/// Under `self`'s runqueue, in which the one that was asked waits again: does it still go? A look without the other's
/// lock; arrive() looks under it.
PlanOutcome Dispatcher::still_goes(PcpuId self) const {
  const PcpuId to = pcpus_[self].goes_to;
  if (!loads_.online(to)) return PlanOutcome::StaleOffline;
  return loads_.load(to).idle() ? PlanOutcome::Done : PlanOutcome::StaleNotWorthwhile;
}

/// Under `self`'s runqueue: nobody is asked any more.
void Dispatcher::end_asking(PcpuId self, PlanOutcome outcome) {
  PcpuRecord& pcpu = pcpus_[self];
  if (outcome != PlanOutcome::Done) count_plan(self, plan_active(self, pcpu.goes_to), outcome, 0);
  pcpu.goes = kNoVcpu;
}

/// With no runqueue held: whoever was asked, and has left `self`'s, joins that of where it was to go.
Dispatcher::Joined Dispatcher::arrive(PcpuId self, const PcpuRecord::Leaver& leaver, Time now) {
  PlanOutcome outcome = PlanOutcome::Done;
  Joined joined{};
  {
    const RunqueueId to = runqueue_of(leaver.to);
    const RunqueueHold hold(world_, to);
    if (!loads_.online(leaver.to)) outcome = PlanOutcome::StaleOffline;
    else if (!runqueues_[to].snapshot(now, called(to)).idle()) outcome = PlanOutcome::StaleNotWorthwhile;
    else if (!takes_seat(leaver.vcpu, leaver.to, now)) outcome = PlanOutcome::StaleAffinity;
    else {
      if (vcpus_[leaver.vcpu].moved_by == MigrateWhy::Numa)
        placer_of(leaver.vcpu).follows_memory(leaver.vcpu, leaver.to);
      joined = enter(leaver.to, leaver.vcpu, EnqueueWhy::Migrated, now);
    }
  }
  count_plan(self, plan_active(self, leaver.to), outcome, outcome == PlanOutcome::Done);
  if (outcome == PlanOutcome::Done) {
    ++pcpus_[self].sent;
    return joined;
  }
  vcpus_[leaver.vcpu].moved_by = MigrateWhy::Placement;
  return place(leaver.vcpu, EnqueueWhy::Migrated, now);
}

bool Dispatcher::follow_memory(PcpuId self, std::span<const std::uint64_t> samples) {
  const Policy& policy = policy_at(self);
  const VcpuId vcpu = pcpus_[self].current;
  if (policy.numa == nullptr || vcpu == kNoVcpu) return false;
  if (vcpus_[vcpu].changed.load(std::memory_order_relaxed)) return false;  // it may soon run elsewhere anyway
  const Time now = world_.now();
  const PcpuSet* const preferred = preferred_by(vcpu);
  const PcpuSet& may = preferred != nullptr ? *preferred : vcpus_[vcpu].traits.allowed;
  const NumaAdvice advice = policy.numa->advise(
      {.vcpu = vcpu, .at = self, .samples = samples, .allowed = &may, .now = now},
      world_.view(loads_));
  check(advice.to == kNoPcpu || !advice.pages_follow, "a vCPU goes to its memory or its pages come to it, never both");
  if (advice.to == kNoPcpu || runqueue_of(advice.to) == runqueue_of(self)) return advice.pages_follow;
  const Plan plan = plan_active(self, advice.to);
  const PlanOutcome outcome = ask_to_go(plan, *policy.balancer, MigrateWhy::Numa, now);
  if (outcome != PlanOutcome::Done) count_plan(self, plan, outcome, 0);
  return false;
}

/// Before `policy` is in force.
void Dispatcher::make_room_for_moves(const Policy& policy) {
  const bool any = shares() || policy.balancer->moves_running() || policy.numa != nullptr;
  if (any && rare_moves_.empty()) rare_moves_.resize(vcpus_.size());
}

}  // namespace roost
