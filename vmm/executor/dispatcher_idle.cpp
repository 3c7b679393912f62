// How an idle pCPU waits, as the policy's idle rule has it: until when it polls, and its ticks.

#include <algorithm>

#include "vmm/executor/dispatcher.hpp"

namespace roost {

/// It has nothing to run, perhaps as before.
Dispatcher::Next Dispatcher::idle_on(PcpuId self, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  const PolicyHistory::Entry& by = in_force_at(self);
  const IdleRule* const rule = by.policy.idle.get();
  if (pcpu.idle_by != by.number) [[unlikely]] {  // another rule has another window
    pcpu.idle_by = by.number;
    pcpu.idling = false;
    pcpu.poll_window = rule == nullptr ? Duration{0} : rule->first_window();
  }
  if (!pcpu.idling) {
    pcpu.idling = true;
    pcpu.idle_since = now;
    pcpu.idle_tick = kNever;
  }
  if (pcpu.idle_tick == kNever && rule != nullptr && rule->tick() > Duration{0}) set_idle_tick(self, now);
  return {kNoVcpu, std::min(woken_by(self), pcpu.idle_tick)};
}

Dispatcher::Idling Dispatcher::idling(PcpuId self) const {
  const PcpuRecord& pcpu = pcpus_[self];
  const bool endless = pcpu.poll_window > kNever - pcpu.idle_since;
  const Time poll_until = endless ? kNever : pcpu.idle_since + pcpu.poll_window;
  return {.poll_until = pcpu.poll_window > Duration{0} ? poll_until : Time{},
          .for_tick = pcpu.idle_tick != kNever && woken_by(self) == kNever};
}

void Dispatcher::set_idle_tick(PcpuId self, Time now) {
  const IdleRule* const rule = policy_at(self).idle.get();
  const Duration tick = rule == nullptr || !loads_.online(self) ? Duration{0} : rule->tick();
  pcpus_[self].idle_tick = tick > Duration{0} ? now + tick : kNever;
}

/// It has had something to run since `now`, and idled before.
void Dispatcher::end_idling(PcpuId self, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  pcpu.idling = false;
  const PolicyHistory::Entry& by = in_force_at(self);
  if (pcpu.idle_by != by.number || by.policy.idle == nullptr) return;
  pcpu.poll_window = by.policy.idle->next_window(pcpu.poll_window, std::max(now - pcpu.idle_since, Duration{0}));
}

void Dispatcher::tick_idle(PcpuId self, Time now) {
  set_idle_tick(self, now);
  ++pcpus_[self].idle_ticks;
  world_.ticked(self);
}

}  // namespace roost
