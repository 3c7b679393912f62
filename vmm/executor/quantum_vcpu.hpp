// The room: real guest code in the simulated world: a Vcpu that runs a quantum of instructions at a moment of virtual
//   time and then takes the time that they would have taken.
// Not here: the engine (rv64), who runs when (the dispatcher), other vCPUs, what misses cost (vmm/caches).
// Invariants: the guest's clock never goes back; one thread runs all; what a quantum does to memory happens at its
//   start, in (time, pCPU) order, so the same run is the same bytes. Other vCPUs see it up to a quantum early: the
//   error grows with the quantum, which is therefore stated in the result.
//
// With modelled caches a quantum ends when its instructions, hits and guesses of misses have come to its length. What
// the shared levels find out about its misses is charged when the vCPU acts next, at the quantum's end. Where
// the vCPU needs lines that other cores have taken from it, quanta are shorter: those who fight for a line take turns.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "vmm/caches/guest_caches.hpp"
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

/// The caches that a vCPU runs with: those of the pCPU that it is on.
struct QuantumCaches {
  GuestCaches* caches = nullptr;   // null: none are modelled
  std::function<PcpuId()> here{};  // the pCPU that acts
  VcpuId vcpu = kNoVcpu;
  VmId vm{0};
};

class QuantumVcpu final : public SteppedVcpu {
 public:
  /// `vcpu` reads `clock`, and so do all vCPUs of its machine.
  QuantumVcpu(Vcpu& vcpu, QuantumClock& clock, QuantumPace pace, QuantumCaches caches = {})
      : vcpu_(vcpu), clock_(clock), pace_(pace), caches_(std::move(caches)), step_ps_(pace.instruction_ps) {}

  Step step(Time now) override;
  void worked(Duration) override {}  // its effects have happened already
  void post_interrupt(unsigned line, bool level) override { vcpu_.post_interrupt(line, level); }

 private:
  struct Ran {
    std::uint64_t steps = 0;  // instructions and traps: what takes time
    std::uint64_t retired = 0;
    std::int64_t waited_ps = 0;
    Exit exit;
  };
  Ran run_quantum(Time now);
  /// One run() of at most `most` steps, `ran.time` after `now`: the steps that it took.
  std::uint64_t run_piece(Time now, std::uint64_t most, Ran& ran);
  std::int64_t time_ps(const Ran& ran) const;
  Duration wait_for(std::int64_t ps);
  Duration work_for(std::uint64_t steps);

  Vcpu& vcpu_;
  QuantumClock& clock_;
  QuantumPace pace_;
  QuantumCaches caches_;
  std::int64_t step_ps_;         // what a step took lately, waits included
  Time contended_until_ = Time::min();
  Time seen_ = Time::min();      // the latest time that the guest may have read
  std::int64_t carried_ps_ = 0;  // of work, below a nanosecond
  std::int64_t carried_wait_ps_ = 0;
  bool pauses_ = false;          // once the quantum's time has passed
};

}  // namespace roost
