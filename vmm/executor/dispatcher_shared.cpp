// Runqueues that several pCPUs share: who takes whom, and who is told.
//
// A pCPU of such a runqueue that runs nobody is idle (PcpuRecord::idles, and its flag in the published loads) or has
// been called: a kick is on its way, and it will look. What must hold whenever the runqueue is released: nobody waits
// there whom an idle pCPU may run, unless one that has been called will look. Two places could break it.
//   - Somebody comes: an idle pCPU that may run it is called, an idle core's first; if there is none, the one that runs
//     the least urgent of those that it preempts is told (sched/placement/whom_to_kick).
//   - A pCPU has put somebody back or was called, and has taken its pick: an idle pCPU may run one of those who are
//     left. It is called, and does the same in its turn. While as many have been called as wait, nobody else is: each
//     of those looks at what is left when it comes.
// Who is preempted preempts in its turn, once its pCPU has taken its pick: the newcomer may have had no other choice.
// Where the discipline wants its most urgent vCPUs to run at any time (Discipline::most_urgent), nobody waits there,
// either, who preempts what an online pCPU runs that it may use (weak invariance, as Cerqueira, Gujarati and
// Brandenburg call it, RTSS 2014), unless one that has been told will look: each pCPU that has taken its pick looks at
// those who are left, and tells one other, which does the same. Whoever is put back is less urgent than who takes its
// place, so that ends after as many steps as there are pCPUs.
//
// Those who may not run yet (dormant) need one idle pCPU that knows when to look again (PcpuRecord::look_at).

#include "sched/placement/whom_to_kick.hpp"
#include "vmm/executor/dispatcher.hpp"

namespace roost {

namespace {

/// Whom a pCPU may run of those who wait in its runqueue, which is held.
class Here final : public MayRun {
 public:
  Here(const IdVector<VcpuId, VcpuRecord>& vcpus, PcpuId self) : vcpus_(vcpus), self_(self) {}
  bool operator()(VcpuId vcpu) const override { return vcpus_[vcpu].traits.allowed.contains(self_); }

