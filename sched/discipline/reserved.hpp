// The room: the discipline around another that gives vCPUs with a reservation what they were promised, first.
// Not here: the budgets themselves (gate/reservation), whether they fit (gate/seats), the order of all others (inner).
// Rules: who has budget left waits ahead of everyone, the earliest deadline first (EDF), the lower id of equals, and
//   runs until its budget or its period is over. Everyone else waits in the inner discipline, among them those whose
//   budget is used up: they compete by weight until their period ends. Who yields with budget left stands in the inner
//   discipline for one turn: it waits for somebody, perhaps for one of those. Whoever goes between the two leaves the
//   inner discipline as one that migrates and comes back to it as such, so the time that it ran ahead is not charged to
//   its weight: what reservations leave of a pCPU is shared by weight among all, those with a reservation too.
//   Other than by weight where the inner discipline has budgets itself (Beyond): edf and rtds give whose budget is used
//   up a later deadline, or a lower level. They are told of all that a vCPU with a reservation does, as if nobody ran
//   ahead, and whoever has budget is taken out of them at once. Where their budgets are hard (edf,hard=1 and
//   rtds,extratime=0) whose budget is used up is held until its period ends.
//   A slice of anybody ends when the period of one who waits inside does: then that one comes out and is ahead. So
//   nothing needs a timer. Sources: EDF of Liu and Layland (1973) over servers of Abeni and Buttazzo (1998).
//   Where m pCPUs share a runqueue, those ahead run by global EDF: the m earliest of them at any time.
// Starvation bound: none: those ahead may take all that reservations may promise.
// Not work-conserving when: all who wait are held, or kept by the inner discipline; because of seats (gate/seats.hpp).
// Costs: what the inner discipline costs, and O(n) moves of 16 bytes in an array of n with a reservation here.
// Invariants: one who waits is ahead, inside or held; ahead: has budget; held: has none; nobody who runs is in any.
#pragma once

#include <memory>

#include "sched/discipline/deadline_order.hpp"
#include "sched/discipline/discipline.hpp"
#include "sched/gate/reservation.hpp"

namespace roost {

class Reserved final : public Discipline {
 public:
  /// `servers` outlives policies: another discipline may take over in the middle of a period. `capacities`: of the
  /// pCPUs, 1024 for a full one. `runqueues`: how many; 0: one for each pCPU.
  Reserved(std::unique_ptr<Discipline> inner, std::shared_ptr<CbsServers> servers,
           IdVector<PcpuId, std::uint32_t> capacities, std::size_t runqueues = 0);

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override { inner_->reweigh(vcpu, weight); }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  /// Also by one that is not ahead and whose period ends before the slice does: that must be cut anew.
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  /// Those of the inner discipline first, then who is held, then the latest deadlines.
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  /// Ahead: above kAhead, the earlier the deadline the larger.
  Urgency urgency(RunqueueId rq) const override;
  Urgency urgency_of(VcpuId vcpu) const override;
  std::size_t waiting(RunqueueId rq) const override {
    return queues_[rq].ahead.size() + queues_[rq].held + inner_->waiting(rq);
  }
  VcpuId most_urgent(RunqueueId rq) const override {
    const DeadlineOrder& ahead = queues_[rq].ahead;
    return ahead.empty() ? inner_->most_urgent(rq) : ahead.first().vcpu;
  }
  Time eligible_at(VcpuId vcpu, Time now) const override;
  std::size_t dormant(RunqueueId rq, Time now) const override { return queues_[rq].held + inner_->dormant(rq, now); }
  void fetch(RunqueueId rq) const override { inner_->fetch(rq); }
  void fetch(VcpuId vcpu) const override { inner_->fetch(vcpu); }
  void check_invariants(RunqueueId rq) const override;

  static constexpr Urgency kAhead = INT64_MAX / 2;

 private:
  enum class Place : std::uint8_t { Away, Ahead, Inside, Held, RunsAhead, RunsInside };
  struct alignas(64) Entry {  // of a vCPU
    Place place = Place::Away;
    EnqueueWhy returns = EnqueueWhy::Fork;  // why it comes when it next comes to the inner discipline
    Time inner_until{};                     // what that said when it picked it last
    Time until{};                           // what was said when it was picked last
    Time released{};                        // when it last came ahead, having been held or kept inside until then
    std::uint32_t capacity = 1024;          // of the pCPU that it runs on, or ran last
  };
  struct alignas(64) Queue {  // of a runqueue
    DeadlineOrder ahead;
    DeadlineOrder inside;  // those of the inner discipline who have a reservation, and those held
    std::size_t held = 0;
  };
  using Item = DeadlineOrder::Item;

  CbsServer& server(VcpuId vcpu) { return (*servers_)[vcpu]; }
  const CbsServer& server(VcpuId vcpu) const { return (*servers_)[vcpu]; }
  Item item(VcpuId vcpu) const { return {server(vcpu).deadline(), vcpu}; }
  void wait_inside(Queue& queue, VcpuId vcpu, Place place);
  void come_out(RunqueueId rq, VcpuId vcpu, Time now);
  void promote(RunqueueId rq, Time now);
  std::optional<Pick> pick_ahead(RunqueueId rq, const PickRequest& request);
  std::optional<Pick> pick_inside(RunqueueId rq, const PickRequest& request);
  std::optional<Pick> pick_held(RunqueueId rq, const PickRequest& request) const;
  std::uint32_t capacity_of(RunqueueId rq, const PickRequest& request) const {
    return capacities_[request.pcpu != kNoPcpu ? request.pcpu : id_at<PcpuId>(index(rq))];
  }
  static Urgency urgency_at(Time deadline) { return INT64_MAX - nanoseconds(deadline) / 2; }
  static constexpr Urgency kHeld = kNoUrgency + 1;

  std::unique_ptr<Discipline> inner_;
  Beyond beyond_;
  std::shared_ptr<CbsServers> servers_;
  IdVector<PcpuId, std::uint32_t> capacities_;
  IdVector<VcpuId, Entry> entries_;
  IdVector<RunqueueId, Queue> queues_;
};

}  // namespace roost
