// The room: real guest code in the simulated world: a Vcpu that runs a quantum of instructions at a moment of virtual
//   time and then takes the time that they would have taken.
// Not here: the engine (rv64), who runs when (the dispatcher), other vCPUs.
// Invariants: the guest's clock never goes back; one thread runs all; what a quantum does to memory happens at its
//   start, in (time, pCPU) order, so the same run is the same bytes. Other vCPUs see it up to a quantum early: the
//   error grows with the quantum, which is therefore stated in the result.
#pragma once

#include <algorithm>
#include <cstdint>

#include "vmm/vcpu/clock.hpp"
#include "vmm/vcpu/stepped_vcpu.hpp"
#include "vmm/vcpu/vcpu.hpp"

namespace roost {

/// The clock that guests read: the world's, and within a quantum as far ahead as the instructions before have come.
class QuantumClock final : public Clock {
 public:
  explicit QuantumClock(const Clock& world) : world_(world) {}
  Time now() const override { return std::max(world_.now(), shown_); }
  void show(Time time) { shown_ = time; }
  void show_world() { shown_ = Time::min(); }

 private:
  const Clock& world_;
  Time shown_ = Time::min();
};

struct QuantumPace {
  Duration quantum{10'000};
  std::int64_t instruction_ps = 500;  // one instruction, in picoseconds: half a nanosecond is 2 GHz at one a cycle
};

class QuantumVcpu final : public SteppedVcpu {
 public:
  /// `vcpu` reads `clock`, and so do all vCPUs of its machine.
  QuantumVcpu(Vcpu& vcpu, QuantumClock& clock, QuantumPace pace) : vcpu_(vcpu), clock_(clock), pace_(pace) {}

  Step step(Time now) override;
  void worked(Duration) override {}  // its effects have happened already
  void post_interrupt(unsigned line, bool level) override { vcpu_.post_interrupt(line, level); }

 private:
  struct Ran {
    std::uint64_t steps = 0;  // instructions and traps: what takes time
    std::uint64_t retired = 0;
    Exit exit;
  };
  Ran run_quantum(Time now);
  Duration time_of(std::uint64_t steps) const;
  Duration spend(std::uint64_t steps);

  Vcpu& vcpu_;
  QuantumClock& clock_;
  QuantumPace pace_;
  Time seen_ = Time::min();      // the latest time that the guest may have read
  std::int64_t carried_ps_ = 0;  // of work, below a nanosecond
  bool yields_ = false;          // once the quantum's time has passed
};

}  // namespace roost
