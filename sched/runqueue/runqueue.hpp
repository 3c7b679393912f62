// The room: the runnable vCPUs of one pCPU: a discipline's order, and the books kept around it.
// Not here: the order itself (discipline), other runqueues (placement, balance), threads, locks, clocks.
// Invariants: a vCPU is in at most one runqueue, and waits or runs there, never both; at most one runs;
//   weight and backlog are exact sums over the members; whatever a discipline answers is checked against its contract.
//
//            Fork, Wake, Migrated                 pick
//   Nowhere ----------------------> Waiting ----------------> Running
//      ^                            |  ^                       |  |
//      |<----------- Migrating -----+  +- Preempted, SliceEnd, +  |
//      |                                  Yield                   |
//      +<---------------------- Blocked (Finished: for ever) -----+
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sched/discipline/discipline.hpp"
#include "sched/runqueue/load_snapshot.hpp"
#include "sched/runqueue/runqueue_table.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

class Runqueue {
 public:
  /// `table`, and the discipline it names, must outlive this. `capacity`: the pCPU's speed, 1024 = a full one.
  Runqueue(RunqueueTable& table, RunqueueId id, std::uint32_t capacity = 1024);

  /// From now on `discipline`, the run's `number`th, orders this runqueue, in which nobody waits or runs.
  void change_discipline(Discipline& discipline, std::uint32_t number);
  std::uint32_t discipline_number() const { return number_; }
  /// `vcpu`, in no runqueue and about to be enqueued here for the reason `why`, has these traits now. Returns the
  /// reason to give: Fork, if the discipline here did not know it.
  EnqueueWhy admit(VcpuId vcpu, const VcpuTraits& traits, EnqueueWhy why) {
    const RunqueueRecord& record = table_[vcpu];
    const bool same = record.discipline == number_ && record.weight == traits.weight;
    return same ? why : admit_anew(vcpu, traits, why);
  }
  /// `vcpu` now waits here. Preempted, SliceEnd, Yield: it ran here until now. Fork, Wake, Migrated: it was nowhere.
  void enqueue(VcpuId vcpu, EnqueueWhy why, Time now);
  /// `vcpu` is in no runqueue any more. Migrating: it waited here. Others: it was picked here, and ran until now.
  void leave(VcpuId vcpu, LeaveWhy why, Time now);
  /// The next vCPU now runs here. Nothing may run here before; nothing only if nothing waits. A Pick of kNoVcpu: by the
  /// discipline's rules nobody who waits may run before its `until`.
  std::optional<Pick> pick(Time now);
  /// `running` has run here for `ran` since it was picked or last charged.
  void charge(VcpuId running, Duration ran, Time now);
  /// Should `waiting`, just enqueued here, take the pCPU from `running`? Both are charged up to now.
  bool preempts(VcpuId waiting, VcpuId running, Time now) const;
  /// `vcpu`, which waits here, may not run before then; past: it might have since then.
  Time eligible_at(VcpuId vcpu, Time now) const { return discipline_->eligible_at(vcpu, now); }
  /// Fills `out` with waiting vCPUs in the order in which they would be given away; returns how many.
  std::size_t victims(std::span<VcpuId> out) const;

  RunqueueId id() const { return id_; }
  std::size_t waiting() const { return waiting_; }
  VcpuId running() const { return running_; }  // kNoVcpu: nothing
  bool idle() const { return waiting_ == 0 && running_ == kNoVcpu; }

  /// What others may read of this runqueue, as it is at `now`.
  LoadSnapshot snapshot(Time now) const;

  /// Throws ContractBreach where the discipline counts others than those who wait here.
  void check_count() const;
  /// Throws CheckFailure where the books or the discipline's own rules do not hold.
  void check_invariants() const { check_invariants(table_.books(index(id_) + 1)[id_]); }
  /// The same; `by_records`: this runqueue's in RunqueueTable::books(), for who checks many.
  void check_invariants(const RunqueueBooks& by_records) const;

 private:
  EnqueueWhy admit_anew(VcpuId vcpu, const VcpuTraits& traits, EnqueueWhy why);
  [[noreturn]] void broke_pick(const std::optional<Pick>& pick, Time now) const;
  [[noreturn]] void broke_victims(std::span<const VcpuId> victims, std::size_t room) const;
  std::string whereabouts(VcpuId vcpu) const;
  bool waits_here(VcpuId vcpu) const {
    if (!table_.contains(vcpu)) return false;
    const RunqueueRecord& record = table_[vcpu];
    return record.place == RunqueuePlace::Waiting && record.runqueue == id_;
  }
  void stop_running(RunqueueRecord& record, bool ran_its_burst);
  Duration expected_rest(Time now) const;

  RunqueueTable& table_;
  Discipline* discipline_;
  std::uint32_t number_ = 0;     // its number
  RunqueueId id_;
  std::uint32_t capacity_;
  std::uint32_t waiting_ = 0;
  VcpuId running_ = kNoVcpu;
  Time picked_at_{};
  Duration slice_{0};            // of the running vCPU
  std::uint64_t weight_ = 0;     // waiting and running
  Duration waiting_bursts_{0};   // sum over those that wait
};

}  // namespace roost
