// The room: a vCPU that follows a script: a state machine over its phases.
// Not here: spending the time (the simulated world; LiveScript), what it shares (shared_object), who it is with (crew).
// Invariants: one step changes nothing after its Step was returned until the next step; every step ends: after so many
//   phases without work some time passes.
//
//   Dormant --fork--> Going <--> Sleeping, Waiting        Going --script ends--> Stopped, or Dormant if it is a spare
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "vmm/vcpu/stepped_vcpu.hpp"
#include "vmm/workload/phase.hpp"
#include "vmm/workload/shared_object.hpp"

namespace roost {

class Crew;

/// What it did.
struct ScriptCounts {
  std::uint64_t rounds = 0;     // times round its outermost repeats
  std::uint64_t waits = 0;      // times it had to wait for something shared
  std::uint64_t locks = 0;
  std::uint64_t jobs = 0;
  std::uint64_t late = 0;       // timers that had passed
  std::uint64_t interrupts = 0;
  std::uint64_t forks = 0, forks_refused = 0;  // refused: no spare vCPU was left
};

class ScriptedVcpu final : public SteppedVcpu {
 public:
  struct Identity {
    VcpuId id{};
    std::uint64_t seed = 0;
    const Script* script = nullptr;  // null: a spare, dormant until it is forked
    Time starts_at{};
  };
  /// `crew` and `wires` outlive it.
  ScriptedVcpu(const Identity& who, Crew& crew, const ScriptWires& wires);

  // ---- whoever runs it ----
  Step step(Time now) override;
  void worked(Duration work) override { left_ -= work, done_ += work; }

  // ---- any thread ----
  void post_interrupt(unsigned line, bool level) override;
  /// A dormant one begins this script.
  void assign(const Script& script);
  /// It stops at its next step, and is given nothing any more.
  void dismiss() { waiter_.dismiss(); }
  /// It is dismissed, and told.
  void stop();

  // ---- after the run ----
  const ScriptCounts& counts() const { return counts_; }
  Duration done() const { return done_; }  // work
  bool used() const { return script_ != nullptr || assigned_ != nullptr; }  // false: a spare that was never forked

 private:
  enum class State : std::uint8_t { Dormant, Unstarted, Going, Sleeping, Waiting, Stopped };

  void begin(const Script& script);
  Step compute() const { return {.work = left_, .memory = memory_ == nullptr ? MemoryUse{} : *memory_}; }
  Step halt() const { return {.kind = Step::Kind::Halt, .wake_at = wakes_at_}; }
  /// Waiting: in this phase.
  const Phase& waits_in() const { return script_->phases[at_ - 1]; }
  Step wait() const;
  std::optional<Step> work_on(Time now);
  std::optional<Step> resume(Time now, bool interrupted);
  std::optional<Step> perform(Time now);
  std::optional<Step> perform_shared(const Phase& phase, Time now);
  std::optional<Step> sleep_until(Time until, Time now);
  std::optional<Step> confine(std::uint32_t to);
  std::optional<Step> wait_unless(bool goes_on);
  bool about_to_block() const;
  std::optional<Step> leave();
  Step end();
  void repeat(const Phase& phase);
  void enter_repeat(std::uint64_t times);
  void again(const Phase& phase);

  Crew& crew_;
  Waiter waiter_;
  Drawer drawer_;
  const Script* script_ = nullptr;
  std::uint64_t rounds_left_ = 0;      // of the innermost repeat that it is in
  std::unique_ptr<std::uint64_t[]> outer_;  // rounds left of the repeats around that one, the outermost first
  std::unique_ptr<Time[]> timers_;     // when each was last due; not yet: when the script began
  std::uint32_t at_ = 0;               // the next phase
  std::uint32_t depth_ = 0;            // repeats that it is in
  Time wakes_at_ = kNever;             // by_clock_: when its work ends
  Duration left_{0}, done_{0};
  const MemoryUse* memory_ = nullptr;  // its script's; null: none yet
  ScriptCounts counts_;
  const Script* assigned_ = nullptr;              // a dormant one's, published by the grant that comes with it
  State state_ = State::Dormant;
  bool by_clock_ = false;                         // Runtime: pieces of work until wakes_at_
  bool begun_ = false;                            // its script has taken a step
  std::atomic<bool> interrupted_{false};          // partner: post_interrupt; step() takes it
  std::uint32_t confined_to_ = Phase::kNone;      // by its script's last Confine
};

}  // namespace roost
