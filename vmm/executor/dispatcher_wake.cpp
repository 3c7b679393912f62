// A wakeup, from the interrupt line to the kick.

#include "vmm/executor/dispatcher.hpp"
#include "vmm/executor/runqueue_hold.hpp"
#include "vmm/executor/surroundings.hpp"

namespace roost {

void Dispatcher::start(Time now) {
  started_ = now;
  for (std::size_t i = 0; i < pcpus_.size(); ++i) {
    PcpuRecord& pcpu = pcpus_[id_at<PcpuId>(i)];
    pcpu.since = now;
    pcpu.next_balance = next_balance(id_at<PcpuId>(i), now);
  }
  for (std::size_t i = 0; i < vcpus_.size(); ++i) {
    const auto vcpu = id_at<VcpuId>(i);
    VcpuRecord& record = vcpus_[vcpu];
    record.account.start(now);
    tell_gates_ready(vcpu, VcpuState::New, now);
    take_part(vcpu);
    const DispatcherSurroundings around(*this, vcpu);
    const PlacementRequest request{.vcpu = vcpu, .kind = PlacementKind::Fork, .weight = record.traits.weight,
                                   .allowed = &record.traits.allowed, .now = now, .around = &around};
    const PcpuId pcpu = choose_place(request, loads_);
    if (pcpu == kNoPcpu) {
      stand_in_line(vcpu);
      continue;
    }
    PcpuId told = kNoPcpu;
    {
      const RunqueueHold hold(world_, runqueue_of(pcpu));
      record.where.store(pcpu, std::memory_order_relaxed);
      record.state.store(VcpuState::Queued, std::memory_order_seq_cst);
      told = join(pcpu, vcpu, EnqueueWhy::Fork, now);
      world_.waits(vcpu, now);
      publish(pcpu, now);
    }
    if (shares() && told != kNoPcpu) kick(told, KickHow::Reschedule);  // where nobody shares, all look when they begin
  }
}

void Dispatcher::wake_and_block(VcpuId vcpu) {
  const PcpuId self = world_.self();
  if (self == kNoPcpu) return wake(vcpu);
  pcpus_[self].waker_blocks = true;
  wake(vcpu);
  pcpus_[self].waker_blocks = false;
}

void Dispatcher::wake(VcpuId vcpu, Time due) {
  VcpuRecord& record = vcpus_[vcpu];
  // Law 6, the waker's half: pending first, then the try. See settle() for why one of the two sides must notice.
  record.pending.store(true, std::memory_order_seq_cst);
  const VcpuState seen = record.state.load(std::memory_order_seq_cst);
  if (seen == VcpuState::Blocked)
    try_wake(vcpu, VcpuState::Blocked, due);
  else if (seen == VcpuState::Running)  // it may be deep in a guest loop: bring it to its interrupt lines
    kick(record.where.load(std::memory_order_relaxed), KickHow::Interrupt);
  // Queued, Waking, InLine, CoStopped: it will look at its lines when it is switched in. Finished: nothing is missed.
}

void Dispatcher::try_wake(VcpuId vcpu, VcpuState from, Time due) {
  VcpuRecord& record = vcpus_[vcpu];
  VcpuState seen = from;
  if (!record.state.compare_exchange_strong(seen, VcpuState::Waking, std::memory_order_seq_cst)) return;
  const Time now = world_.now();
  const PcpuId waker = world_.self();
  if (from == VcpuState::CoStopped) co()->of(vcpu).stopped_for += record.has_waited(from, now);
  else record.account.account(from, std::min(due, now));  // it waits for a pCPU from when its timer was due
  world_.waits(vcpu, std::max(record.account.since(), now));
  if (from == VcpuState::Blocked) {  // what a throttled one waited for is its cap
    record.woken = true;
    ++record.wakeups;
  }
  record.moved_by = MigrateWhy::Placement;
  const bool changed = record.changed.load(std::memory_order_seq_cst);  // after the exchange above
  if (changed) [[unlikely]] take_change(vcpu);
  if (gates_watch()) [[unlikely]] {
    tell_gates_ready(vcpu, from, record.account.since());
    take_part(vcpu);
  }
  const Joined joined = place(vcpu, EnqueueWhy::Wake, now);
  if (changed) [[unlikely]] call_line();
  if (joined.pcpu == kNoPcpu) [[unlikely]] return;
  if (world_.recording())
    world_.record({.at = now, .vcpu = vcpu, .pcpu = joined.pcpu, .other = waker, .kind = EventKind::Wakeup,
                   .length = joined.length});
  tell_of(joined);
}

Dispatcher::Joined Dispatcher::place(VcpuId vcpu, EnqueueWhy why, Time now) {
  VcpuRecord& record = vcpus_[vcpu];
  const DispatcherSurroundings around(*this, vcpu);
  const PlacementKind kind = why == EnqueueWhy::Wake ? PlacementKind::Wake : PlacementKind::Requeue;
  for (const LoadView* view = &world_.view(loads_);; view = &loads_) {
    const PcpuId pcpu = choose_place({.vcpu = vcpu, .kind = kind, .weight = record.traits.weight,
                                      .last = record.last_ran, .waker = world_.self(),
                                      .allowed = &record.traits.allowed, .now = now,
                                      .around = &around, .turn = record.wakeups + record.slices},
                                     *view);
    if (pcpu == kNoPcpu) [[unlikely]] {
      world_.runs(vcpu, now);  // it waits for no pCPU that idles now: none is to be its own
      return stand_in_line(vcpu);
    }
    const RunqueueHold hold(world_, runqueue_of(pcpu));
    if (!loads_.online(pcpu)) [[unlikely]] continue;  // it has gone since placement looked, or since its view
    return enter(pcpu, vcpu, why, now);
  }
}

Dispatcher::Joined Dispatcher::enter(PcpuId pcpu, VcpuId vcpu, EnqueueWhy why, Time now) {
  VcpuRecord& record = vcpus_[vcpu];
  record.where.store(pcpu, std::memory_order_relaxed);
  record.state.store(VcpuState::Queued, std::memory_order_seq_cst);
  Joined joined{.pcpu = pcpu, .told = join(pcpu, vcpu, why, now), .handed = {}};
  if (joined.told != kNoPcpu) joined.pcpu = joined.told;
  joined.length = event_length(runqueues_[runqueue_of(pcpu)].waiting());
  // For a grant, or its siblings: its pCPU does when it picks it.
  const bool must_ask = (caps_ != nullptr && caps_->caps(vcpu)) || co() != nullptr;
  if (joined.told != kNoPcpu && !must_ask && world_.awaits_vcpu(joined.told))
    joined.handed = hand_over(joined.told, now);
  publish(pcpu, now);
  return joined;
}

PcpuId Dispatcher::choose_place(const PlacementRequest& request, const LoadView& view) {
  const PcpuId placed = placer_of(request.vcpu).choose(request, view).pcpu;
  if (!request.allowed->contains(placed)) [[unlikely]] {
    check(placed == kNoPcpu, "a vCPU is placed where it may run");
    return placed;
  }
  return seated(request, placed);
}

void Dispatcher::tell_of(const Joined& joined) {
  if (joined.handed.done) count_kick(joined.pcpu, KickHow::Reschedule, joined.handed.at);
  if (joined.handed.done ? joined.handed.asleep : joined.told != kNoPcpu) kick(joined.pcpu, KickHow::Reschedule);
}

// An idle pCPU that polls would take the lock, look at its runqueue and find what the waker has just written: line by
// line, each as dear as the kick itself. So the waker, which has those lines, does the switch for it and sends the
// result; the pCPU accounts it when the vCPU comes back. Nobody can come between: who has a current vCPU awaits none.
Dispatcher::HandOver Dispatcher::hand_over(PcpuId target, Time now) {
  PcpuRecord& pcpu = pcpus_[target];
  Runqueue& rq = runqueues_[runqueue_of(target)];
  if (pcpu.current != kNoVcpu || rq.waiting() != 1) return {};
  const std::optional<Pick> pick = pick_here(target, now);
  if (!pick || pick->vcpu == kNoVcpu) return {};  // the target will look for itself, and learn when it may run
  if (pcpu.called) came(target);
  install(target, *pick, now);
  pcpu.handed = true;
  const Time at = world_.recording() ? world_.now() : now;
  return {.done = true, .asleep = world_.hand(target, pcpu.current, pcpu.slice_end - now), .at = at};
}

PcpuId Dispatcher::join(PcpuId target, VcpuId vcpu, EnqueueWhy why, Time now) {
  if (shares()) return join_shared(target, vcpu, why, now);
  PcpuRecord& pcpu = pcpus_[target];
  Runqueue& rq = runqueues_[runqueue_of(target)];
  charge_current(target, now);
  rq.enqueue(vcpu, rq.admit(vcpu, vcpus_[vcpu].traits, why), now);
  if (pcpu.current == kNoVcpu) return target;
  if (!rq.preempts(vcpu, pcpu.current, now)) return kNoPcpu;
  pcpu.reschedule = true;
  return target;
}

void Dispatcher::kick(PcpuId target, KickHow how) {
  const PcpuId self = world_.self();
  PcpuRecord& pcpu = pcpus_[target];
  if (target == self && pcpu.deciding) {
    pcpu.look_again = true;
    return;
  }
  if (pcpu.kicked.exchange(true, std::memory_order_acq_rel)) {
    counts_of(self).suppressed.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  count_kick(target, how, world_.recording() ? world_.now() : Time{});
  world_.kick(target, how);
}

void Dispatcher::count_kick(PcpuId target, KickHow how, Time at) {
  const PcpuId self = world_.self();
  counts_of(self).sent.fetch_add(1, std::memory_order_relaxed);
  if (world_.recording())
    world_.record({.at = at, .pcpu = self, .other = target, .kind = EventKind::Kick,
                   .detail = static_cast<std::uint8_t>(how)});
}

}  // namespace roost
