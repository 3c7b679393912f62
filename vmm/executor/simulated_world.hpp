// The room: the simulated world: the dispatcher's steps for any host, on one thread, in virtual time.
// Not here: decisions (sched/), the order of steps (dispatcher), what things cost (cost_model), what vCPUs do
//   (SteppedVcpu).
// Invariants: events are handled in one total order (event_queue); nothing reads a host clock, an address or a hash
//   order, so one configuration is one trace, byte for byte.
//
// Each pCPU has at most one plan: when it acts next. Acting, it has a local time that runs ahead of the event's as it
// pays for what it does (locks, reads, switches, IPIs); whatever it causes elsewhere is planned from that local time
// on. Where two pCPUs' local times overlap, the earlier event goes first: a lock is granted in event order, which can
// differ from local order by the length of one decision.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "vmm/caches/memory_model.hpp"
#include "vmm/executor/cost_model.hpp"
#include "vmm/executor/dispatcher.hpp"
#include "vmm/executor/event_log.hpp"
#include "vmm/executor/event_queue.hpp"
#include "vmm/executor/idle_while_waiting.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/executor/monitor.hpp"
#include "vmm/executor/pace.hpp"
#include "vmm/executor/priced_view.hpp"
#include "vmm/vcpu/clock.hpp"
#include "vmm/vcpu/stepped_vcpu.hpp"

namespace roost {

struct SimulatedConfig {
  Topology topology;
  CostModel costs{};
  Duration time_limit = Duration::max();
  std::uint64_t tie_seed = 0;      // not 0: events of equal time in an order drawn from it
  std::size_t trace_capacity = 0;  // events kept; 0: no trace
  TraceScope trace_scope{};
  CapPlan caps{};
  std::vector<PcpuSet> preferred{};  // soft affinities, by vCPU; empty: nobody ever has one
};

struct SteppedTenant {
  SteppedVcpu* vcpu = nullptr;
  VcpuTraits traits;
  std::uint32_t number = 0;  // within its VM
};

class SimulatedWorld final : private World, private StepSink, private Clock {
 public:
  /// Before policy, world and vCPUs of such a size are made: so large ones are faster.
  static void make_room(std::size_t pcpus, std::size_t vcpus);
  SimulatedWorld(SimulatedConfig config, Policy policy);

  const SimulatedConfig& config() const { return config_; }
  const Clock& clock() const { return *this; }
  /// The pCPU whose doings are being simulated, or kNoPcpu.
  PcpuId acting() const { return acting_; }
  StepSink& sink() { return *this; }
  /// Calls `what` at `when`, as a device would: on no pCPU. Before or during run().
  void at(Time when, std::function<void()> what);
  RunEnd run(std::vector<TenantVm> vms, std::vector<SteppedTenant> tenants);
  /// For what at() calls during run(): on no pCPU, between two events.
  RunChanges& changes() { return *dispatcher_; }
  /// Any thread, also a signal handler: ends run() before its next event, for the first reason that was given.
  void cut_off(RunEnd why) { cut_off_.ask(why); }
  void interrupt() { cut_off(RunEnd::Interrupted); }

  /// Any thread, while run() runs: the virtual time that it has come to and the events handled, a little old.
  Time progress() const { return time_at(progress_.load(std::memory_order_relaxed)); }
  std::uint64_t events_so_far() const { return events_so_far_.load(std::memory_order_relaxed); }

  RunReport report() const;
  std::vector<Event> events() const;
  std::uint64_t events_lost() const { return log_.lost(); }
  std::uint64_t events_handled() const { return handled_; }

 private:
  enum class Kind : std::uint32_t { Act, Tick, Kick, Notice, External };  // Tick: an Act for an idle tick alone
  struct Planned {  // what an event of the queue means
    Kind kind;
    std::uint32_t who;   // pCPU; External: index of the call
    std::uint32_t plan;  // Act, Tick, Notice: void unless it is still the pCPU's plan
  };
  struct alignas(64) Pcpu {
    std::uint32_t plan = 0;    // the generation of its plan; older Act events are void
    std::uint32_t kicks = 0;   // on their way
    VcpuId vcpu = kNoVcpu;
    bool rung = false;         // a kick has arrived and is not yet taken
    bool in_memory = false;    // the memory model follows this stretch of work
    Step::Kind doing = Step::Kind::Compute;  // what the vCPU is at
    bool divisible = true;                   // Step::divisible of it
    SteppedVcpu* stepped = nullptr;          // `vcpu`
    Duration left{0};          // of its work
    Time worked_at{};          // up to when `left` is true
    Time ends_at = kNever;     // when `left` will be done at the present speed
    Time until = kNever;       // Next::until
    std::uint64_t speed = 1024;
    // ---- the next line
    Time polls_until = kNever;   // then it comes out: it spins
    Time busy_until{};         // its local time when it last acted
    Time idle_since{};
    Time poll_until{};         // Dispatcher::Idling::poll_until
    std::uint64_t retired = 0;   // since its vCPU was switched in or last came out
    std::uint64_t sleeps = 0, polls_hit = 0, kicks_polled = 0;
    IdleTimes waited{};
    std::uint32_t core = 0, capacity = 1024;  // its place
  };
  struct Resident {  // what is remembered of a SteppedTenant
    SteppedVcpu* stepped = nullptr;
    VmId of{0};
    std::uint32_t number = 0;
    VmId vm() const { return of; }
  };
  struct Stretch {  // of work that uses memory
    VcpuId vcpu = kNoVcpu;
    Time began{};
  };
  struct Lock {
    Time free_at{};
    PcpuId last = kNoPcpu;
  };
  struct Core {
    std::uint32_t busy = 0;      // siblings that run something; not kept of a core of one pCPU
    std::vector<PcpuId> pcpus;
  };