 private:
  const IdVector<VcpuId, VcpuRecord>& vcpus_;
  PcpuId self_;
};

}  // namespace

void Dispatcher::make_runqueues() {
  const RunqueueMap& map = loads_.map();
  for (std::size_t i = 0; i < map.size(); ++i) {
    const auto id = id_at<RunqueueId>(i);
    std::uint32_t capacity = 0;
    std::uint16_t count = 0;
    map.for_each_member(map.lead(id), [&](PcpuId pcpu) {
      capacity += topology_.place(pcpu).capacity;
      pcpus_[pcpu].policy = in_force_at(pcpu).number;
      ++count;
    });
    Runqueue& made = runqueues_.emplace_back(table_, id, capacity, count);
    const PolicyHistory::Entry& first = in_force_at(map.lead(id));
    if (first.number > 0) made.change_discipline(*first.policy.discipline, first.number);
    made.average_weight(first.policy.balancer->memory(), Time{});
    made.average_utilisation(first.policy.placer->utilisation(), Time{});
    loads_.publish(id, runqueues_[id].snapshot(Time{}));
    if (shares()) shared_.push_back({.idle = count, .waiting = {}});
  }
}

std::uint16_t Dispatcher::called(RunqueueId rq) const { return shares() ? shared_[rq].called : std::uint16_t{0}; }

/// Another policy is in force, and its discipline comes once nobody runs here: until then nobody is picked.
bool Dispatcher::is_changing(PcpuId pcpu) const {
  return runqueues_[runqueue_of(pcpu)].discipline_number() != in_force_at(pcpu).number;
}

/// May `vcpu`, which waits in `pcpu`'s runqueue, stay there, as far as pCPUs come and go?
bool Dispatcher::is_housed(VcpuId vcpu, PcpuId pcpu) const {
  const PcpuSet& allowed = vcpus_[vcpu].traits.allowed;
  bool housed = false;
  for_each_member(pcpu, [&](PcpuId other) { housed = housed || (allowed.contains(other) && loads_.online(other)); });
  return housed;
}

std::optional<Pick> Dispatcher::pick_shared(PcpuId self, Time now) {
  Runqueue& rq = runqueues_[runqueue_of(self)];
  if (!loads_.online(self) || is_changing(self)) return std::nullopt;
  if (!restricted_.load(std::memory_order_relaxed)) return rq.pick({now, self, nullptr});
  const Here here(vcpus_, self);
  return rq.pick({now, self, &here});
}

void Dispatcher::set_idle(PcpuId id, bool idle) {
  if (pcpus_[id].idles == idle) return;
  pcpus_[id].idles = idle;
  shared_[runqueue_of(id)].idle += idle ? 1 : -1;
  loads_.set_idle(id, idle);
}

void Dispatcher::call(PcpuId id) {
  set_idle(id, false);
  pcpus_[id].called = true;
  ++shared_[runqueue_of(id)].called;
}

void Dispatcher::came(PcpuId id) {
  pcpus_[id].called = false;
  --shared_[runqueue_of(id)].called;
}

/// `pcpu` takes part from now on, or no longer.
void Dispatcher::count_online(PcpuId id) {
  set_idle(id, loads_.online(id) && pcpus_[id].current == kNoVcpu && !pcpus_[id].called);
  std::uint16_t count = 0;
  std::uint32_t online = 0, all = 0;
  for_each_member(id, [&](PcpuId pcpu) {
    const std::uint32_t capacity = topology_.place(pcpu).capacity;
    all += capacity;
    if (!loads_.online(pcpu)) return;
    online += capacity;
    ++count;
  });
  runqueues_[runqueue_of(id)].set_online(count, count > 0 ? online : all);
}

/// Under `self`'s runqueue, when it has taken its pick, or nobody: who else shall come, and is called; or kNoPcpu.
PcpuId Dispatcher::whom_to_call(PcpuId self, Time now) {
  Sharing& shared = shared_[runqueue_of(self)];
  const Runqueue& rq = runqueues_[runqueue_of(self)];
  set_idle(self, pcpus_[self].current == kNoVcpu && loads_.online(self));
  if (shared.idle == 0 || rq.waiting() <= shared.called || is_changing(self)) return kNoPcpu;
  shared.waiting.resize(rq.waiting());
  rq.victims(shared.waiting);
  for (const VcpuId vcpu : shared.waiting) {
    const PcpuId found = who_knows_no_better(self, vcpu, now);
    if (found == kNoPcpu) continue;
    call(found);
    return found;
  }
  return kNoPcpu;
}

/// The idle pCPU that shall run `vcpu`, which waits; kNoPcpu: there is none, or one of them knows when to look.
PcpuId Dispatcher::who_knows_no_better(PcpuId self, VcpuId vcpu, Time now) const {
  const PcpuSet& allowed = vcpus_[vcpu].traits.allowed;
  const auto idle = [&](std::size_t w) { return loads_.sharing(self, w) & loads_.idle(w); };
  const PcpuId found = idle_to_kick(topology_, self, [&](std::size_t w) { return allowed.word(w) & idle(w); }, idle);
  if (found == kNoPcpu) return kNoPcpu;
  const Time from = runqueues_[runqueue_of(self)].eligible_at(vcpu, now);
  if (from <= now) return found == self ? kNoPcpu : found;  // self has just looked
  bool known = false;
  for_each_member(self, [&](PcpuId pcpu) {
    known = known || (pcpus_[pcpu].idles && allowed.contains(pcpu) && pcpus_[pcpu].look_at <= from);
  });
  return known || found == self ? kNoPcpu : found;
}

/// Under `self`'s runqueue, when it has taken its pick: which pCPU shall take one who waits instead of whom it runs,
/// and is told; or kNoPcpu. Those who have been called come for as many.
PcpuId Dispatcher::whom_to_preempt(PcpuId self, const Pass& pass, Time now) {
  const RunqueueId id = runqueue_of(self);
  const Runqueue& rq = runqueues_[id];
  if (rq.waiting() <= shared_[id].called || is_changing(self)) return kNoPcpu;
  const auto waits = [&](VcpuId vcpu) {
    return table_[vcpu].place == RunqueuePlace::Waiting && table_[vcpu].runqueue == id;
  };
  const bool displaced = pass.how == SwitchOut::Preempted && pass.out != kNoVcpu && waits(pass.out);
  const bool strict = rq.most_urgent() != kNoVcpu;
  if (!displaced && !strict) return kNoPcpu;
  for_each_member(self, [&](PcpuId pcpu) { charge_current(pcpu, now); });
  PcpuId found = displaced ? first_to_preempt(self, pass.out, self, now) : kNoPcpu;
  if (found == kNoPcpu && strict) found = first_to_preempt_for_any(self, now);
  if (found != kNoPcpu) pcpus_[found].reschedule = true;
  return found;
}

/// The same for any of those who wait, the most urgent first. Whoever has been told already looks itself.
PcpuId Dispatcher::first_to_preempt_for_any(PcpuId self, Time now) {
  bool told = false;
  for_each_member(self, [&](PcpuId pcpu) { told = told || pcpus_[pcpu].reschedule; });
  if (told) return kNoPcpu;
  const Runqueue& rq = runqueues_[runqueue_of(self)];
  if (!restricted_.load(std::memory_order_relaxed)) return first_to_preempt(self, rq.most_urgent(), self, now);
  std::vector<VcpuId>& waiting = shared_[runqueue_of(self)].waiting;
  waiting.resize(rq.waiting());
  rq.victims(waiting);
  for (std::size_t i = waiting.size(); i-- > 0;) {
    if (rq.eligible_at(waiting[i], now) > now) continue;
    const PcpuId found = first_to_preempt(self, waiting[i], self, now);
    if (found != kNoPcpu) return found;
  }
  return kNoPcpu;
}

PcpuId Dispatcher::join_shared(PcpuId target, VcpuId vcpu, EnqueueWhy why, Time now) {
  VcpuRecord& record = vcpus_[vcpu];
  Runqueue& rq = runqueues_[runqueue_of(target)];
  const bool some_idle = shared_[runqueue_of(target)].idle > 0;
  PcpuId told = kNoPcpu;
  if (some_idle) {
    const PcpuId centre = pcpus_[target].idles || record.last_ran == kNoPcpu ? target : record.last_ran;
    const auto idle = [&](std::size_t w) { return loads_.sharing(target, w) & loads_.idle(w); };
    const auto one_of = [&](const PcpuSet& set) {
      return idle_to_kick(topology_, centre, [&](std::size_t w) { return set.word(w) & idle(w); }, idle);
    };
    if (const PcpuSet* const preferred = preferred_by(vcpu)) told = one_of(*preferred);
    if (told == kNoPcpu) told = one_of(record.traits.allowed);
  }
  if (told == kNoPcpu) for_each_member(target, [&](PcpuId pcpu) { charge_current(pcpu, now); });
  rq.enqueue(vcpu, rq.admit(vcpu, record.traits, why), now);
  if (told != kNoPcpu) {
    call(told);
  } else {
    told = first_to_preempt(target, vcpu, kNoPcpu, now);
    if (told != kNoPcpu) pcpus_[told].reschedule = true;
  }
  record.where.store(told != kNoPcpu ? told : target, std::memory_order_relaxed);
  return told;
}

/// Of the pCPUs that `vcpu`, which waits, may use, without `but`: the one that runs the least urgent of those that it
/// preempts, the lowest of equals.
PcpuId Dispatcher::first_to_preempt(PcpuId target, VcpuId vcpu, PcpuId but, Time now) const {
  const Runqueue& rq = runqueues_[runqueue_of(target)];
  const PcpuSet& allowed = vcpus_[vcpu].traits.allowed;
  LeastUrgent weakest;
  for_each_member(target, [&](PcpuId pcpu) {
    const PcpuRecord& there = pcpus_[pcpu];
    if (there.current == kNoVcpu || there.reschedule || pcpu == but) return;
    if (!allowed.contains(pcpu) || !loads_.online(pcpu)) return;
    const Urgency urgency = rq.urgency_of(there.current);
    if (weakest.worth_a_look(pcpu, urgency) && rq.preempts(vcpu, there.current, now)) weakest.look_at(pcpu, urgency);
  });
  return weakest.pcpu();
}

void Dispatcher::check_sharing() const {
  for (std::size_t i = 0; i < shared_.size(); ++i) {
    const auto id = id_at<RunqueueId>(i);
    std::size_t idle = 0, called = 0, running = 0, told = 0;
    for_each_member(loads_.map().lead(id), [&](PcpuId pcpu) {
      const PcpuRecord& there = pcpus_[pcpu];
      idle += there.idles, called += there.called, running += there.current != kNoVcpu, told += there.has_news;
      check(there.idles + there.called + (there.current != kNoVcpu) <= 1, "a pCPU idles, or comes, or runs somebody");
      check(there.idles == ((loads_.idle(word_of(pcpu)) & bit_of(pcpu)) != 0), "who idles is flagged so");
    });
    check(idle == shared_[id].idle && called == shared_[id].called, "idle pCPUs and those that come are counted");
    check(running == runqueues_[id].running().size(), "each pCPU runs its own of those who run here");
    check(told > 0 || !is_changing(loads_.map().lead(id)), "a runqueue has the discipline of the policy in force");
  }
  for (std::size_t i = 0; i < vcpus_.size() && shares(); ++i) check_not_forgotten(id_at<VcpuId>(i));
}

/// What stands at the top of this file. Where some are dormant it is left to the monitor, which knows the time.
void Dispatcher::check_not_forgotten(VcpuId vcpu) const {
  const VcpuRecord& record = vcpus_[vcpu];
  if (record.state.load() != VcpuState::Queued || record.changed.load()) return;
  const PcpuId where = record.where.load();
  bool waits_for_time = false, forgotten = false;
  for_each_member(where, [&](PcpuId pcpu) {
    const PcpuRecord& there = pcpus_[pcpu];
    waits_for_time = waits_for_time || (there.idles && there.look_at != kNever);
    forgotten = forgotten || (there.idles && !there.has_news && record.traits.allowed.contains(pcpu));
  });
  check(!forgotten || waits_for_time || shared_[runqueue_of(where)].called > 0 || is_changing(where),
        "nobody waits in a runqueue whom an idle pCPU of it may run");
}

}  // namespace roost
