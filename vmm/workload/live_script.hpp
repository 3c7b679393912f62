// The room: a stepped vCPU on a real pCPU: it really spends the time that its steps take, and touches what memory they
//   use.
// Not here: its steps (SteppedVcpu), its memory (working_sets).
// Invariants: every run() steps at least once, so what was posted before the call is seen. Scripts count time from
//   zero; `zero` is when that was by the world's clock.
#pragma once

#include <functional>
#include <utility>

#include "vmm/vcpu/clock.hpp"
#include "vmm/vcpu/stepped_vcpu.hpp"
#include "vmm/vcpu/vcpu.hpp"
#include "vmm/workload/working_sets.hpp"

namespace roost {

class LiveScript final : public Vcpu {
 public:
  /// `memory` holds what its steps may touch.
  LiveScript(SteppedVcpu& vcpu, const Clock& clock, Duration zero, WorkingSets memory = {})
      : vcpu_(vcpu), clock_(clock), zero_(zero), memory_(std::move(memory)) {}

  Exit run(const Budget& budget) override;
  void post_interrupt(unsigned line, bool level) override { vcpu_.post_interrupt(line, level); }

  // ---- after the run ----
  const WorkingSets& memory() const { return memory_; }

 private:
  /// Returns when the clock shows `end` or later, or the doorbell rings; the time.
  Time spin_until(Time end, const Budget& budget) const;
  /// Likewise, and touches the memory of `step`, which begins at `now`.
  Time touch_until(Time end, Time now, const Step& step, const Budget& budget);

  SteppedVcpu& vcpu_;
  const Clock& clock_;
  Duration zero_;
  WorkingSets memory_;
};

/// What scripts tell a live world: a poller sees for itself what it polls.
class LiveSink final : public StepSink {
 public:
  using Confine = std::function<void(VcpuId, const PcpuSet&)>;
  LiveSink(WakeSink& world, Confine confine) : world_(world), confine_(std::move(confine)) {}
  void wake(VcpuId vcpu) override { world_.wake(vcpu); }
  void wake_and_block(VcpuId vcpu) override { world_.wake_and_block(vcpu); }
  void notice(VcpuId) override {}
  void confine(VcpuId vcpu, const PcpuSet& allowed) override { confine_(vcpu, allowed); }

 private:
  WakeSink& world_;
  Confine confine_;
};

}  // namespace roost
