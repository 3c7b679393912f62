// The room: a stepped vCPU on a real pCPU: it really spends the time that its steps take.
// Not here: its steps (SteppedVcpu).
// Invariants: every run() steps at least once, so what was posted before the call is seen. Scripts count time from
//   zero; `zero` is when that was by the world's clock.
#pragma once

#include "vmm/vcpu/clock.hpp"
#include "vmm/vcpu/stepped_vcpu.hpp"
#include "vmm/vcpu/vcpu.hpp"

namespace roost {

class LiveScript final : public Vcpu {
 public:
  LiveScript(SteppedVcpu& vcpu, const Clock& clock, Duration zero) : vcpu_(vcpu), clock_(clock), zero_(zero) {}

  Exit run(const Budget& budget) override;
  void post_interrupt(unsigned line, bool level) override { vcpu_.post_interrupt(line, level); }

 private:
  /// Returns when the clock shows `end` or later, or the doorbell rings; the time.
  Time spin_until(Time end, const Budget& budget) const;

  SteppedVcpu& vcpu_;
  const Clock& clock_;
  Duration zero_;
};

/// What scripts tell a live world: a poller sees for itself what it polls.
class LiveSink final : public StepSink {
 public:
  explicit LiveSink(WakeSink& world) : world_(world) {}
  void wake(VcpuId vcpu) override { world_.wake(vcpu); }
  void notice(VcpuId) override {}

 private:
  WakeSink& world_;
};

}  // namespace roost
