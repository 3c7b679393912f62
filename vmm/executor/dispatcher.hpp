// The room: performs what the policy decides, in one written order of steps, for both worlds (law 3).
// Not here: decisions (sched/), threads and clocks (World), guests (Vcpu::run is called by the world).
// Invariants: law 5 (one runqueue at most, never while it runs) and law 6 (no wakeup is lost); no kick, device call or
//   record() while a runqueue is held (but for World::hand(), a store); two runqueues are acquired in id order.
//
// The world calls, for each pCPU, from one thread at a time:
//   next()                      -> run this vCPU until then, or idle until then
//   returned(exit of the vCPU)  -> the same
//   take(vCPU)                  -> the same: a waker has handed it over while the pCPU polled (dispatcher_wake.cpp)
// and from any thread wake().
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "sched/balance/exchange.hpp"
#include "sched/runqueue/runqueue.hpp"
#include "sched/topology/topology.hpp"
#include "vmm/executor/cap_gate.hpp"
#include "vmm/executor/change_desk.hpp"
#include "vmm/executor/co_gate.hpp"
#include "vmm/executor/pcpu_record.hpp"
#include "vmm/executor/policy_history.hpp"
#include "vmm/executor/published_loads.hpp"
#include "vmm/executor/run_changes.hpp"
#include "vmm/executor/run_report.hpp"
#include "vmm/executor/seat_gate.hpp"
#include "vmm/executor/share_gate.hpp"
#include "vmm/executor/spin_gate.hpp"
#include "vmm/executor/vcpu_record.hpp"
#include "vmm/executor/world.hpp"
#include "vmm/host/spinlock.hpp"
#include "vmm/vcpu/vcpu.hpp"
#include "vmm/vcpu/wake_sink.hpp"

namespace roost {

class Dispatcher final : public WakeSink, public RunChanges {
 public:
  /// What a pCPU shall do now. vcpu == kNoVcpu: be idle. `until`: come back then at the latest.
  struct Next {
    VcpuId vcpu = kNoVcpu;
    Time until = kNever;
  };
  /// How an idle pCPU does so.
  struct Idling {
    Time poll_until{};      // poll until then, and halt if nothing has come
    bool for_tick = false;  // at Next::until there is nothing but its tick
  };

  /// `policy` says who shares a runqueue, and each that comes after it the same.
  Dispatcher(World& world, Policy policy, const Topology& topology, std::span<const VcpuTraits> vcpus,
             const CapPlan& caps = {});

  // ---- before the first next() ----
  /// Before start(), where somebody may ever have a soft affinity: each vCPU's; none of these: it has none.
  void prefer(const std::vector<PcpuSet>& preferred);
  /// Places and queues every vCPU, in id order.
  void start(Time now);

  // ---- the thread of pCPU `self` ----
  Next next(PcpuId self);
  /// `vcpu` was handed to this idle pCPU at `at`, for `slice`. Touches nothing that others write.
  Next take(PcpuId self, VcpuId vcpu, Duration slice, Time at);
  /// The vCPU that next() or take() named has come back from run().
  Next returned(PcpuId self, const Exit& exit);
  /// It was told to be idle.
  Idling idling(PcpuId self) const;

  /// With nothing else under way there: so much of what the vCPU that `self` runs has touched of late lies on each
  /// node. It may be asked to go where its memory is; returns whether its pages may come to it instead.
  bool follow_memory(PcpuId self, std::span<const std::uint64_t> samples);

  // ---- any thread ----
  void wake(VcpuId vcpu) override { wake(vcpu, kNever); }
  void wake_and_block(VcpuId vcpu) override;
  ChangeAnswer set_weight(VcpuId vcpu, Weight weight) override;
  ChangeAnswer set_allowed(VcpuId vcpu, PcpuSet allowed) override;
  ChangeAnswer set_preferred(VcpuId vcpu, PcpuSet preferred) override;
  ChangeAnswer set_online(PcpuId pcpu, bool online) override;
  ChangeAnswer set_policy(Policy policy) override;
  /// How long a vCPU spins before it comes out.
  Duration spins_for(PcpuId pcpu) const { return policy_at(pcpu).pause.window; }
  bool all_finished() const { return finished_.load(std::memory_order_acquire) == vcpus_.size(); }

