// The room: who runs next on one runqueue. A discipline is one ordering rule, applied to every runqueue of the run.
// Not here: how many vCPUs to move (balance), where a woken vCPU goes (placement), threads, locks, clocks.
// Invariants: a vCPU waits on at most one runqueue and never while it runs; Pick::until > now;
//   pick() returns nothing only when nobody who asks may be given anybody of those who wait. contract.hpp has the
//   rules one by one; who breaks one ends the run with a sentence that names it.
//
// Per-vCPU state is the discipline's own table, indexed by VcpuId; it carries lag, credit or pass across queues:
// leave() turns it into a form that no queue owns, enqueue() makes it this queue's again. A vCPU's entry and a queue's
// entry are touched only by whoever holds that runqueue; entries of different runqueues are independent, so a
// discipline needs no lock of its own. Tables are sized at construction; no call below
// allocates, but for an enqueue that finds its queue's own storage full and doubles it (said on the plate).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "sched/discipline/crowd.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"

namespace roost {

enum class EnqueueWhy : std::uint8_t {
  Fork,       // first time ever, or in this discipline
  Wake,       // it was blocked
  Preempted,  // it ran, its slice is not used up: another was more urgent
  SliceEnd,   // it ran until Pick::until
  Yield,      // it gave up the rest of its slice
  Migrated,   // it waited on another runqueue
};

enum class LeaveWhy : std::uint8_t {
  Blocked,   // it ran and now waits for an event; not in the queue (it was picked)
  Migrating, // it waits here and is taken to another runqueue
  Finished,  // it will never run again; not in the queue (it was picked)
  Throttled, // it was picked, and may not run now; not in the queue. It comes back as a sleeper does: Wake
};

struct Pick {
  VcpuId vcpu;  // kNoVcpu: nobody who waits here may run before `until`, by a rule that the plate states
  Time until;   // the end of its slice
};

/// Who of a runqueue's vCPUs may run on the pCPU that asks: hard affinity, where several pCPUs share the runqueue.
class MayRun {
 public:
  virtual ~MayRun() = default;
  virtual bool operator()(VcpuId vcpu) const = 0;
};

struct PickRequest {
  Time now;
  PcpuId pcpu = kNoPcpu;            // who asks; kNoPcpu: the only pCPU of this runqueue
  const MayRun* may_run = nullptr;  // null: everyone may

  /// Implicit: a pCPU with a runqueue of its own has nothing else to say.
  PickRequest(Time at) : now(at) {}
  PickRequest(Time at, PcpuId who, const MayRun* allowed) : now(at), pcpu(who), may_run(allowed) {}
  bool allows(VcpuId vcpu) const { return may_run == nullptr || (*may_run)(vcpu); }
};

/// Larger runs first. A metric within one runqueue, a ranking across runqueues.
using Urgency = std::int64_t;
inline constexpr Urgency kNoUrgency = INT64_MIN;  // nothing there

/// Whoever has a reservation (Reserved) and has used its budget up, until its period ends:
enum class Beyond : std::uint8_t {
  Competes,  // as one without
  Ranks,     // by budgets of the discipline's own, which therefore is told of all that it does, also by right of it
  Waits,     // it gets no more
};

class Discipline {
 public:
  virtual ~Discipline() = default;

  /// As the catalog has it; for sentences about it.
  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  virtual Beyond beyond_reservations() const { return Beyond::Competes; }
  /// Makes `vcpu` known, or known anew with a clean state: it waits and runs nowhere here. Its next enqueue is a Fork.
  virtual void admit(VcpuId vcpu, const VcpuTraits& traits) = 0;
  /// `vcpu`, neither waiting nor running anywhere, has this weight from now on.
  virtual void reweigh(VcpuId vcpu, Weight weight) = 0;
  /// `vcpu`, neither waiting nor running anywhere, now waits on `rq`.
  virtual void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) = 0;
  /// `vcpu` no longer belongs to `rq`. Migrating: it waited and is taken out. Blocked, Finished: it was running.
  virtual void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) = 0;
  /// Takes the next vCPU that the asker may run out of the queue: it now runs. Nothing if there is none; a Pick of
  /// kNoVcpu if there is, but not yet.
  virtual std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) = 0;
  /// `running`, picked from `rq`, has run for `ran` since it was picked or last charged.
  virtual void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) = 0;
  /// Should `waiting`, just enqueued on `rq`, take the pCPU from `running`? Both are charged up to now.
  virtual bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const = 0;
  /// Fills `out` with waiting vCPUs in the order in which they would be given away; returns how many.
  virtual std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const = 0;
  /// The most urgent waiting vCPU's urgency, or kNoUrgency.
  virtual Urgency urgency(RunqueueId rq) const = 0;
  virtual Urgency urgency_of(VcpuId vcpu) const = 0;
  virtual std::size_t waiting(RunqueueId rq) const = 0;
  /// `vcpu`, which waits, may not run before then, by a rule that the plate states: nobody is to blame for its wait.
  /// Past: it may run now, and might have since then. A Pick's `until` is no later than the next such time.
  virtual Time eligible_at(VcpuId, Time /*now*/) const { return Time{}; }
  /// How many of those who wait may not run at `now`, or, where that takes a look as of pick(), at the last pick().
  virtual std::size_t dormant(RunqueueId, Time /*now*/) const { return 0; }
  /// The longest that one who waits on a runqueue of such a crowd waits before it runs, by its rule: what a switch
  /// costs, what a slice overruns and how it comes to the runqueue again and again are not in it. Says the plate why.
  virtual Duration waits_at_most(const Crowd&) const { return kNoBound; }
  /// Of those who wait on `rq` and may run now, the one before whom no pCPU of it runs anybody whom it preempts, at any
  /// time: the first in order. kNoVcpu: there is none, or only who comes or is preempted preempts in its turn.
  virtual VcpuId most_urgent(RunqueueId) const { return kNoVcpu; }
  /// Hints: a step on `rq`, or of `vcpu`, is about to come. They change nothing.
  virtual void fetch(RunqueueId) const {}
  virtual void fetch(VcpuId) const {}
  /// Throws CheckFailure where the queue's own rules do not hold.
  virtual void check_invariants(RunqueueId rq) const = 0;

 private:
  std::string name_ = "of no name";
};

}  // namespace roost
