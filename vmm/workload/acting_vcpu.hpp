// The room: a guest's vCPU that counts among those who may act, until it stops: whatever it waits for may come from its
//   own machine.
#pragma once

#include "vmm/vcpu/vcpu.hpp"
#include "vmm/workload/actors.hpp"

namespace roost {

class ActingVcpu final : public Vcpu {
 public:
  ActingVcpu(Vcpu& vcpu, Actors& actors) : vcpu_(vcpu), actors_(actors) { actors_.act(); }

  Exit run(const Budget& budget) override {
    const Exit exit = vcpu_.run(budget);
    if (exit.why == ExitWhy::Stopped) actors_.rest();
    return exit;
  }
  void post_interrupt(unsigned line, bool level) override { vcpu_.post_interrupt(line, level); }

 private:
  Vcpu& vcpu_;
  Actors& actors_;
};

}  // namespace roost
