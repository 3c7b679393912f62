#include "vmm/executor/quantum_vcpu.hpp"

namespace roost {

namespace {

/// The clock moves on so often within a quantum: a guest that waits for a moment finds it at most a microsecond late.
constexpr std::uint64_t kPiece = 2048;
/// A guest that misses much gets shorter pieces, so that its quantum ends in time; but not so short that entering the
/// engine is what takes the host's time.
constexpr std::uint64_t kLeastPiece = 64;
/// Where harts fight for a line, quanta are so much shorter for a quantum's time, but not below what a few hundred
/// instructions take: each gets the line once in such a turn.
constexpr std::int64_t kContendedPart = 64, kLeastContendedPs = 100'000;

std::int64_t picoseconds(Duration span) { return nanoseconds(span) * 1000; }

}  // namespace

Step QuantumVcpu::step(Time now) {
  Duration owed{0};
  if (caches_.caches != nullptr) {
    caches_.caches->settle(picoseconds(now - Time{}));
    owed = caches_.caches->take_owed(caches_.vcpu);
    // A little is paid with the next quantum; much is a wait of its own, so that other vCPUs' doings come in between.
    if (owed > pace_.quantum / 8) return {.work = Duration{1}, .wait = owed - Duration{1}, .divisible = false};
  }
  if (pauses_) {
    pauses_ = false;
    return {.kind = Step::Kind::Pause};
  }
  const Ran ran = run_quantum(now);
  if (ran.steps > 0) {
    pauses_ = ran.exit.why == ExitWhy::Paused;
    return {.work = work_for(ran.steps), .wait = owed + wait_for(ran.waited_ps), .divisible = false,
            .retired = ran.retired};
  }
  // A halt or a stop comes out again when it is looked at after the quantum's time; an interrupt may end a halt before.
  switch (ran.exit.why) {
    case ExitWhy::Halted: return {.kind = Step::Kind::Halt, .wake_at = ran.exit.wake_at};
    case ExitWhy::Stopped: return {.kind = Step::Kind::Stop};
    default: return {.kind = Step::Kind::Pause};
  }
}

QuantumVcpu::Ran QuantumVcpu::run_quantum(Time now) {
  const std::int64_t quantum_ps = picoseconds(pace_.quantum);
  const std::uint64_t least = caches_.caches != nullptr ? kLeastPiece : 1;
  Ran ran;
  const std::int64_t turn_ps = std::min(quantum_ps, std::max(quantum_ps / kContendedPart, kLeastContendedPs));
  std::int64_t end_ps = now < contended_until_ ? turn_ps : quantum_ps, left_ps = end_ps;
  while (ran.steps == 0 || left_ps >= pace_.instruction_ps) {
    const auto fitting = static_cast<std::uint64_t>(std::max<std::int64_t>(left_ps, 0) / step_ps_);
    const std::uint64_t steps = run_piece(now, std::clamp(fitting, least, kPiece), ran);
    ran.steps += steps;
    if (ran.exit.why == ExitWhy::Kicked) {
      contended_until_ = now + pace_.quantum;
      end_ps = turn_ps;
    } else if (ran.exit.why != ExitWhy::BudgetSpent) {
      break;
    }
    left_ps = end_ps - time_ps(ran);
  }
  if (ran.steps > 0) step_ps_ = std::max<std::int64_t>(time_ps(ran) / static_cast<std::int64_t>(ran.steps), 1);
  clock_.show_world();
  return ran;
}

std::uint64_t QuantumVcpu::run_piece(Time now, std::uint64_t most, Ran& ran) {
  const std::int64_t at_ps = picoseconds(now - Time{}) + time_ps(ran);
  seen_ = std::max(seen_, now + Duration{(time_ps(ran) + carried_ps_) / 1000});
  clock_.show(seen_);
  if (caches_.caches == nullptr) {
    ran.exit = vcpu_.run({.instructions = most});
  } else {
    const GuestCaches::Runner runner{caches_.vcpu, caches_.vm, caches_.here()};
    PrivateCaches& caches = caches_.caches->enter(runner);
    caches.begin(at_ps);
    ran.exit = vcpu_.run({.instructions = most, .doorbell = &caches.contended(), .observer = &caches});
    caches_.caches->count(runner, caches);
    ran.waited_ps += caches.waited_ps();
  }
  ran.retired += ran.exit.retired;
  // Steps that trapped count, though they did not retire.
  return ran.exit.why == ExitWhy::BudgetSpent ? most : ran.exit.retired;
}

std::int64_t QuantumVcpu::time_ps(const Ran& ran) const {
  return static_cast<std::int64_t>(ran.steps) * pace_.instruction_ps + ran.waited_ps;
}

Duration QuantumVcpu::wait_for(std::int64_t ps) {
  carried_wait_ps_ += ps;
  const Duration whole{carried_wait_ps_ / 1000};
  carried_wait_ps_ %= 1000;
  return whole;
}

Duration QuantumVcpu::work_for(std::uint64_t steps) {
  carried_ps_ += static_cast<std::int64_t>(steps) * pace_.instruction_ps;
  const Duration whole{carried_ps_ / 1000};
  carried_ps_ %= 1000;
  return std::max(whole, Duration{1});
}

}  // namespace roost
