// The room: a vCPU of a VM that is stopped and started again: a scripted vCPU for each of its lives, each in its turn.
// Not here: what one of them does (scripted_vcpu), a guest's lives (late_vcpu).
// Invariants: it has ended once the last of them has. A life is over when its scripted vCPU has stopped; the next one
//   waits for its start by itself.
#pragma once

#include <atomic>
#include <utility>
#include <vector>

#include "vmm/workload/scripted_vcpu.hpp"

namespace roost {

class Lives final : public SteppedVcpu {
 public:
  explicit Lives(std::vector<ScriptedVcpu*> lives) : lives_(std::move(lives)) {}

  // ---- whoever runs it ----
  Step step(Time now) override {
    for (;;) {
      const std::size_t at = at_.load(std::memory_order_relaxed);
      const Step step = lives_[at]->step(now);
      if (step.kind != Step::Kind::Stop || at + 1 == lives_.size()) return step;
      at_.store(at + 1, std::memory_order_release);
    }
  }
  void worked(Duration work) override { lives_[at_.load(std::memory_order_relaxed)]->worked(work); }

  // ---- any thread ----
  /// One that comes between two lives is for neither.
  void post_interrupt(unsigned line, bool level) override {
    lives_[at_.load(std::memory_order_acquire)]->post_interrupt(line, level);
  }

 private:
  std::vector<ScriptedVcpu*> lives_;
  std::atomic<std::size_t> at_{0};  // the present one
};

}  // namespace roost
