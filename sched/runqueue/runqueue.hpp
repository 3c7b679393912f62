// The room: the runnable vCPUs of one pCPU, or of several that share them: a discipline's order, and the books kept
//   around it.
// Not here: the order itself (discipline), other runqueues (placement, balance), which pCPU runs whom (dispatcher),
//   threads, locks, clocks.
// Invariants: a vCPU is in at most one runqueue, and waits or runs there, never both; one runs per pCPU at most;
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
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sched/discipline/discipline.hpp"
#include "sched/runqueue/load_average.hpp"
#include "sched/runqueue/load_snapshot.hpp"
#include "sched/runqueue/runqueue_table.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

class Runqueue {
 public:
  /// `table`, and the discipline it names, must outlive this. `capacity`: the pCPUs' speed together, 1024 = a full one.
  Runqueue(RunqueueTable& table, RunqueueId id, std::uint32_t capacity = 1024, std::uint16_t pcpus = 1);

  /// From now on so many of its pCPUs, of that speed together, take part.
  void set_online(std::uint16_t pcpus, std::uint32_t capacity);

  /// From now on `discipline`, the run's `number`th, orders this runqueue, in which nobody waits or runs.
  void change_discipline(Discipline& discipline, std::uint32_t number);
  /// From now on others see its weight as an average that remembers so. An average that does already goes on.
  void average_weight(LoadMemory memory, Time now);
  /// From now on others see how busy its pCPUs were, as such an average; of no length: no longer.
  void average_utilisation(LoadMemory memory, Time now);
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
  /// The next vCPU that the pCPU which asks may run now runs here. One pCPU at least has nothing to run before; nothing
  /// only if nobody waits whom it may. A Pick of kNoVcpu: by the discipline's rules none of these may run before its
  /// `until`.
  std::optional<Pick> pick(const PickRequest& request);
  /// `running` has run here for `ran` since it was picked or last charged.
  void charge(VcpuId running, Duration ran, Time now);
  /// Should `waiting`, just enqueued here, take the pCPU from `running`? Both are charged up to now.
  bool preempts(VcpuId waiting, VcpuId running, Time now) const;
  /// `vcpu`, which waits here, may not run before then; past: it might have since then.
  Time eligible_at(VcpuId vcpu, Time now) const { return discipline_->eligible_at(vcpu, now); }
  /// Fills `out` with waiting vCPUs in the order in which they would be given away; returns how many.
  std::size_t victims(std::span<VcpuId> out) const;

  RunqueueId id() const { return id_; }
  const Discipline& discipline() const { return *discipline_; }
  std::size_t waiting() const { return waiting_; }
  struct Running {
    VcpuId vcpu = kNoVcpu;
    Time ends{};         // when it is expected to stop
    Duration slice{0};
  };
  std::span<const Running> running() const { return {most_ == 1 ? &only_ : shared_.data(), running_}; }
  bool idle() const { return waiting_ == 0 && running_ == 0; }
  std::size_t dormant(Time now) const { return discipline_->dormant(id_, now); }
  Urgency urgency_of(VcpuId vcpu) const { return discipline_->urgency_of(vcpu); }
  VcpuId most_urgent() const { return discipline_->most_urgent(id_); }

  /// What others may read of this runqueue, as it is at `now`; so many idle pCPUs have been called to take somebody.
  LoadSnapshot snapshot(Time now, std::uint16_t called = 0) const;

  /// The same as others shall see it, and when: with averages where there are any. Its average weight is none while
  /// nobody waits or runs here.
  LoadSnapshot published(Time now, std::uint16_t called = 0) {
    LoadSnapshot load = snapshot(now, called);
    if (averages_) [[unlikely]] put_averages(load);
    return load;
  }

  /// Throws ContractBreach where the discipline counts others than those who wait here.
  void check_count() const;
  /// Throws CheckFailure where the books or the discipline's own rules do not hold.
  void check_invariants() const { check_invariants(table_.books(index(id_) + 1)[id_]); }
  /// The same; `by_records`: this runqueue's in RunqueueTable::books(), for who checks many.
  void check_invariants(const RunqueueBooks& by_records) const;

 private:
  EnqueueWhy admit_anew(VcpuId vcpu, const VcpuTraits& traits, EnqueueWhy why);
  [[noreturn]] void broke_pick(const std::optional<Pick>& pick, const PickRequest& request) const;
  [[noreturn]] void broke_victims(std::span<const VcpuId> victims, std::size_t room) const;
  std::string whereabouts(VcpuId vcpu) const;
  bool waits_here(VcpuId vcpu) const {
    if (!table_.contains(vcpu)) return false;
    const RunqueueRecord& record = table_[vcpu];
    return record.place == RunqueuePlace::Waiting && record.runqueue == id_;
  }
  Running* places() { return most_ == 1 ? &only_ : shared_.data(); }
  void start_running(RunqueueRecord& record, const Pick& pick, Time now);
  void stop_running(RunqueueRecord& record, bool ran_its_burst);
  bool runs_here(const RunqueueRecord& record) const {
    return record.place == RunqueuePlace::Running && record.runqueue == id_;
  }
  void add_running(LoadSnapshot& load) const;
  struct Averages {
    LoadAverage weight;        // of weight_
    LoadAverage busy;          // of the capacity in use, each pCPU's in the mean
    std::uint32_t in_use = 0;  // of that, since it was last published
  };
  void keep(const Averages& averages);
  void put_averages(LoadSnapshot& load);

  RunqueueTable& table_;
  Discipline* discipline_;
  std::uint32_t number_ = 0;     // its number
  RunqueueId id_;
  std::uint32_t capacity_;
  std::uint16_t most_, pcpus_;   // its pCPUs, and of these who take part
  std::uint32_t waiting_ = 0, running_ = 0;
  std::uint64_t weight_ = 0;     // waiting and running
  std::unique_ptr<Averages> averages_;  // null: nobody asks for any
  Duration waiting_bursts_{0};   // sum over those that wait
  Running only_;                 // where there is one pCPU
  std::vector<Running> shared_;  // where there are several: a place for each, the first running_ of them taken
};

}  // namespace roost