  // World, for the dispatcher; local_ is the time of whoever acts
  Time now() override { return local_; }
  void ticked(PcpuId) override { local_ += config_.costs.of(Cost::TickCost); }
  Time refreshed(Time) override { return local_; }
  Time switched(PcpuId pcpu, VcpuId out, VcpuId in, Time now) override;
  void waits(VcpuId vcpu, Time since) override;
  void runs(VcpuId vcpu, Time since) override { idle_->runs(vcpu, since); }
  void may_use(VcpuId vcpu, const PcpuSet& allowed, Time at) override { idle_->may_use(vcpu, allowed, at); }
  const LoadView& view(const PublishedLoads& published) override;
  void acquire(RunqueueId rq) override;
  void release(RunqueueId rq) override;
  void kick(PcpuId pcpu, KickHow how) override;
  bool recording() const override { return true; }
  void record(const Event& event) override {
    monitor_.note(event);
    if (log_.on()) log_.add(event);
  }
  PcpuId self() const override { return acting_; }
  std::optional<std::uint64_t> free_memory(NodeId node) const override;
  // StepSink and Clock, for what is simulated
  void wake(VcpuId vcpu) override;
  void wake_and_block(VcpuId vcpu) override;
  void notice(VcpuId vcpu) override;
  void confine(VcpuId vcpu, const PcpuSet& allowed) override;
  Time now() const override { return local_; }

  void go_through_events(Time limit);
  void plan(PcpuId pcpu, Time at, Kind kind = Kind::Act);
  /// Nothing will ever happen again.
  bool over() const { return queue_.size() == ticks_planned_; }
  void handle(Time at, const Planned& event);
  void look_ahead() const;
  void act(PcpuId pcpu, Time at);
  void go_on(PcpuId pcpu);
  bool runs_until_planned(PcpuId pcpu, Exit& exit);
  bool polls_on(PcpuId id);
  void start_work(PcpuId id, const Step& step);
  void account_work(Pcpu& pcpu, Time at);
  Duration enter_memory(PcpuId id, const Step& step);
  void leave_memory(PcpuId id, Time at);
  void fill_memory(RunReport& report) const;
  void take(PcpuId pcpu, Dispatcher::Next next);
  void set_busy(PcpuId pcpu, bool busy);
  void account_idle(Pcpu& pcpu, Time until) const;
  void check_idle_times() const;
  bool polls(const Pcpu& pcpu, Time at) const { return pcpu.vcpu == kNoVcpu && at <= pcpu.poll_until; }
  Duration idle_exit(const Pcpu& pcpu, Time at) const;
  std::uint64_t speed_of(const Pcpu& pcpu) const;

  SimulatedConfig config_;
  Tick tick_;
  Policy policy_;  // until run()
  EventQueue<Planned> queue_;
  Time local_{};
  PcpuId acting_ = kNoPcpu;
  IdVector<PcpuId, Pcpu> pcpus_;
  IdVector<RunqueueId, Lock> locks_;
  std::vector<Core> cores_;
  std::vector<std::function<void()>> calls_;  // of External events
  std::vector<std::uint32_t> free_calls_;     // places in it that have been called
  PricedView view_;
  std::unique_ptr<MemoryModel> memory_;  // once a vCPU uses memory
  IdVector<PcpuId, Stretch> stretches_;
  EventLog log_;
  Monitor monitor_;
  std::vector<TenantVm> vms_;
  std::vector<Resident> residents_;  // by vCPU
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<IdleWhileWaiting> idle_;  // from run() on
  std::size_t ticks_planned_ = 0;  // Tick events in the queue
  Time ended_{};
  std::uint64_t handled_ = 0;
  // For who watches: each is a hint, and publishes nothing else.
  std::atomic<std::int64_t> progress_{0};
  std::atomic<std::uint64_t> events_so_far_{0};
  CutOff cut_off_;
};

}  // namespace roost