  // ---- while nobody is in the dispatcher: hints of what is about to come ----
  void fetch_pcpu(PcpuId pcpu) const;
  void fetch_vcpu(VcpuId vcpu) const;
  /// The vCPU whose timer is the first to fire on `pcpu`.
  void fetch_timer(PcpuId pcpu) const;

  // ---- while nobody is in the dispatcher: for the monitor ----
  const IdVector<VcpuId, VcpuRecord>& vcpus() const { return vcpus_; }
  const IdVector<PcpuId, PcpuRecord>& pcpus() const { return pcpus_; }
  const IdVector<RunqueueId, Runqueue>& runqueues() const { return runqueues_; }
  const RunqueueMap& runqueue_map() const { return loads_.map(); }
  const Topology& topology() const { return topology_; }
  /// A vCPU that waits may not run before then, by its discipline's rules.
  Time eligible_at(VcpuId vcpu, Time now) const {
    return runqueues_[runqueue_of(vcpus_[vcpu].where.load(std::memory_order_relaxed))].eligible_at(vcpu, now);
  }
  /// Who may be on each runqueue at any time, by their affinities.
  IdVector<RunqueueId, Crowd> crowds() const;
  /// `of` with what it says of `vcpu`, which waits on `rq`.
  Crowd as_seen_by(VcpuId vcpu, RunqueueId rq, Crowd of) const;
  const RunqueueRecord& place_of(VcpuId vcpu) const { return table_[vcpu]; }
  /// Might `vcpu`, which waits, have gone there at any time in the last `span`, for all that reservations have to say?
  bool might_have_gone(VcpuId vcpu, PcpuId to, Duration span, Time now) const;
  /// It is co-stopped, and should have been looked at before now.
  bool is_forgotten(VcpuId vcpu, Time now) const;
  /// Do disciplines' bounds of waits hold? They are stated for weights that stay.
  bool states_bounds() const { return parts() == nullptr; }
  Time last_change() const { return last_change_; }  // of who may run where or how: everyone's window begins anew
  /// Of that, or of a weight: what a discipline promises for all to wait begins anew.
  Time last_promise() const { return std::max(last_change_, last_weight_); }
  const PolicyHistory& policies() const { return policies_; }
  const Pools& pools() const { return pools_; }
  const Policy& policy_at(PcpuId pcpu) const { return in_force_at(pcpu).policy; }
  /// Work between two markings of a vCPU's pages that the policy asks for, the least of the pools'; 0: none.
  Duration numa_scan() const {
    Duration least{0};
    policies_.for_each_in_force([&](const Policy& policy) {
      const Duration scan = policy.numa == nullptr ? Duration{0} : policy.numa->scan();
      if (scan > Duration{0} && (least == Duration{0} || scan < least)) least = scan;
    });
    return least;
  }

  // ---- after the last returned() ----
  /// Accounts everything up to `end` and checks that time adds up.
  void close(Time end);
  void fill(RunReport& report) const;
  const LoadView& loads() const { return loads_; }
  /// Throws CheckFailure unless every vCPU is in exactly one place; nobody else may be in the dispatcher.
  void check_invariants() const;

 private:
  struct Pass {  // what one pass through a runqueue did, to be told once it is released
    VcpuId out = kNoVcpu;      // who was put; kNoVcpu: the pCPU was idle
    SwitchOut how = SwitchOut::Idle;
    VcpuId in = kNoVcpu;       // who runs now; kNoVcpu: nobody
    VcpuId blocked = kNoVcpu;  // == out, if it has just published Blocked
    PcpuId moved_from = kNoPcpu;  // where `in` ran last, if elsewhere
    MigrateWhy moved_by = MigrateWhy::Placement;
    PcpuId call = kNoPcpu;     // an idle one that shall come for one who still waits
    PcpuId tell = kNoPcpu;     // one that shall run one who still waits instead
    std::size_t waiting = 0;   // in the runqueue, when all was done
    Time at{};                 // when `in` began, or `out` ended if nobody runs
    bool switched = false;
  };
  struct HandOver {
    bool done = false, asleep = false;
    Time at{};
  };

