// The room: the live worlds' one face: a pinned host thread per pCPU under our dispatcher, or, as the baseline, a
// thread per vCPU under Linux's scheduler.
// Not here: how they run (pinned_world, host_threads), what they run (Vcpu), how a run is shown (tools/report).
// Invariants: a world runs once. Tenants outlive it; wake_sink() may be used from its construction on.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sched/policy/policy.hpp"
#include "sched/topology/topology.hpp"
#include "vmm/executor/cap_gate.hpp"
#include "vmm/executor/event_log.hpp"
#include "vmm/executor/run_changes.hpp"
#include "vmm/executor/run_end.hpp"
#include "vmm/executor/run_report.hpp"
#include "vmm/vcpu/clock.hpp"
#include "vmm/vcpu/vcpu.hpp"
#include "vmm/vcpu/wake_sink.hpp"

namespace roost {

/// Something to run: the world does not know what is behind the vCPU.
struct Tenant {
  Vcpu* vcpu = nullptr;
  VcpuTraits traits;
  std::uint32_t number = 0;  // within its VM
  VmId vm() const { return traits.vm; }
};

struct TenantVm {
  std::string name, guest;
};

struct LiveConfig {
  Topology topology;                     // places of the pCPUs; PcpuPlace::host_cpu is what each is pinned to
  Duration time_limit = Duration::max();
  std::size_t trace_capacity = 0;        // events kept per pCPU; 0: no trace
  TraceScope trace_scope{};
  bool pin = true;                       // false: the host may move the threads
  CapPlan caps{};
  std::vector<PcpuSet> preferred{};      // soft affinities, by vCPU; empty: nobody ever has one
};

class LiveWorld {
 public:
  virtual ~LiveWorld() = default;
  virtual const Clock& clock() const = 0;
  virtual WakeSink& wake_sink() = 0;
  /// Runs all tenants until every vCPU has returned Stopped, the limit has passed or cut_off() was called.
  virtual RunEnd run(std::vector<TenantVm> vms, std::vector<Tenant> tenants) = 0;
  /// Any thread, also a signal handler: run() ends, for the first reason that was given.
  virtual void cut_off(RunEnd why) = 0;
  void interrupt() { cut_off(RunEnd::Interrupted); }
  /// Any thread but a pCPU's. Calls `change`, once run() has begun; false: it is over, or nobody here can change
  /// anything (Linux schedules). The changes are made by the pCPUs that they are about, soon after.
  virtual bool change(const std::function<void(RunChanges&)>& change) = 0;
  virtual RunReport report() const = 0;              // after run()
  virtual Time began() const = 0;                    // on clock(); after run()
  /// All recorded events in (time, recorder) order, their times since the run's start; after run().
  virtual std::vector<Event> events() const = 0;
  virtual std::uint64_t events_lost() const = 0;

  static std::unique_ptr<LiveWorld> pinned(LiveConfig config, Policy policy);
  static std::unique_ptr<LiveWorld> host_threads(LiveConfig config);  // a thread per vCPU that Linux schedules
};

}  // namespace roost
