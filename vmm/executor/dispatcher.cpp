// The steps of one pCPU: come back, put the vCPU that ran, pick the next, tell what happened.

#include "vmm/executor/dispatcher.hpp"

#include "sched/policy/reserve.hpp"
#include "vmm/executor/fetch.hpp"
#include "vmm/executor/runqueue_hold.hpp"

namespace roost {

namespace {
constexpr std::size_t kHotPcpu = 384;    // bytes of a pCPU's record that a switch touches

std::size_t vms_of(std::span<const VcpuTraits> vcpus) {
  std::size_t vms = 0;
  for (const VcpuTraits& of : vcpus) vms = std::max(vms, index(of.vm) + 1);
  return vms;
}

constexpr Duration kOverrun = std::chrono::microseconds(100);  // some four looks of an engine at its clock
}

Dispatcher::Dispatcher(World& world, Policy policy, const Topology& topology, std::span<const VcpuTraits> vcpus,
                       const CapPlan& caps)
    : world_(world),
      servers_(servers_for(vcpus)),
      pools_(pools_of(policy, topology.pcpu_count())),
      loads_(runqueues_of(policy, topology)),
      policies_(with_reservations(std::move(policy), servers_, topology, loads_.map().size())),
      topology_(topology),
      table_(*policies_.all().front().policy.discipline, vcpus.size()),
      vcpus_(vcpus.size()),
      histories_(vcpus.size()),
      pcpus_(topology.pcpu_count()),
      spins_(vcpus.size(), vms_of(vcpus)),
      helping_(pools_.size()) {
  if (servers_ != nullptr)
    seats_ = std::make_unique<SeatGate>(seats_for(topology, loads_.map(), pools_, vcpus), servers_);
  policies_.for_each_first([&](Policy& of) { fit_placer(of); });
  make_runqueues();
  policies_.for_each_first([&](Policy& of) { make_room_for_moves(of); });
  check(caps.purse_of.empty() || caps.purse_of.size() == vcpus.size(), "every vCPU has a purse or says it has none");
  if (!caps.purses.empty()) caps_ = std::make_unique<CapGate>(caps);
  for (std::size_t i = 0; i < vcpus.size(); ++i) {
    VcpuRecord& record = vcpus_[id_at<VcpuId>(i)];
    check(pools_.lie_in_one(vcpus[i].allowed), "a vCPU's pCPUs lie in one pool");
    record.traits = vcpus[i];
    if (!vms_.contains(vcpus[i].vm)) vms_.resize(index(vcpus[i].vm) + 1);
    vms_[vcpus[i].vm].push_back(id_at<VcpuId>(i));
    if (shares() && vcpus[i].allowed.count() < topology.pcpu_count()) restricted_ = true;
    table_.admit(id_at<VcpuId>(i), vcpus[i]);
  }
  policies_.for_each_first([&](const Policy& of) {
    if (of.pause.then == PauseRule::Then::Direct) directs_ = true;
    if (of.cosched.how != CoRule::How::None || of.shares != ShareRule::Vcpu) open_desk();
    make_gates(of);
  });
}

Time Dispatcher::begin(PcpuId self, Duration PcpuRecord::*spent_as) {
  PcpuRecord& pcpu = pcpus_[self];
  pcpu.deciding = true;
  // Take the kick before anything is looked at. Acquire-release: all that a kicker did before it found `kicked` set
  // is seen from here on. The plain look first is safe: a kick that it misses was sent, so it rings the pCPU anew.
  if (pcpu.kicked.load(std::memory_order_relaxed)) pcpu.kicked.exchange(false, std::memory_order_acq_rel);
  const Time now = std::max(world_.now(), pcpu.since);
  pcpu.*spent_as += now - pcpu.since;
  pcpu.since = now;
  return now;
}

Dispatcher::Next Dispatcher::next(PcpuId self) {
  const Time now = begin(self, &PcpuRecord::idle);
  if (now >= pcpus_[self].idle_tick) tick_idle(self, now);
  fire_timers(self, now);
  return settle(self, nullptr, now);
}

Dispatcher::Next Dispatcher::take(PcpuId self, VcpuId vcpu, Duration slice, Time at) {
  PcpuRecord& pcpu = pcpus_[self];
  const Time now = std::max(at, pcpu.since);
  pcpu.idle += now - pcpu.since;
  pcpu.since = pcpu.took_at = now;
  if (pcpu.idling) end_idling(self, now);
  return {vcpu, std::min({now + slice, pcpu.timers.next(), pcpu.next_balance})};
}

Dispatcher::Next Dispatcher::returned(PcpuId self, const Exit& exit) {
  const Time now = begin(self, &PcpuRecord::busy);
  PcpuRecord& pcpu = pcpus_[self];
  if (exit.why == ExitWhy::Halted) pcpu.timers.arm(exit.wake_at, pcpu.current);
  fire_timers(self, now);
  Exit as = exit;
  if (exit.why == ExitWhy::Paused) [[unlikely]] as.why = after_spin(self, now);
  return settle(self, &as, now);
}

void Dispatcher::fire_timers(PcpuId self, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  for (Time due = pcpu.timers.next(); const auto vcpu = pcpu.timers.pop_due(now); due = pcpu.timers.next()) {
    timer_due(*vcpu, due);
    ++pcpu.timers_fired;
  }
}

Dispatcher::Next Dispatcher::settle(PcpuId self, const Exit* exit, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  const Time came = now;
  do {
    pcpu.look_again = false;
    Pass taken;
    const Pass what = pass(self, exit, now, taken);
    if (taken.in != kNoVcpu) tell(self, taken);
    exit = nullptr;
    tell(self, what);
    if (what.call != kNoPcpu) [[unlikely]] kick(what.call, KickHow::Reschedule);
    if (what.tell != kNoPcpu) [[unlikely]] kick(what.tell, KickHow::Reschedule);
    if (pcpu.errands) [[unlikely]] send_off(self, what.waiting, now);
    // Law 6, the blocker's half: it has published Blocked (seq_cst) after run() had returned, and only now looks at
    // `pending`. A waker sets pending (seq_cst) and then tries Blocked -> Waking. In the one order of these four steps
    // either the waker finds Blocked and wins, or its pending came before and is seen here. Both may try; one wins.
    if (what.blocked != kNoVcpu && vcpus_[what.blocked].pending.load(std::memory_order_seq_cst))
      try_wake(what.blocked, VcpuState::Blocked);
    if (pcpu.look_again) continue;
    if (pcpu.helps.load(std::memory_order_acquire)) [[unlikely]] help_all(self, now);
    if (pcpu.current == kNoVcpu) {
      if (balance(self, Trigger::NewIdle, now)) pcpu.look_again = true;
      const Time after = std::max(world_.now(), now);
      pcpu.overhead += after - pcpu.since;
      pcpu.since = now = after;
    } else if (now >= pcpu.next_balance) {  // charged to the vCPU that runs, as a tick's work is elsewhere
      balance(self, Trigger::Periodic, now);
      pcpu.next_balance = next_balance(self, now);
    }
  } while (pcpu.look_again);
  const Time done = world_.refreshed(now);
  pcpu.overhead += done - pcpu.since;
  pcpu.since = done;
  pcpu.deciding = false;
  if (pcpu.current == kNoVcpu) return idle_on(self, done);
  if (pcpu.idling) end_idling(self, came);
  return {pcpu.current, std::min({pcpu.slice_end, pcpu.timers.next(), pcpu.next_balance})};
}

Dispatcher::Pass Dispatcher::pass(PcpuId self, const Exit* exit, Time ended, Pass& taken) {
  PcpuRecord& pcpu = pcpus_[self];
  Pass out;
  const RunqueueHold hold(world_, runqueue_of(self));
  if (pcpu.handed) account_start(self, exit ? pcpu.took_at : ended, taken);
  if (pcpu.called) came(self);
  charge_current(self, ended);
  if (keeps_running(self, exit, ended)) return out;
  put_current(self, exit, ended, out);
  Runqueue& rq = runqueues_[runqueue_of(self)];
  pcpu.reschedule = false;
  if (pcpu.has_news || (shares() && has_news(self))) [[unlikely]] serve(self, ended);
  const Time now = world_.refreshed(ended);
  out.at = ended;
  const auto pick = pick_next(self, now, out);
  pcpu.look_at = pick && pick->vcpu == kNoVcpu ? pick->until : kNever;
  if (pick && pick->vcpu != kNoVcpu) {
    const Time begins = world_.switched(self, out.out, pick->vcpu, now);
    install(self, *pick, begins);
    account_start(self, begins, out);
    if (co() != nullptr) [[unlikely]]
      pcpu.slice_end = std::min(pcpu.turn_end, std::max(pcpu.look_again_at, begins + Duration{1}));
    pcpu.charged_at = now;  // who comes pays for the switch: else a rest of its slice as long would be left to run
  }
  out.waiting = rq.waiting();
  if (shares()) [[unlikely]] {
    out.call = whom_to_call(self, now);
    out.tell = whom_to_preempt(self, out, now);
  }
  publish(self, now);
  return out;
}

bool Dispatcher::keeps_running(PcpuId self, const Exit* exit, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  if (exit && exit->why != ExitWhy::Kicked && exit->why != ExitWhy::BudgetSpent) return false;
  if (pcpu.current == kNoVcpu || pcpu.reschedule || now >= pcpu.turn_end) return false;
  if (now >= pcpu.slice_end && !may_go_on(self, now)) [[unlikely]] return false;
  VcpuRecord& record = vcpus_[pcpu.current];
  if (exit) record.retired += exit->retired;
  // It will look at its interrupt lines when it runs on, so what is pending now is dealt with. An exchange, because the
  // store must not pass that look.
  if (record.pending.load(std::memory_order_relaxed)) record.pending.exchange(false, std::memory_order_seq_cst);
  return true;
}

void Dispatcher::charge_current(PcpuId id, Time now) {
  PcpuRecord& pcpu = pcpus_[id];
  if (pcpu.current == kNoVcpu || now <= pcpu.charged_at) return;
  // run() is back within microseconds of the slice's end. What is far beyond it the host took from the pCPU's thread:
  // charged to the vCPU, it would be held back for time that it never had.
  const bool taken = pcpu.slice_end < now - kOverrun;
  const Time charged_to = taken ? std::max(pcpu.slice_end + kOverrun, pcpu.charged_at) : now;
  runqueues_[runqueue_of(id)].charge(pcpu.current, charged_to - pcpu.charged_at, now);
  pcpu.charged_at = now;
}

void Dispatcher::put_current(PcpuId self, const Exit* exit, Time now, Pass& out) {
  PcpuRecord& pcpu = pcpus_[self];
  if (pcpu.current == kNoVcpu) return;
  Runqueue& rq = runqueues_[runqueue_of(self)];
  VcpuRecord& record = vcpus_[pcpu.current];
  record.account.account(VcpuState::Running, now);
  if (exit) record.retired += exit->retired;
  out.out = pcpu.current;
  pcpu.current = kNoVcpu;
  const bool gives_way = std::exchange(pcpu.gives_way, false);
  const ExitWhy why = exit ? exit->why : ExitWhy::Kicked;
  bool cut = false;
  if (caps_ != nullptr && caps_->caps(out.out)) {
    caps_->give_back(out.out, record.account.run() - caps_->of(out.out).ran_before, now);
    cut = caps_->of(out.out).cut;
  }
  if (why == ExitWhy::Halted) {
    out.how = SwitchOut::Blocked;
    if (gates_watch()) [[unlikely]] tell_gates_gone(out.out, true);
    rq.leave(out.out, LeaveWhy::Blocked, now);
    out.blocked = out.out;
    record.state.store(VcpuState::Blocked, std::memory_order_seq_cst);  // from here on the record is the waker's
  } else if (why == ExitWhy::Stopped) {
    out.how = SwitchOut::Finished;
    tell_gates_gone(out.out, false);
    rq.leave(out.out, LeaveWhy::Finished, now);
    if (seats_ != nullptr && seats_->has(out.out)) seats_->finish(out.out);
    placer_of(out.out).finish(out.out);
    pcpu.errands = true;  // others may stand in line for its place
    record.state.store(VcpuState::Finished, std::memory_order_seq_cst);
    finished_.fetch_add(1, std::memory_order_acq_rel);
  } else {
    const bool used_up = now >= pcpu.turn_end && !cut;
    const bool yielded = why == ExitWhy::Yielded || (gives_way && used_up);
    out.how = yielded ? SwitchOut::Yielded : used_up ? SwitchOut::SliceEnd : SwitchOut::Preempted;
    record.state.store(VcpuState::Queued, std::memory_order_seq_cst);
    rq.enqueue(out.out, yielded ? EnqueueWhy::Yield : used_up ? EnqueueWhy::SliceEnd : EnqueueWhy::Preempted, now);
    if (gates_watch()) [[unlikely]] tell_gates_ready(out.out, VcpuState::Running, now);
    if (parts() != nullptr) [[unlikely]] weigh_anew(rq, out.out, now);
    world_.waits(out.out, record.account.since());
  }
}

void Dispatcher::install(PcpuId target, const Pick& pick, Time now) {
  PcpuRecord& pcpu = pcpus_[target];
  VcpuRecord& record = vcpus_[pick.vcpu];
  // pending is cleared before Running is published and before run() looks at the interrupt lines: a waker that sets a
  // line after that look finds Running and kicks, or sets pending for the blocker to find.
  record.pending.store(false, std::memory_order_relaxed);
  if (shares()) record.where.store(target, std::memory_order_relaxed);
  const VcpuState was = record.state.exchange(VcpuState::Running, std::memory_order_seq_cst);
  check(was == VcpuState::Queued, "a vCPU that is picked was queued");
  pcpu.current = pick.vcpu;
  if (shares()) set_idle(target, false);
  pcpu.slice_end = pcpu.turn_end = std::max(pick.until, now + Duration{1});
  pcpu.charged_at = now;
}

void Dispatcher::account_start(PcpuId self, Time now, Pass& out) {
  PcpuRecord& pcpu = pcpus_[self];
  VcpuRecord& record = vcpus_[pcpu.current];
  pcpu.handed = false;
  pcpu.charged_at = std::max(pcpu.charged_at, now);
  const Duration waited = record.has_waited(VcpuState::Queued, now);
  if (co() != nullptr) [[unlikely]] co()->goes_on(pcpu.current, now);
  world_.runs(pcpu.current, record.account.since());
  if (record.woken) {
    histories_[pcpu.current].wake_to_run.add(waited);
    record.woken = false;
  }
  if (record.last_ran != self && record.last_ran != kNoPcpu) {
    out.moved_from = record.last_ran;
    out.moved_by = runqueue_of(record.last_ran) == runqueue_of(self) ? MigrateWhy::Shared : record.moved_by;
    count_migration(pcpu.current, topology_.distance(record.last_ran, self), out.moved_by);
    histories_[pcpu.current].leave_place(record);
  }
  record.last_ran = self;
  if (directs_.load(std::memory_order_relaxed)) [[unlikely]] spins_.goes_on(pcpu.current);
  out.at = now;
  out.in = pcpu.current;
  out.switched = out.in != out.out;
  if (out.switched) ++record.slices, ++pcpu.switches;
}

void Dispatcher::count_migration(VcpuId vcpu, Distance far, MigrateWhy why) {
  const auto distance = static_cast<std::size_t>(far);
  const auto cause = static_cast<std::size_t>(why), rare = static_cast<std::size_t>(kFirstRare);
  if (cause >= rare) ++rare_moves_[vcpu][distance - 1][cause - rare];
  else ++histories_[vcpu].migrations[distance - 1][cause];
}

void Dispatcher::tell(PcpuId self, const Pass& what) {
  if (!world_.recording()) return;
  if (what.moved_from != kNoPcpu)
    world_.record({.at = what.at, .vcpu = what.in, .pcpu = what.moved_from, .other = self, .kind = EventKind::Migrate,
                   .detail = static_cast<std::uint8_t>(what.moved_by)});
  if (what.in == what.out) return;  // nobody came or went
  world_.record({.at = what.at, .vcpu = what.in, .pcpu = self, .kind = EventKind::Switch,
                 .detail = static_cast<std::uint8_t>(what.how), .length = event_length(what.waiting)});
}

void Dispatcher::fetch_pcpu(PcpuId pcpu) const {
  fetch(&pcpus_[pcpu], kHotPcpu);
  fetch(&runqueues_[runqueue_of(pcpu)], sizeof(Runqueue));
  policy_at(pcpu).discipline->fetch(runqueue_of(pcpu));
}

void Dispatcher::fetch_vcpu(VcpuId vcpu) const {
  fetch(&vcpus_[vcpu], sizeof(VcpuRecord));
  fetch(&histories_[vcpu].wake_to_run, sizeof(Histogram));
  fetch(&table_[vcpu], sizeof(RunqueueRecord));
  policies_.in_force(pool_of(vcpu)).policy.discipline->fetch(vcpu);
}

void Dispatcher::fetch_timer(PcpuId pcpu) const {
  if (const auto vcpu = pcpus_[pcpu].timers.next_vcpu()) fetch_vcpu(*vcpu);
}

void Dispatcher::publish(PcpuId pcpu, Time now) {
  const RunqueueId rq = runqueue_of(pcpu);
  Time& since = waits_since(pcpu);
  since = runqueues_[rq].waiting() == 0 ? kNever : std::min(since, now);
  loads_.publish(rq, runqueues_[rq].published(now, called(rq)));
}

/// Where all share one runqueue there is nothing to balance.
Time Dispatcher::next_balance(PcpuId self, Time now) const {
  return shares() && runqueues_.size() == 1 ? kNever : policy_at(self).balancer->next_due(self, now);
}

}  // namespace roost
