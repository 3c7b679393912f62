// The room: the baseline: a host thread per vCPU that Linux schedules over the same host CPUs, QEMU's way.
// Not here: any policy of ours. What Linux decides is seen only from outside: `run` is the thread's CPU time,
//   `halted` its sleeps in WFI, `wait` the rest (ready, or being woken), `steal` what Linux calls run delay.
// Invariants: run + wait + halted == lifetime; no wakeup is lost (the bell stays rung until run() is about to look).
// tidy: dead: its only user is its own source, which defines LiveWorld::host_threads.
#pragma once

#include <atomic>
#include <memory>
#include <semaphore>

#include "vmm/executor/live_clock.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/host/doorbell.hpp"

namespace roost {

class HostThreads final : public LiveWorld, private WakeSink {
 public:
  explicit HostThreads(LiveConfig config) : config_(std::move(config)) {}

  const Clock& clock() const override { return clock_; }
  WakeSink& wake_sink() override { return *this; }
  RunEnd run(std::vector<TenantVm> vms, std::vector<Tenant> tenants) override;
  void cut_off(RunEnd why) override;
  bool change(const std::function<void(RunChanges&)>&) override { return false; }
  RunReport report() const override;
  Time began() const override { return began_; }
  std::vector<Event> events() const override { return {}; }
  std::uint64_t events_lost() const override { return 0; }

 private:
  struct alignas(64) Thread {
    host::Doorbell bell;
    std::atomic<std::int64_t> rung_at{0};  // when it was woken out of a sleep; 0: not
    VcpuReport report;                     // the thread's own until it has ended
  };

  void wake(VcpuId vcpu) override;
  void thread_main(VcpuId self, const std::vector<std::uint32_t>& cpus);
  void halt(Thread& thread, Time until);
  void announce_end();

  LiveConfig config_;
  LiveClock clock_;
  std::vector<TenantVm> vms_;
  std::vector<Tenant> tenants_;
  std::vector<std::unique_ptr<Thread>> threads_;
  Time began_{}, ended_{};
  std::atomic<bool> started_{false};  // publishes threads_ to wake()
  std::atomic<bool> stopping_{false}, announced_{false};
  CutOff cut_off_;
  std::atomic<std::size_t> finished_{0};
  std::binary_semaphore end_{0};
};

}  // namespace roost
