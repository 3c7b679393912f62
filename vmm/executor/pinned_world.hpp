// The room: the live world: one pinned host thread per pCPU, real time, the dispatcher's steps in a loop.
// Not here: decisions (sched/), the order of steps (dispatcher), a thread per vCPU (host_threads).
// Invariants: pCPU p's vCPU runs on p's thread only; nobody touches a runqueue without its lock.
// tidy: dead: its only user is its own source, which defines LiveWorld::pinned.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <semaphore>

#include "vmm/executor/dispatcher.hpp"
#include "vmm/executor/event_log.hpp"
#include "vmm/executor/live_clock.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/executor/name_tenants.hpp"
#include "vmm/executor/trace_conservation.hpp"
#include "vmm/host/doorbell.hpp"
#include "vmm/host/relax.hpp"
#include "vmm/host/spinlock.hpp"

namespace roost {

class PinnedWorld final : public LiveWorld, private World, private WakeSink {
 public:
  PinnedWorld(LiveConfig config, Policy policy);

  const Clock& clock() const override { return clock_; }
  WakeSink& wake_sink() override { return *this; }
  RunEnd run(std::vector<TenantVm> vms, std::vector<Tenant> tenants) override;
  void cut_off(RunEnd why) override;
  bool change(const std::function<void(RunChanges&)>& change) override;
  RunReport report() const override;
  Time began() const override { return began_; }
  std::vector<Event> events() const override;
  std::uint64_t events_lost() const override;

 private:
  struct alignas(64) Pcpu {
    explicit Pcpu(const LiveConfig& config) : log(config.trace_capacity, config.trace_scope) {}
    host::Doorbell bell;
    host::Spinlock runqueue_lock;
    EventLog log;
    std::uint64_t sleeps = 0, polls_hit = 0, kicks_polled = 0;
  };

  // World, for the dispatcher
  Time now() override { return host::monotonic_now(); }
  void acquire(RunqueueId rq) override { pcpus_[index(rq)]->runqueue_lock.lock(); }
  void release(RunqueueId rq) override { pcpus_[index(rq)]->runqueue_lock.unlock(); }
  void kick(PcpuId pcpu, KickHow) override;
  void may_use(VcpuId vcpu, const PcpuSet& allowed, Time at) override {
    if (recording()) changes_.push_back({.at = at, .vcpu = vcpu, .allowed = allowed});
  }
  void takes_part(PcpuId pcpu, bool online, Time at) override {
    if (recording()) changes_.push_back({.at = at, .pcpu = pcpu, .online = online});
  }
  bool awaits_vcpu(PcpuId pcpu) const override { return pcpus_[index(pcpu)]->bell.awaits_vcpu(); }
  bool hand(PcpuId pcpu, VcpuId vcpu, Duration slice) override;
  void relax() override {
    check(!broken_.load(std::memory_order_relaxed), "nobody waits for a thread that a breach has ended");
    host::relax();
  }
  bool recording() const override { return elsewhere_.on(); }
  void record(const Event& event) override;
  PcpuId self() const override;
  // WakeSink, for the machines
  void wake(VcpuId vcpu) override;
  void wake_and_block(VcpuId vcpu) override;

  /// Whatever enters the dispatcher goes through this: the first breach, or what a user's discipline throws, is kept,
  /// and ends the run.
  template <typename Do>
  void guarded(Do act) {
    try {
      act();
    } catch (...) {
      keep_breach(std::current_exception());
    }
  }
  void keep_breach(std::exception_ptr breach);
  void thread_main(PcpuId self);
  Dispatcher::Next idle(PcpuId self, const Dispatcher::Next& wait);
  void stop_all();
  RunEnd wait_for_end();
  void announce_end();

  LiveConfig config_;
  Policy policy_;  // until run()
  bool shares_cpus_;  // two pCPUs are pinned to one host CPU: who polls there takes the time of the one it waits for
  LiveClock clock_;
  std::vector<std::unique_ptr<Pcpu>> pcpus_;
  std::mutex outside_;  // wakers that are no pCPU, and the end of run()
  std::mutex elsewhere_mutex_;
  EventLog elsewhere_;
  std::vector<TenantVm> vms_;
  std::vector<Tenant> tenants_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::atomic<Dispatcher*> awake_{nullptr};  // published once its start() is done, for wake() from any thread
  std::vector<PlaceChange> changes_;  // the dispatcher takes one after the other
  Time began_{}, ended_{};
  std::atomic<bool> stopping_{false};     // pCPU threads: leave your loop; the bell that follows makes them look
  CutOff cut_off_;
  std::atomic<bool> broken_{false};       // breach_ is being written; read once all threads that may have are joined
  std::exception_ptr breach_;
  std::atomic<bool> announced_{false};    // end_ was released
  std::atomic<bool> begun_{false};        // awake_ was published; partner: change() waits for it
  std::binary_semaphore end_{0};          // all have stopped, or cut_off() was called
};

}  // namespace roost
