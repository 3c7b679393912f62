// The room: a vCPU whose machine is switched on later, or off and on again: a hart of each of its machines in turn.
//   Until a machine's time has come it is halted.
// Not here: switching it off (its machine), scripts, which know themselves when they start.
#pragma once

#include <utility>
#include <vector>

#include "vmm/vcpu/clock.hpp"
#include "vmm/vcpu/vcpu.hpp"

namespace roost {

class LateVcpu final : public Vcpu {
 public:
  struct Life {
    Vcpu* hart = nullptr;
    Time starts_at{};  // by the clock
  };
  LateVcpu(std::vector<Life> lives, const Clock& clock) : lives_(std::move(lives)), clock_(clock) {}

  Exit run(const Budget& budget) override {
    for (std::uint64_t before = 0;;) {
      const Life& life = lives_[at_];
      if (clock_.now() < life.starts_at)
        return {.why = ExitWhy::Halted, .retired = before, .wake_at = life.starts_at};
      Exit exit = life.hart->run(budget);
      exit.retired += before;
      if (exit.why != ExitWhy::Stopped || at_ + 1 == lives_.size()) return exit;
      before = exit.retired;
      ++at_;
    }
  }
  /// Not here: each machine's own devices reach its own harts.
  void post_interrupt(unsigned line, bool level) override { lives_.front().hart->post_interrupt(line, level); }

 private:
  std::vector<Life> lives_;
  const Clock& clock_;
  std::size_t at_ = 0;  // the present one
};

}  // namespace roost
