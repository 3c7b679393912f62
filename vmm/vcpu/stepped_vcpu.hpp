// The room: a vCPU whose doings come in steps: what happens at a moment, and then a stretch of work that takes time.
// The simulated world runs these; a live adaptor (workload) makes a Vcpu of one by really spending the time.
// Not here: how long work takes (the world knows capacity, SMT sharing, caches).
// Invariants: step() is called only when the work of the step before is done, or to look at interrupts again.
#pragma once

#include <cstdint>

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_set.hpp"
#include "sched/vocabulary/time.hpp"
#include "vmm/vcpu/wake_sink.hpp"

namespace roost {

/// What a vCPU's work does to caches, for worlds that model them.
struct MemoryUse {
  std::uint64_t working_set = 0;  // bytes; 0: none worth modelling
  std::uint64_t lines_per_us = 0; // distinct cache lines touched per microsecond of work
  std::uint32_t region = 0;       // which memory: vCPUs of one VM that name the same region share it
};

struct Step {
  enum class Kind : std::uint8_t {
    Compute,  // `work` is to be done; then step() again
    Poll,     // it spins on something: keeps its pCPU until notice(), an interrupt or the end of its slice
    Halt,     // nothing to do until an interrupt, or wake_at
    Yield,    // gives up the rest of its slice
    Pause,    // it has spun on something for a while
    Stop,     // never again
  };
  Kind kind = Kind::Compute;
  /// Compute: at the full speed of a pCPU of capacity 1024, alone on its core, with warm caches.
  Duration work{0};
  Duration wait{0};  // Compute: first, for memory: as long on a slow or shared core
  /// Compute: false if its effects have already happened, so that it must not be cut short by a kick (an rv64 quantum).
  bool divisible = true;
  Time wake_at = kNever;       // Halt
  std::uint64_t retired = 0;   // guest instructions, if it has any
  MemoryUse memory{};          // Compute
};

class SteppedVcpu {
 public:
  virtual ~SteppedVcpu() = default;
  /// Does all that happens at `now` (wakes others, takes a lock, ...) and says what comes next. A Compute whose work
  /// was cut short is taken up again with what is left, unless an interrupt changed its plans.
  virtual Step step(Time now) = 0;
  /// So much of the last Compute has been done.
  virtual void worked(Duration work) = 0;
  /// Any thread in a live world. Ends with WakeSink::wake.
  virtual void post_interrupt(unsigned line, bool level) = 0;
};

/// What stepped vCPUs may tell a world beside waking.
class StepSink : public WakeSink {
 public:
  /// What `vcpu` polls has changed. Costs a line transfer, no kick.
  virtual void notice(VcpuId vcpu) = 0;
  /// `vcpu`, which steps, may run on these pCPUs alone from now on; none: on all.
  virtual void confine(VcpuId vcpu, const PcpuSet& allowed) = 0;
};

}  // namespace roost
