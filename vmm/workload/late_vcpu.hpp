// The room: a vCPU whose machine is switched on later: until then it is halted.
// Not here: switching it off (its machine), scripts, which know themselves when they start.
#pragma once

#include "vmm/vcpu/clock.hpp"
#include "vmm/vcpu/vcpu.hpp"

namespace roost {

class LateVcpu final : public Vcpu {
 public:
  /// `starts_at`: by `clock`.
  LateVcpu(Vcpu& vcpu, const Clock& clock, Time starts_at) : vcpu_(vcpu), clock_(clock), starts_at_(starts_at) {}

  Exit run(const Budget& budget) override {
    if (clock_.now() < starts_at_) return {.why = ExitWhy::Halted, .wake_at = starts_at_};
    return vcpu_.run(budget);
  }
  void post_interrupt(unsigned line, bool level) override { vcpu_.post_interrupt(line, level); }

 private:
  Vcpu& vcpu_;
  const Clock& clock_;
  Time starts_at_;
};

}  // namespace roost
