// The room: what the dispatcher knows of one vCPU: its state machine, its account of time and where it has been.
//
//   New --start--> Queued --pick--> Running --Halted--> Blocked --wake--> Waking --> Queued
//                    ^                 |  \--Stopped--> Finished
//                    +---- requeue ----+                   Queued --its pCPU goes, or its affinity--> Waking
//        picked, and its cap's budget used up: Queued --> Throttled --the next period--> Waking
//        picked, and ahead of its siblings: Queued --> CoStopped --they have come up--> Waking
//        placement has no pCPU for it: New, Waking --> InLine --one is free, or its affinity changes--> Waking
//
// Invariants: run + wait + halted + capped covers every nanosecond since start (account() is the only place that adds).
//   A record belongs to the holder of the runqueue it is in (Queued, Running); in Blocked and InLine to nobody; in
//   Waking to the one thread that won that state, or that took it out of a runqueue it may not stay in.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "sched/topology/topology.hpp"
#include "sched/trace/event.hpp"
#include "sched/trace/histogram.hpp"
#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/time.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"
#include "vmm/executor/run_places.hpp"
#include "vmm/executor/run_report.hpp"

namespace roost {

enum class VcpuState : std::uint32_t { New, Queued, Running, Blocked, Waking, Throttled, Finished, InLine, CoStopped };

/// Time that has passed in each kind of state. Moments come from several CPUs' readings of one clock, so a moment
/// before the last one counts as the last one.
class VcpuAccount {
 public:
  void start(Time at) { since_ = at; }
  /// The state that the vCPU has been in until `now` was `state`. Returns for how long.
  Duration account(VcpuState state, Time now) {
    const Duration spent = std::max(now - since_, Duration{0});
    spent_[kind_of(state)] += spent;
    since_ += spent;
    return spent;
  }
  Duration run() const { return spent_[0]; }
  Duration wait() const { return spent_[1]; }
  Duration halted() const { return spent_[2]; }
  Duration capped() const { return spent_[3]; }
  Time since() const { return since_; }

 private:
  static std::size_t kind_of(VcpuState state) {
    switch (state) {
      case VcpuState::Running: return 0;
      case VcpuState::Queued:
      case VcpuState::Waking:
      case VcpuState::InLine:
      case VcpuState::CoStopped: return 1;
      case VcpuState::Blocked: return 2;
      case VcpuState::Throttled: return 3;
      default: check_failed("only a started, unfinished vCPU spends time", __builtin_FILE(), __builtin_LINE());
    }
  }
  Time since_{};
  std::array<Duration, 4> spent_{};
};

struct alignas(64) VcpuRecord {
  // ---- any thread ----
  std::atomic<VcpuState> state{VcpuState::New};
  std::atomic<bool> pending{false};          // somebody woke it since it was last switched in
  std::atomic<bool> changed{false};          // the desk has something new about it (dispatcher_changes.cpp)
  // ---- the owner of the record (see above) ----
  bool woken = false;                        // Queued by a wakeup that has not yet run
  MigrateWhy moved_by = MigrateWhy::Placement;  // why it is where it is, should that differ from last_ran
  PcpuId last_ran = kNoPcpu;
  // ---- any thread ----
  std::atomic<PcpuId> where{PcpuId{0}};      // the pCPU in whose runqueue it is, or last was; written before Queued

  // ---- the owner of the record (see above) ----
  VcpuAccount account;
  Duration steal{0};                         // waits that ended, but the one before it first ran
  VcpuTraits traits;
  std::uint64_t retired = 0, wakeups = 0, slices = 0;

  /// It has waited in this state until now. Returns for how long.
  Duration has_waited(VcpuState in, Time now) {
    const Duration waited = account.account(in, now);
    if (last_ran != kNoPcpu) steal += waited;
    return waited;
  }
};
static_assert(sizeof(VcpuRecord) == 128, "two cache lines a switch");

/// Migrations for causes that only some policies have.
inline constexpr MigrateWhy kFirstRare = MigrateWhy::Active;
using RareMoves = std::array<std::array<std::uint32_t, kMigrateWhys - static_cast<std::size_t>(kFirstRare)>,
                             kDistances - 1>;  // [Distance - 1][why - kFirstRare]

/// What is only written down: where a vCPU has been and how long it waited. It belongs to the owner of the record. It
/// takes no whole lines, but what each wakeup writes, the histogram, lies more than a line from its neighbours'.
struct VcpuHistory {
  RunPlaces run_on;         // what it ran before it came to last_ran
  Duration ran_before{0};   // account.run() when it came there
  Histogram wake_to_run;
  /// [Distance - 1]: never Same. [why]: but the last ones, which the dispatcher counts where there are any (RareMoves).
  std::array<std::array<std::uint32_t, static_cast<std::size_t>(kFirstRare)>, kDistances - 1> migrations{};

  /// It ran on last_ran until now, and next runs elsewhere, if at all.
  void leave_place(const VcpuRecord& record) {
    if (record.last_ran != kNoPcpu) run_on.add(record.last_ran, record.account.run() - ran_before);
    ran_before = record.account.run();
  }
};

}  // namespace roost
