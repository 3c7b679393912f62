// The simulated world's answers to the dispatcher: what each step costs, and when it is felt elsewhere.

#include <algorithm>

#include "vmm/executor/simulated_world.hpp"

namespace roost {

Time SimulatedWorld::switched(PcpuId, VcpuId out, VcpuId in, Time now) {
  if (out != in) local_ += config_.costs.of(Cost::SwitchDirect);
  return std::max(now, local_);
}

const LoadView& SimulatedWorld::view(const PublishedLoads& published) {
  view_.look_at(published);
  return view_;
}

/// Waiters queue up: the lock is free when its last holder's time says so, and then comes over by its distance.
void SimulatedWorld::acquire(RunqueueId rq) {
  Lock& lock = locks_[rq];
  if (acting_ == kNoPcpu) return;  // before the run, or a device: its time is not modelled
  local_ = std::max(local_, lock.free_at);
  if (lock.last != kNoPcpu && lock.last != acting_)
    local_ += 2 * config_.costs.line(config_.topology.distance(lock.last, acting_));
  local_ += config_.costs.of(Cost::LockHold);
  lock.last = acting_;
}

void SimulatedWorld::release(RunqueueId rq) {
  if (acting_ != kNoPcpu) locks_[rq].free_at = local_;
}

Duration SimulatedWorld::idle_exit(const Pcpu& pcpu, Time at) const {
  if (polls(pcpu, at)) return Duration{0};
  const Duration idle = at - pcpu.idle_since;
  return config_.costs.of(idle < config_.costs.of(Cost::DeepAfter) ? Cost::WakeShallow : Cost::WakeDeep);
}

void SimulatedWorld::kick(PcpuId target, KickHow) {
  const Pcpu& pcpu = pcpus_[target];
  const Distance distance = acting_ == kNoPcpu ? Distance::Package : config_.topology.distance(acting_, target);
  if (target == acting_) {  // a flag for the engine's next look at its doorbell
    pcpus_[target].rung = true;
    return;
  }
  const bool polled = polls(pcpu, local_);
  if (acting_ != kNoPcpu && polled) ++pcpus_[acting_].kicks_polled;
  if (acting_ != kNoPcpu && !polled) local_ += config_.costs.of(Cost::IpiSend);
  Duration latency = polled ? config_.costs.line(distance) : config_.costs.ipi(distance);
  if (pcpu.vcpu == kNoVcpu) latency += idle_exit(pcpu, local_);
  ++pcpus_[target].kicks;
  queue_.push(local_ + latency, {Kind::Kick, static_cast<std::uint32_t>(target), 0});
}

void SimulatedWorld::wake(VcpuId vcpu) {
  if (dispatcher_) dispatcher_->wake(vcpu);
}

void SimulatedWorld::wake_and_block(VcpuId vcpu) {
  if (dispatcher_) dispatcher_->wake_and_block(vcpu);
}

void SimulatedWorld::notice(VcpuId vcpu) {
  if (dispatcher_ == nullptr) return;
  const PcpuId where = dispatcher_->vcpus()[vcpu].where.load(std::memory_order_relaxed);
  if (pcpus_[where].vcpu != vcpu || where == acting_) return;  // it looks when it next runs
  if (pcpus_[where].doing != Step::Kind::Poll) return;
  const Duration line =
      acting_ == kNoPcpu ? Duration{0} : config_.costs.line(config_.topology.distance(acting_, where));
  queue_.push(local_ + line, {Kind::Notice, static_cast<std::uint32_t>(where), pcpus_[where].plan});
}

void SimulatedWorld::confine(VcpuId vcpu, const PcpuSet& allowed) {
  if (dispatcher_) dispatcher_->set_allowed(vcpu, allowed.empty() ? config_.topology.all() : allowed);
}

std::uint64_t SimulatedWorld::speed_of(const Pcpu& pcpu) const {
  const Core& core = cores_[pcpu.core];
  const std::uint64_t share = core.busy > 1 ? static_cast<std::uint64_t>(config_.costs.figure(Cost::SmtShare)) : 1024;
  return std::max<std::uint64_t>(pcpu.capacity * share / 1024, 1);
}

/// A core's siblings slow each other down: what they do is planned anew at the new speed.
void SimulatedWorld::set_busy(PcpuId id, bool busy) {
  Core& core = cores_[pcpus_[id].core];
  if (core.pcpus.size() == 1) return;
  core.busy += busy ? 1 : -1;
  for (const PcpuId other : core.pcpus) {
    Pcpu& sibling = pcpus_[other];
    if (other == id || sibling.vcpu == kNoVcpu || sibling.left == Duration{0} || sibling.ends_at <= local_) continue;
    account_work(sibling, local_);
    sibling.speed = speed_of(sibling);
    const Time from = std::max(local_, sibling.worked_at);  // later: it still waits for memory
    sibling.ends_at = end_of(sibling.left, from, sibling.speed, tick_);
    plan(other, sibling.divisible ? std::min(sibling.ends_at, sibling.until) : sibling.ends_at);
  }
}

}  // namespace roost
