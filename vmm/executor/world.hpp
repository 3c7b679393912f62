// The room: the dispatcher's only door to the world, live or simulated (law 3).
// Not here: any decision.
#pragma once

#include <cstdint>
#include <optional>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/trace/event.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_set.hpp"
#include "sched/vocabulary/time.hpp"
#include "vmm/executor/published_loads.hpp"

namespace roost {

class World {
 public:
  virtual ~World() = default;
  virtual Time now() = 0;
  /// The time by now, for one who read `earlier` a few steps ago. Live: `earlier`, for a clock read costs as much as
  /// the steps. Simulated: what the steps have cost is in it.
  virtual Time refreshed(Time earlier) { return earlier; }
  /// `pcpu` changes from running `out` to `in` (kNoVcpu: idle); returns when `in` begins.
  virtual Time switched(PcpuId /*pcpu*/, VcpuId /*out*/, VcpuId /*in*/, Time now) { return now; }
  /// `pcpu`, which calls and idles, has had its tick.
  virtual void ticked(PcpuId /*pcpu*/) {}
  /// `vcpu` has been waiting in a runqueue since then; or it has been running. May be called with a runqueue held.
  virtual void waits(VcpuId /*vcpu*/, Time /*since*/) {}
  virtual void runs(VcpuId /*vcpu*/, Time /*since*/) {}
  /// From `at` on `vcpu` may use these pCPUs; `pcpu` takes part, or not. From a thread that is no pCPU, one at a time.
  virtual void may_use(VcpuId /*vcpu*/, const PcpuSet& /*allowed*/, Time /*at*/) {}
  virtual void takes_part(PcpuId /*pcpu*/, bool /*online*/, Time /*at*/) {}
  /// How published loads look from here: as they are, or priced and aged.
  virtual const LoadView& view(const PublishedLoads& published) { return published; }
  /// Between the two, the caller alone touches that runqueue and the records of its vCPUs. Two are taken in id order.
  virtual void acquire(RunqueueId rq) = 0;
  virtual void release(RunqueueId rq) = 0;
  /// Brings `pcpu` back to Dispatcher::next(): out of a guest, out of polling or out of sleep. No lock is held.
  virtual void kick(PcpuId pcpu, KickHow how) = 0;
  /// Does `pcpu`, whose runqueue the caller holds, poll with nothing to run, so that hand() is faster than a kick?
  virtual bool awaits_vcpu(PcpuId /*pcpu*/) const { return false; }
  /// `pcpu`, which awaited one, runs `vcpu` for `slice`: it was switched in for it. True: it sleeps by now and must be
  /// kicked. The one message that is sent while a runqueue is held: who takes the runqueue later must find it sent.
  virtual bool hand(PcpuId /*pcpu*/, VcpuId /*vcpu*/, Duration /*slice*/) { return true; }
  /// Bytes of that node's memory that nobody has touched, if the world knows.
  virtual std::optional<std::uint64_t> free_memory(NodeId /*node*/) const { return std::nullopt; }
  /// The caller waits for another thread to take a few steps.
  virtual void relax() {}
  virtual bool recording() const = 0;
  /// Remembers it for the thread that calls. No lock is held.
  virtual void record(const Event& event) = 0;
  /// The pCPU whose thread calls, or kNoPcpu.
  virtual PcpuId self() const = 0;
};

}  // namespace roost
