#include "vmm/executor/quantum_vcpu.hpp"

namespace roost {

namespace {

/// The clock moves on so often within a quantum: a guest that waits for a moment finds it at most a microsecond late.
constexpr std::uint64_t kPiece = 2048;

}  // namespace

Step QuantumVcpu::step(Time now) {
  if (yields_) {
    yields_ = false;
    return {.kind = Step::Kind::Yield};
  }
  const Ran ran = run_quantum(now);
  if (ran.steps > 0) {
    yields_ = ran.exit.why == ExitWhy::Yielded;
    return {.work = spend(ran.steps), .divisible = false, .retired = ran.retired};
  }
  // A halt or a stop comes out again when it is looked at after the quantum's time; an interrupt may end a halt before.
  switch (ran.exit.why) {
    case ExitWhy::Halted: return {.kind = Step::Kind::Halt, .wake_at = ran.exit.wake_at};
    case ExitWhy::Stopped: return {.kind = Step::Kind::Stop};
    default: return {.kind = Step::Kind::Yield};
  }
}

QuantumVcpu::Ran QuantumVcpu::run_quantum(Time now) {
  const auto quantum = static_cast<std::uint64_t>(nanoseconds(pace_.quantum) * 1000 / pace_.instruction_ps);
  Ran ran;
  for (std::uint64_t left = std::max<std::uint64_t>(quantum, 1); left > 0;) {
    seen_ = std::max(seen_, now + time_of(ran.steps));
    clock_.show(seen_);
    const std::uint64_t piece = std::min(left, kPiece);
    ran.exit = vcpu_.run({.instructions = piece});
    const bool whole = ran.exit.why == ExitWhy::BudgetSpent;  // steps that trapped count, though they did not retire
    ran.steps += whole ? piece : ran.exit.retired;
    ran.retired += ran.exit.retired;
    left -= piece;
    if (!whole) break;
  }
  clock_.show_world();
  return ran;
}

Duration QuantumVcpu::time_of(std::uint64_t steps) const {
  return Duration{(static_cast<std::int64_t>(steps) * pace_.instruction_ps + carried_ps_) / 1000};
}

Duration QuantumVcpu::spend(std::uint64_t steps) {
  const Duration spent = time_of(steps);
  carried_ps_ = (static_cast<std::int64_t>(steps) * pace_.instruction_ps + carried_ps_) % 1000;
  return std::max(spent, Duration{1});
}

}  // namespace roost