  RunqueueId runqueue_of(PcpuId pcpu) const { return loads_.runqueue_of(pcpu); }
  bool shares() const { return loads_.map().shares(); }
  std::uint16_t called(RunqueueId rq) const;
  /// Of `pcpu`'s runqueue.
  Time& waits_since(PcpuId pcpu) { return pcpus_[shares() ? loads_.map().lead(runqueue_of(pcpu)) : pcpu].waits_since; }
  Time next_balance(PcpuId self, Time now) const;
  friend class DispatcherSurroundings;
  const PolicyHistory::Entry& in_force_at(PcpuId pcpu) const { return policies_.in_force(pools_.of(pcpu)); }
  PoolId pool_of(VcpuId vcpu) const { return pools_.of(vcpus_[vcpu].traits.allowed); }
  const Policy& policy_of(VcpuId vcpu) const { return policies_.in_force(pool_of(vcpu)).policy; }
  Placer& placer_of(VcpuId vcpu) const { return *policy_of(vcpu).placer; }
  KickCounts& counts_of(PcpuId kicker) { return kicker == kNoPcpu ? kicks_elsewhere_ : pcpus_[kicker].kicks; }
  Time begin(PcpuId self, Duration PcpuRecord::*spent_as);
  void fire_timers(PcpuId self, Time now);
  Next settle(PcpuId self, const Exit* exit, Time now);
  /// `taken`: the start of a vCPU that was handed over, if there was one.
  Pass pass(PcpuId self, const Exit* exit, Time ended, Pass& taken);
  bool keeps_running(PcpuId self, const Exit* exit, Time now);
  void put_current(PcpuId self, const Exit* exit, Time now, Pass& out);
  /// Under its runqueue: `pick` is what pCPU `target` runs from now on.
  void install(PcpuId target, const Pick& pick, Time now);
  /// Under its runqueue: what pCPU `self` runs began at `now`.
  void account_start(PcpuId self, Time now, Pass& out);
  void count_migration(VcpuId vcpu, Distance far, MigrateWhy why);
  void tell(PcpuId self, const Pass& what);
  Next idle_on(PcpuId self, Time now);
  Time woken_by(PcpuId self) const { return std::min(pcpus_[self].timers.next(), pcpus_[self].look_at); }
  void end_idling(PcpuId self, Time now);
  void set_idle_tick(PcpuId self, Time now);
  void tick_idle(PcpuId self, Time now);

  /// Whoever wins `from` (Blocked, Throttled) -> Waking places it.
  /// It might have been woken at `due`; kNever: only now.
  void try_wake(VcpuId vcpu, VcpuState from, Time due = kNever);
  void wake(VcpuId vcpu, Time due);
  struct Joined {
    PcpuId pcpu, told;  // told: kNoPcpu, nobody need be
    HandOver handed;
    std::uint16_t length = 0;  // of the runqueue, with it
  };
  /// `vcpu`, which is Waking and the caller's, joins the runqueue that placement chooses.
  Joined place(VcpuId vcpu, EnqueueWhy why, Time now);
  /// Under `pcpu`'s runqueue, the same there.
  Joined enter(PcpuId pcpu, VcpuId vcpu, EnqueueWhy why, Time now);
  PcpuId choose_place(const PlacementRequest& request, const LoadView& view);
  Joined stand_in_line(VcpuId vcpu);
  void call_line();
  void fit_placer(Policy& policy);
  /// Null: all pCPUs that it may use are alike to it.
  const PcpuSet* preferred_by(VcpuId vcpu) const {
    return preferred_ == nullptr || (*preferred_)[vcpu].empty() ? nullptr : &(*preferred_)[vcpu];
  }
  bool leaves_preferred(VcpuId vcpu, PcpuId to) const;
  void tell_of(const Joined& joined);
  /// Under `pcpu`'s runqueue: `vcpu` joins it. Who must be told: kNoPcpu, nobody.
  PcpuId join(PcpuId pcpu, VcpuId vcpu, EnqueueWhy why, Time now);
  /// Under `pcpu`'s runqueue, which the one who joined it last alone waits in: hands that vCPU over, if `pcpu` polls.
  HandOver hand_over(PcpuId pcpu, Time now);
  void charge_current(PcpuId pcpu, Time now);
  void kick(PcpuId target, KickHow how);
  /// A message from the thread that calls to `target` goes out at `at`.
  void count_kick(PcpuId target, KickHow how, Time at);
  void publish(PcpuId pcpu, Time now);

