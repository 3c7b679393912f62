// The room: a scene of a few vCPUs on one runqueue, written in milliseconds.
#pragma once

#include <initializer_list>
#include <vector>

#include "sched/discipline/discipline.hpp"

namespace roost::kit {

inline constexpr RunqueueId kQueue{0};

inline Time at_ms(std::int64_t ms) { return time_at(ms * 1'000'000); }

/// Forks vCPUs 0, 1, ... of these weights, at time 0.
inline void fork_all(Discipline& discipline, std::initializer_list<std::uint32_t> weights) {
  std::uint32_t v = 0;
  for (const std::uint32_t weight : weights) {
    discipline.admit(VcpuId{v}, {.weight = Weight{weight}, .allowed = PcpuSet::first(1)});
    discipline.enqueue(kQueue, VcpuId{v++}, EnqueueWhy::Fork, at_ms(0));
  }
}

/// One slice of a trace: who ran, from when to when.
struct Ran {
  std::uint32_t vcpu;
  std::int64_t from_us, to_us;
  friend bool operator==(const Ran&, const Ran&) = default;
};

/// `slices` slices of vCPUs that never block, from `now` on.
inline std::vector<Ran> run_hogs(Discipline& discipline, std::size_t slices, Time now = at_ms(0)) {
  std::vector<Ran> trace;
  while (trace.size() < slices) {
    const auto pick = discipline.pick(kQueue, now);
    if (!pick) break;
    if (pick->vcpu == kNoVcpu) {  // nobody may run before then
      now = pick->until;
      continue;
    }
    trace.push_back({static_cast<std::uint32_t>(pick->vcpu), nanoseconds(now) / 1000, nanoseconds(pick->until) / 1000});
    discipline.charge(kQueue, pick->vcpu, pick->until - now, pick->until);
    now = pick->until;
    discipline.enqueue(kQueue, pick->vcpu, EnqueueWhy::SliceEnd, now);
    discipline.check_invariants(kQueue);
  }
  return trace;
}

}  // namespace roost::kit
