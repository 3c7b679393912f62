// The room: what the dispatcher knows of one pCPU.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "sched/balance/balancer.hpp"
#include "sched/gate/pause.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"
#include "vmm/executor/run_report.hpp"
#include "vmm/executor/timer_queue.hpp"

namespace roost {

/// Kicks by one pCPU's thread; a relaxed counter, since threads that are no pCPU share one of these.
struct KickCounts {
  std::atomic<std::uint64_t> sent{0}, suppressed{0};
};

/// DomainBalance of one pCPU: there is one for each distance, and a host has many pCPUs.
struct DomainCounts {
  std::uint64_t attempts = 0, moved = 0;
  std::array<std::uint32_t, kPlanOutcomes> plans{};
  DomainBalance told() const {
    DomainBalance all{.attempts = attempts, .moved = moved};
    std::copy(plans.begin(), plans.end(), all.plans.begin());
    return all;
  }
};

struct alignas(64) PcpuRecord {
  // ---- any thread ----
  /// One kick at most is outstanding: set by the kicker who sends it, cleared by the owner before it looks at its
  /// runqueue. Whoever finds it set may rely on that look (law 7).
  std::atomic<bool> kicked{false};
  /// It was chosen to balance for all that idle (dispatcher_balance.cpp): set before it is kicked, cleared by it.
  std::atomic<bool> helps{false};

  // ---- the holder of its runqueue; seldom used, so beside these ----
  PcpuId goes_to = kNoPcpu;
  Time look_again_at = kNever;  // when the siblings of who was picked last may have to be asked
  Duration boosted_for{0};
  BoostCredit boosts;

  // ---- the holder of its runqueue ----
  alignas(64) VcpuId current = kNoVcpu;
  VcpuId boosted = kNoVcpu;  // whoever waits here is to run next, for `boosted_for` (dispatcher_spin.cpp)
  Time slice_end{};         // of `current`: the end of its turn, or where its siblings may have to be asked again
  Time turn_end{};
  Time charged_at{};        // up to when `current` has been charged
  Time look_at = kNever;    // `current` is nobody, but somebody waits here who may run from then on
  Time waits_since = kNever;  // since when somebody has waited here, whoever it was, and no plan has taken anyone away;
                              // of a shared runqueue: kept by its lead
  bool reschedule = false;  // somebody more urgent than `current` waits
  bool handed = false;      // a waker switched `current` in; the owner has not yet said when it began
  bool has_news = false;    // something here has been changed: serve() before the next pick
  bool idles = true;        // where pCPUs share runqueues: it would take a newcomer, and has not been called;
  bool called = false;      // it has: a kick is on its way, and it will look for one whom it may run
  bool gives_way = false;   // `current` was boosted, and its slice ends before its turn would
  MigrateWhy goes_why = MigrateWhy::Active;
  std::uint32_t policy = 0; // the number of the one that it last served
  VcpuId goes = kNoVcpu;    // whoever has been asked to go to `goes_to` (dispatcher_active.cpp); has_news

  // ---- owner thread only ----
  alignas(64) bool deciding = false;  // inside the dispatcher: a kick of itself is a note to look again
  bool look_again = false;  // that note
  TimerQueue timers;
  std::uint64_t timers_fired = 0;
  struct Leaver {
    VcpuId vcpu;
    PcpuId to = kNoPcpu;        // where it was asked to go; kNoPcpu: wherever placement says
  };
  std::vector<Leaver> leavers;  // taken out of this runqueue, on their way to others
  bool errands = false;         // for send_off(): there are leavers, somebody has finished, or
  bool drains = false;          // it has gone offline: its timers leave too
  bool waker_blocks = false;    // `current` wakes somebody, and is about to block
  Time next_balance{};
  bool idling = false;      // since `idle_since`, whatever looks it has taken meanwhile
  Time idle_since{};
  Time idle_tick = kNever;  // its next
  Duration poll_window{0};  // for which it may poll, by the idle rule of the policy
  std::uint32_t idle_by = UINT32_MAX;  // of this number; UINT32_MAX: none was asked yet
  Time since{};             // up to when its time is accounted
  Time took_at{};           // when it began the vCPU that was handed to it last
  Duration busy{0}, idle{0}, overhead{0};
  std::uint64_t switches = 0;
  KickCounts kicks;
  std::uint64_t idle_ticks = 0;
  std::uint64_t helpers = 0, helped = 0;
  std::uint64_t pulls = 0, pushes = 0, sent = 0;
  std::uint64_t pauses = 0, directed = 0;  // exits of who spun; of these, those that gave way to one sibling
  std::array<std::uint64_t, 2> asked{};  // [Trigger]
  std::array<DomainCounts, kDistances - 1> balances{};  // [Distance - 1]: never Same
  DomainCounts& balance(Distance far) {
    check(far != Distance::Same, "what is balanced lies on another pCPU");
    return balances[static_cast<std::size_t>(far) - 1];
  }
};

}  // namespace roost