  bool balance(PcpuId self, Trigger trigger, Time now);
  std::optional<Pick> pick_here(PcpuId self, Time now) {
    return shares() ? pick_shared(self, now) : runqueues_[runqueue_of(self)].pick(now);
  }
  std::optional<Pick> pick_next(PcpuId self, Time now, Pass& out) {
    if (pcpus_[self].boosted == kNoVcpu && !has_gates()) [[likely]] return pick_here(self, now);
    return pick_past_gates(self, now, out);
  }
  std::optional<Pick> pick_past_gates(PcpuId self, Time now, Pass& out);
  std::optional<Pick> pick_shared(PcpuId self, Time now);
  bool has_gates() const { return caps_ != nullptr || co() != nullptr; }
  CoGate* co() const { return co_.load(std::memory_order_acquire); }
  ShareGate* parts() const { return parts_.load(std::memory_order_acquire); }
  bool may_run_beside(PcpuId self, VcpuId vcpu, Time now, Pass& out);
  bool may_go_on(PcpuId self, Time now);
  void put_aside(PcpuId self, VcpuId vcpu, Time now);
  /// Some gate looks at who of a VM is ready.
  bool gates_watch() const { return co() != nullptr || parts() != nullptr; }
  void tell_gates_ready(VcpuId vcpu, VcpuState before, Time now);
  void tell_gates_gone(VcpuId vcpu, bool blocks);
  void tell_gates_online(const PcpuSet& online);
  bool take_part(VcpuId vcpu);
  void weigh_anew(Runqueue& rq, VcpuId vcpu, Time now);
  void make_gates(const Policy& policy);
  bool is_granted(PcpuId self, Pick& pick, Time now, Pass& out);
  void throttle(PcpuId self, VcpuId vcpu, Time now);
  void timer_due(VcpuId vcpu, Time due);

  ExitWhy after_spin(PcpuId self, Time now);
  bool boost(PcpuId self, VcpuId chosen, Time now);
  std::optional<Pick> pick_boosted(PcpuId self, Time now);

  PcpuId seated(const PlacementRequest& request, PcpuId wanted);
  PcpuSet with_room(VcpuId vcpu, Time now) const;
  bool has_room(VcpuId vcpu, PcpuId at, Time now) const;
  PcpuId idle_preferred_by(VcpuId vcpu, PcpuId from, Time now) const;
  PcpuId nearest_idle_for(VcpuId vcpu, PcpuId from, Time now) const;
  bool takes_seat(VcpuId vcpu, PcpuId to, Time now);
  bool is_seated(VcpuId vcpu, PcpuId at) const;
  void check_seats() const;
  std::size_t pcpus_for(const PcpuSet& allowed, RunqueueId rq) const;
  Duration waits_at_most(VcpuId vcpu, const Crowd& all) const;
  void fill_waits(RunReport& report) const;
  void fill_gates(VcpuId vcpu, VcpuReport& out) const;
  void check_sharing() const;
  void check_not_forgotten(VcpuId vcpu) const;

  struct alignas(64) Sharing {    // of a runqueue that several pCPUs share; its holder's
    std::uint16_t idle = 0, called = 0;  // pCPUs with PcpuRecord::idles; with PcpuRecord::called
    bool has_news = false;               // somebody who waits has been changed: whoever comes first serves
    std::vector<VcpuId> waiting;         // who waits, while that is looked through
  };
  void make_runqueues();
  bool is_changing(PcpuId pcpu) const;
  bool has_news(PcpuId pcpu) const { return shared_[runqueue_of(pcpu)].has_news || is_changing(pcpu); }
  bool is_housed(VcpuId vcpu, PcpuId pcpu) const;
  void set_idle(PcpuId pcpu, bool idle);
  void call(PcpuId pcpu);
  void came(PcpuId pcpu);
  void count_online(PcpuId pcpu);
  PcpuId whom_to_call(PcpuId self, Time now);
  PcpuId whom_to_preempt(PcpuId self, const Pass& pass, Time now);
  PcpuId first_to_preempt_for_any(PcpuId self, Time now);
  PcpuId who_knows_no_better(PcpuId self, VcpuId vcpu, Time now) const;
  PcpuId join_shared(PcpuId target, VcpuId vcpu, EnqueueWhy why, Time now);
  PcpuId first_to_preempt(PcpuId target, VcpuId vcpu, PcpuId but, Time now) const;
  template <typename Visit>
  void for_each_member(PcpuId of, Visit visit) const {
    loads_.map().for_each_member(of, visit);
  }

