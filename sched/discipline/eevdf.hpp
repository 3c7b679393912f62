// The room: the EEVDF discipline: of those that are owed time, the one with the earliest deadline runs next.
// Rules: each vCPU has a virtual time v, which runs at 100 / weight of real time while the vCPU runs, and not at all
//   while it waits. V is the mean of all v on the runqueue, of those that wait and those that run, by weight. A vCPU's
//   lag is V - v: what it is owed. Who is owed something or nothing (v <= V) is eligible. Its deadline is v at its last
//   request plus request = slice * 100 / weight; once v reaches it, the next request begins. The eligible vCPU with the
//   earliest deadline is picked and runs until its deadline. A newcomer preempts only where it would be picked now, and
//   what runs has come to its deadline or is no longer eligible (RUN_TO_PARITY).
//   Who leaves keeps its lag, within max(2 * slice, tick) of its own running. It comes (Wake, Migrated) to where its
//   coming leaves it that lag, v = V - lag * (W + w) / W for W the weight there and w its own, with a whole request; a
//   migrated one with the distance from v to its deadline that it had (PLACE_REL_DEADLINE). Fork: at V with half a
//   request (PLACE_DEADLINE_INITIAL). A sleeper's debt (negative lag) shrinks as if it had stayed (DELAY_DEQUEUE).
//   Victims: who ran or came longest ago first (the tail of cfs_tasks).
//   Source: Linux 6.12 kernel/sched/fair.c; Stoica, Abdel-Wahab: Earliest Eligible Virtual Deadline First, 1995.
// Deviations: no groups, no slices of a task's own (so no PREEMPT_SHORT), no NEXT_BUDDY (off there too). A slice ends
//   at the deadline itself, not at the tick after it. A sleeper in debt leaves at once: its debt shrinks at the rate
//   of V when it left, and its weight does not count while it does. Yield is that of Linux 6.18: an eligible vCPU
//   gives up the rest of its request, v = deadline. In 6.12 the deadline alone moves on, by a request a yield without
//   end, and a guest that spins and yields would then wait or run for seconds. Where several pCPUs share the runqueue
//   and nobody who waits is eligible, the least v runs. Equal deadlines go by the lower id, there by who came first.
// Constants: slice, 0.70 ms, times 1 + log2(min(cpus, 8)): a request. Larger ones switch less and answer later, to all
//   alike. cpus, 8: what Linux takes from the host. tick, 4 ms (HZ 250): the least bound of a saved lag; more favours
//   those who slept over those who ran.
// Starvation bound: L (l + w) / l * W / w + slice * W / w + n * slice, where L = max(2 * slice, tick) bounds what it
//   may owe, l is the least weight: V must come to its v, then to its deadline, while all others end their requests.
//   None where several pCPUs share the runqueue: a heavy one that always runs beside lighter ones is owed more and
//   more, V stays behind the others with it, and who comes at V goes before them for as long.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: O(log n) expected; where affinity restricts the asker, O(n) at worst. Every 2^61 ns of V, one O(n) step sets
//   V back to 0. Nothing allocates.
// Invariants: the sum of all weighted lags is 0, exactly; deadlines lie after v; V is kept as a whole number and a rest
//   in [0, W), so v <= V is a comparison of whole numbers.
// Limits: weights on a runqueue sum up to less than 2^32.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/containers/vcpu_list.hpp"
#include "sched/containers/vcpu_tree.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct EevdfConstants {
  Duration slice = std::chrono::microseconds(700);
  std::int64_t cpus = 8;
  Duration tick = std::chrono::milliseconds(4);
};

class Eevdf final : public Discipline {
 public:
  Eevdf(std::size_t max_vcpus, std::size_t runqueues, EevdfConstants constants = {});

  void admit(VcpuId vcpu, const VcpuTraits& traits) override;
  void reweigh(VcpuId vcpu, Weight weight) override;
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId rq, VcpuId running, Duration ran, Time now) override;
  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  /// Of the vCPU that would be picked.
  Urgency urgency(RunqueueId rq) const override;
  /// How near the deadline is: V - deadline, in nanoseconds of virtual time.
  Urgency urgency_of(VcpuId vcpu) const override;
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].tree.size(); }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&shares_[vcpu]); }
  Duration waits_at_most(const Crowd& crowd) const override;
  void check_invariants(RunqueueId rq) const override;

  /// What the runqueue owes `vcpu`, which waits or runs there: nanoseconds of running, rounded down.
  std::int64_t lag_of(VcpuId vcpu) const;

 private:
  enum class Place : std::uint8_t { Elsewhere, Waiting, Running };
  struct alignas(64) Share {  // of a vCPU
    VcpuTreeNode node;             // key: the deadline; value: v. While it migrates, the key is their distance
    VcpuLinks recent;
    std::uint32_t weight = 1;
    std::uint32_t remainder = 0;   // of the last division by the weight, so that no nanosecond is lost
    RunqueueId home = kNoRunqueue;
    Place place = Place::Elsewhere;
    bool keeps_distance = false;   // it migrates
    bool to_parity = false;        // it runs and has not come to the deadline it was picked for
    std::int64_t lag = 0;          // in virtual time, when it left
    Time left_at{};
    std::int64_t left_weight = 1;  // of home, itself included
  };
  struct alignas(64) Queue {
    VcpuTree tree;             // who waits, by deadline
    VcpuList recent;           // who waits or runs; who ran or came last stands first
    std::int64_t v = 0;        // V, rounded down
    std::int64_t rest = 0;     // sum of weight * (v_i - v): V = v + rest / weight
    std::int64_t weight = 0;   // of all
  };

  auto nodes() {
    return [this](VcpuId vcpu) -> VcpuTreeNode& { return shares_[vcpu].node; };
  }
  auto nodes() const {
    return [this](VcpuId vcpu) -> const VcpuTreeNode& { return shares_[vcpu].node; };
  }
  auto recent() {
    return [this](VcpuId vcpu) -> VcpuLinks& { return shares_[vcpu].recent; };
  }
  auto recent() const {
    return [this](VcpuId vcpu) -> const VcpuLinks& { return shares_[vcpu].recent; };
  }
  std::int64_t request(const Share& share) const;
  std::int64_t placed_lag(const Queue& queue, const Share& share, EnqueueWhy why, Time now) const;
  void come(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now);
  static void advance(Queue& queue, Share& share, std::int64_t by);
  static void settle(Queue& queue);
  void set_back(Queue& queue);
  VcpuId next_of(const Queue& queue) const;
  VcpuId next_allowed(const Queue& queue, const PickRequest& request) const;

  IdVector<VcpuId, Share> shares_;
  IdVector<RunqueueId, Queue> queues_;
  std::int64_t slice_ns_, lag_limit_ns_;
};

extern const DisciplineEntry kEevdfEntry;

}  // namespace roost
