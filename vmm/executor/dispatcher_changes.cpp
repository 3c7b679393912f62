// Changes while a run is on: asked for by any thread, made by whoever holds the record that they are about.
//
// A change of a vCPU is written down at the desk, and then announced in its record (`changed`, seq_cst). It is made
//   - by the pCPU in whose runqueue the vCPU is: it is told under that runqueue (`has_news`) and kicked;
//   - by its waker, if it is blocked or put aside: -> Waking comes after the announcement, and then the waker looks.
// Nobody else moves a vCPU whose change is announced, so the pCPU that was told still has it, or it has blocked.
// A pCPU goes offline under its own runqueue, so whoever holds that runqueue knows: placement that looked too early
// looks again.
// A policy is put in force by one store, and every pCPU is told; each takes its runqueue's discipline over by itself,
// with nobody running; of those that share a runqueue each stops, and the last to stop does. Meanwhile a vCPU may cross
// between runqueues of two disciplines, either way: join() admits it. So does one that goes to another pool: that is a
// change of its affinity, and it is new to the discipline there.

#include "sched/policy/reserve.hpp"
#include "vmm/executor/dispatcher.hpp"
#include "vmm/executor/runqueue_hold.hpp"

namespace roost {

ChangeAnswer Dispatcher::set_weight(VcpuId vcpu, Weight weight) {
  const std::lock_guard hold(open_desk());
  last_weight_ = world_.now();
  desk_.want(vcpu, [&](VcpuTraits& traits) { traits.weight = weight; });
  announce(vcpu);
  return {};
}

ChangeAnswer Dispatcher::set_allowed(VcpuId vcpu, PcpuSet allowed) {
  const std::lock_guard hold(open_desk());
  check(pools_.lie_in_one(allowed), "a vCPU's pCPUs lie in one pool");
  if ((allowed & desk_.online()).empty()) return {.done = false, .homeless = vcpu};
  std::vector<VcpuId> moved;
  if (seats_ != nullptr && seats_->has(vcpu))
    if (auto refused = seats_->set_allowed(vcpu, allowed, world_.now(), moved))
      return {.done = false, .no_seat = std::move(refused)};
  last_change_ = world_.now();
  if (shares() && allowed.count() < pcpus_.size()) restricted_.store(true, std::memory_order_relaxed);
  world_.may_use(vcpu, allowed, last_change_);
  desk_.want(vcpu, [&](VcpuTraits& traits) { traits.allowed = std::move(allowed); });
  announce(vcpu);
  try_wake(vcpu, VcpuState::InLine);  // perhaps there is a pCPU for it now
  for (const VcpuId other : moved) announce(other);
  return {};
}

ChangeAnswer Dispatcher::set_preferred(VcpuId vcpu, PcpuSet preferred) {
  check(preferred_ != nullptr, "a run in which somebody may come to prefer pCPUs says so");
  const std::lock_guard hold(open_desk());
  last_change_ = world_.now();
  desk_.prefer(vcpu, std::move(preferred));
  announce(vcpu);
  try_wake(vcpu, VcpuState::InLine);  // likewise
  return {};
}

ChangeAnswer Dispatcher::set_online(PcpuId pcpu, bool online) {
  const std::lock_guard hold(open_desk());
  PcpuSet after = desk_.online();
  if (online) after.insert(pcpu);
  else after.erase(pcpu);
  for (std::size_t i = 0; i < vcpus_.size() && !online; ++i) {
    const auto vcpu = id_at<VcpuId>(i);
    const bool over = vcpus_[vcpu].state.load(std::memory_order_acquire) == VcpuState::Finished;
    if (!over && !desk_.fits(vcpu, after)) return {.done = false, .homeless = vcpu};
  }
  std::vector<VcpuId> moved;
  if (seats_ != nullptr && !online)  // before it goes nobody has a seat there; when it comes nobody has one yet
    if (auto refused = seats_->set_online(pcpu, false, world_.now(), moved))
      return {.done = false, .no_seat = std::move(refused)};
  tell_gates_online(after);
  desk_.set_online(std::move(after));
  last_change_ = world_.now();
  world_.takes_part(pcpu, online, last_change_);
  {
    const RunqueueHold here(world_, runqueue_of(pcpu));
    loads_.set_online(pcpu, online);
    if (shares()) count_online(pcpu);
    ask(pcpu);
  }
  kick(pcpu, KickHow::Reschedule);
  if (seats_ != nullptr && online)
    check(!seats_->set_online(pcpu, true, world_.now(), moved), "on more pCPUs everyone keeps the seat");
  for (const VcpuId vcpu : moved) announce(vcpu);
  call_line();
  return {};
}

ChangeAnswer Dispatcher::set_policy(Policy policy) {
  const std::lock_guard hold(open_desk());
  last_change_ = world_.now();
  const PoolId pool = policy.pool;
  check(policy.granularity == policies_.in_force(pool).policy.granularity,
        "a policy that comes later keeps the runqueues as they are");
  policy = with_reservations(std::move(policy), servers_, topology_, runqueues_.size());
  fit_placer(policy);
  make_gates(policy, desk_.online());
  make_room_for_moves(policy);
  if (policy.pause.then == PauseRule::Then::Direct) directs_.store(true, std::memory_order_relaxed);
  std::uint32_t least = policies_.put_in_force(std::move(policy), last_change_).number;
  if (world_.recording())
    world_.record({.at = last_change_, .kind = EventKind::Policy, .length = event_length(policies_.changes())});
  for (std::size_t i = 0; i < pcpus_.size(); ++i) {
    const auto pcpu = id_at<PcpuId>(i);
    if (pools_.of(pcpu) != pool) continue;
    {
      const RunqueueHold here(world_, runqueue_of(pcpu));
      least = std::min({least, runqueues_[runqueue_of(pcpu)].discipline_number(), pcpus_[pcpu].policy});
      ask(pcpu);
    }
    kick(pcpu, KickHow::Reschedule);
  }
  policies_.forget_before(least, pool);
  { const std::lock_guard in_turn(line_); }
  for (std::size_t i = 0; i < vcpus_.size(); ++i) try_wake(id_at<VcpuId>(i), VcpuState::InLine);
  return {};
}

std::mutex& Dispatcher::open_desk() {
  const std::lock_guard hold(desk_.order);
  desk_.open(vcpus_.size(), pcpus_.size(), [&](VcpuId vcpu) { return vcpus_[vcpu].traits; });
  return desk_.order;
}

/// Returns once somebody is bound to make the change. Under `order`: one change at a time, so a chain of them ends.
void Dispatcher::announce(VcpuId vcpu) {
  VcpuRecord& record = vcpus_[vcpu];
  record.changed.store(true, std::memory_order_seq_cst);
  for (;;) {
    const VcpuState state = record.state.load(std::memory_order_seq_cst);
    check(state != VcpuState::New, "changes come after the start");
    if (state == VcpuState::Finished || state == VcpuState::Blocked || state == VcpuState::Throttled ||
        state == VcpuState::InLine || state == VcpuState::CoStopped)
      return;
    if (state == VcpuState::Waking) {  // its waker may have looked before; it will be somewhere in a moment
      world_.relax();
      continue;
    }
    const PcpuId where = record.where.load(std::memory_order_relaxed);  // written before the state that was read
    {
      const RunqueueHold hold(world_, runqueue_of(where));
      const VcpuState now = record.state.load(std::memory_order_relaxed);
      const bool there = record.where.load(std::memory_order_relaxed) == where;
      if (!there || (now != VcpuState::Queued && now != VcpuState::Running)) continue;
      ask(where);
    }
    return kick(where, KickHow::Reschedule);
  }
}

/// Under `pcpu`'s runqueue: its thread shall serve() when it next comes by. Before that nobody is picked there: another
/// of its pCPUs that comes first serves too.
void Dispatcher::ask(PcpuId pcpu) {
  if (shares()) shared_[runqueue_of(pcpu)].has_news = true;
  pcpus_[pcpu].has_news = true;
  pcpus_[pcpu].reschedule = true;
}

/// Under its own runqueue, with nobody running on this pCPU: changes who waits here, and in what order, and takes out
/// whom placement must look at anew.
void Dispatcher::serve(PcpuId self, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  Runqueue& rq = runqueues_[runqueue_of(self)];
  const PolicyHistory::Entry& in_force = in_force_at(self);
  const bool reordered = rq.discipline_number() != in_force.number && rq.running().empty();
  pcpu.has_news = false;
  if (shares()) shared_[runqueue_of(self)].has_news = false;
  std::vector<VcpuId> waiting(rq.waiting()), staying;
  PlanOutcome departure = PlanOutcome::StaleGone;  // of whoever was asked to go
  rq.victims(waiting);
  for (const VcpuId vcpu : waiting) {
    VcpuRecord& record = vcpus_[vcpu];
    const bool changed = record.changed.load(std::memory_order_seq_cst);
    const bool housed = is_housed(vcpu, self);
    const bool as_before = housed && !changed && !reordered;
    if (as_before && vcpu == pcpu.goes) departure = still_goes(self);
    const bool departs = vcpu == pcpu.goes && departure == PlanOutcome::Done;
    if (as_before && !departs) continue;
    rq.leave(vcpu, LeaveWhy::Migrating, now);
    const PcpuSet before = record.traits.allowed;
    const PcpuSet preferred = preferred_ == nullptr ? PcpuSet{} : (*preferred_)[vcpu];
    if (changed) take_change(vcpu);
    if (changed) take_part(vcpu);
    const bool as_free = record.traits.allowed == before &&
                         (preferred_ == nullptr || (*preferred_)[vcpu] == preferred);
    if (!departs && housed && as_free && is_seated(vcpu, self)) {
      staying.push_back(vcpu);
      continue;
    }
    record.state.store(VcpuState::Waking, std::memory_order_seq_cst);
    record.moved_by = departs ? pcpu.goes_why : housed ? MigrateWhy::Placement : MigrateWhy::Hotplug;
    pcpu.leavers.push_back({vcpu, departs ? pcpu.goes_to : kNoPcpu});
  }
  if (pcpu.goes != kNoVcpu) end_asking(self, departure);
  if (reordered) {
    rq.change_discipline(*in_force.policy.discipline, in_force.number);
    rq.average_weight(in_force.policy.balancer->memory(), now);
    rq.average_utilisation(in_force.policy.placer->utilisation(), now);
  }
  if (pcpu.policy != in_force.number) {
    pcpu.policy = in_force.number;
    pcpu.next_balance = next_balance(self, now);
  }
  bring_back(self, staying, now);
  pcpu.drains = !loads_.online(self);
  pcpu.errands = pcpu.errands || pcpu.drains || !pcpu.leavers.empty();
}

/// Those whom serve() took out and who stay, as victims: the last to be given away would have run first.
void Dispatcher::bring_back(PcpuId self, std::span<const VcpuId> staying, Time now) {
  Runqueue& rq = runqueues_[runqueue_of(self)];
  for (std::size_t i = staying.size(); i-- > 0;) {
    const VcpuId vcpu = staying[i];
    rq.enqueue(vcpu, rq.admit(vcpu, vcpus_[vcpu].traits, EnqueueWhy::Migrated), now);
  }
}

/// By the holder of its record, while it is in no runqueue; the runqueue that it joins next looks at its weight.
void Dispatcher::take_change(VcpuId vcpu) {
  VcpuRecord& record = vcpus_[vcpu];
  record.changed.store(false, std::memory_order_seq_cst);  // before the look: what comes after it is announced again
  const PoolId before = pool_of(vcpu);
  record.traits = desk_.wanted(vcpu);
  if (pool_of(vcpu) != before) policies_.in_force(before).policy.placer->finish(vcpu);  // it is no more of that pool
  if (parts() != nullptr) parts()->change(vcpu, record.traits.weight, pool_of(vcpu));
  if (preferred_ != nullptr) (*preferred_)[vcpu] = desk_.preferred(vcpu) & record.traits.allowed;
}

/// With no runqueue held: finds new places for those that serve() took out, and for the timers of a pCPU that has gone;
/// the places of those that have left or finished may be somebody else's now. `left`: how many still wait here.
void Dispatcher::send_off(PcpuId self, std::uint32_t left, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  pcpu.errands = false;
  if (world_.recording() && (!pcpu.leavers.empty() || pcpu.drains))
    world_.record({.at = now, .pcpu = self, .kind = EventKind::QueueLen, .length = event_length(left)});
  for (const PcpuRecord::Leaver& leaver : pcpu.leavers) {
    const Joined joined =
        leaver.to == kNoPcpu ? place(leaver.vcpu, EnqueueWhy::Migrated, now) : arrive(self, leaver, now);
    if (joined.pcpu == kNoPcpu) continue;
    if (world_.recording())
      world_.record({.at = now, .pcpu = joined.pcpu, .kind = EventKind::QueueLen, .length = joined.length});
    tell_of(joined);
  }
  pcpu.leavers.clear();
  call_line();
  if (!pcpu.drains) return;
  pcpu.drains = false;
  // Woken now, they look at their clocks once too often and sleep again elsewhere, with their timers there.
  while (const auto vcpu = pcpu.timers.pop_due(kNever)) timer_due(*vcpu, kNever);
}

}  // namespace roost