  std::mutex& open_desk();
  void announce(VcpuId vcpu);
  void ask(PcpuId pcpu);
  void serve(PcpuId self, Time now);
  void take_change(VcpuId vcpu);
  void bring_back(PcpuId self, std::span<const VcpuId> staying, Time now);
  void send_off(PcpuId self, std::uint32_t left, Time now);

  struct Moves;
  Moves perform(PcpuId self, Plan& plan, Balancer& balancer, Time now);
  void ask_for_help(PcpuId self, PcpuId helper);
  void help_all(PcpuId self, Time now);
  std::uint32_t help(PcpuId self, PcpuId idle, Time now);
  Moves carry_out(const Plan& plan, const Balancer& balancer, Time now);
  std::optional<Plan> push_where_allowed(const Plan& plan, Time now);
  Moves move_victims(const Plan& plan, Time now);
  struct Way {
    PcpuId from, to;
  };
  bool may_move(VcpuId vcpu, const Way& way, Time now) const;
  bool is_hot(VcpuId vcpu, const Plan& plan, Time now) const;
  bool is_coming(VcpuId vcpu, PcpuId pcpu, Time now) const;
  void send_displaced(const Plan& plan, const Balancer& balancer, Time now, Moves& moves);
  void move(VcpuId vcpu, const Way& way, MigrateWhy why, Time now, Moves& moves);
  Moves exchange(const Plan& plan, Time now);
  std::size_t offers(const Way& way, Time now, std::span<Offer, kMostOffers> out) const;
  struct Step {  // of two
    bool leaves_preferred;
    Time now;
  };
  void take_along(std::span<const VcpuId> victims, const Plan& plan, Step step, Moves& moves);
  void tell_lengths(const Plan& plan, const Moves& moves, Time now);
  void count_plan(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved);

  /// Whoever `plan.from` runs shall go to `plan.to`, for the reason `why`, at its next exit. Done: it was asked.
  PlanOutcome ask_to_go(const Plan& plan, const Balancer& balancer, MigrateWhy why, Time now);
  PlanOutcome may_ask(const Plan& plan, const Balancer& balancer, Time now) const;
  PlanOutcome still_goes(PcpuId self) const;
  void end_asking(PcpuId self, PlanOutcome outcome);
  Joined arrive(PcpuId self, const PcpuRecord::Leaver& leaver, Time now);
  void make_room_for_moves(const Policy& policy);

  World& world_;
  std::shared_ptr<CbsServers> servers_;  // null: nobody has a reservation
  Pools pools_;
  PublishedLoads loads_;
  PolicyHistory policies_;
  const Topology& topology_;
  RunqueueTable table_;
  IdVector<RunqueueId, Runqueue> runqueues_;
  IdVector<RunqueueId, Sharing> shared_;  // where pCPUs share runqueues
  IdVector<VcpuId, RareMoves> rare_moves_;  // where there may be any; belongs with VcpuHistory
  std::atomic<bool> restricted_{false};   // where pCPUs share them: some vCPU may not run everywhere; set before
  std::unique_ptr<IdVector<VcpuId, PcpuSet>> preferred_;  // within `allowed`; with the record. Null: nobody ever has
  host::Spinlock line_;                   // the order of who stands in line and who changes the policy
  IdVector<VcpuId, VcpuRecord> vcpus_;
  IdVector<VmId, std::vector<VcpuId>> vms_;
  IdVector<VcpuId, VcpuHistory> histories_;
  IdVector<PcpuId, PcpuRecord> pcpus_;
  Time started_{};
  SpinGate spins_;
  std::atomic<bool> directs_{false};  // some policy so far lets spinners choose; a hint
  std::unique_ptr<CapGate> caps_;  // null: nobody is capped
  std::unique_ptr<CoGate> co_kept_;        // once a policy has asked for it
  std::unique_ptr<ShareGate> parts_kept_;  // likewise
  std::atomic<CoGate*> co_{nullptr};
  std::atomic<ShareGate*> parts_{nullptr};
  std::unique_ptr<SeatGate> seats_;  // null: likewise
  ChangeDesk desk_;
  Time last_change_{}, last_weight_{};  // the holder of desk_.order
  KickCounts kicks_elsewhere_;
  std::atomic<std::size_t> finished_{0};
  std::vector<std::atomic<bool>> helping_;  // by pool: a pCPU has been chosen to balance for all of it that idle, and
                                            // has not done yet
};

}  // namespace roost
