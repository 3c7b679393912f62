#include "vmm/workload/live_script.hpp"

#include <algorithm>

#include "vmm/host/relax.hpp"

namespace roost {

namespace {

constexpr Duration kPollAgain{300};  // between two looks at something shared: a few line transfers

bool rung(const Budget& budget) {
  return budget.doorbell != nullptr && budget.doorbell->load(std::memory_order_relaxed) != 0;
}

}  // namespace

Time LiveScript::spin_until(Time end, const Budget& budget) const {
  for (;;) {
    const Time now = clock_.now();
    if (now >= end || rung(budget)) return now;
    host::relax();
  }
}

Time LiveScript::touch_until(Time end, Time now, const Step& step, const Budget& budget) {
  const Time done = now + step.work;
  for (Time touched = now;;) {
    now = clock_.now();
    const Time due = std::min(now, done);
    memory_.touch(step.memory, due - touched);
    touched = due;
    if (now >= end || rung(budget)) return now;
    host::relax();
  }
}

Exit LiveScript::run(const Budget& budget) {
  Time now = clock_.now();
  Time polls_since = kNever;  // it does not
  for (;;) {
    const Step step = vcpu_.step(now - zero_);
    polls_since = step.kind == Step::Kind::Poll ? std::min(polls_since, now) : kNever;
    switch (step.kind) {
      case Step::Kind::Halt:
        return {.why = ExitWhy::Halted, .wake_at = step.wake_at == kNever ? kNever : step.wake_at + zero_};
      case Step::Kind::Yield: return {.why = ExitWhy::Yielded};
      case Step::Kind::Pause: return {.why = ExitWhy::Paused};
      case Step::Kind::Stop: return {.why = ExitWhy::Stopped};
      case Step::Kind::Compute: {
        const Time began = now;
        const Time end = std::min(began + step.work, budget.until);
        now = step.memory.working_set > 0 ? touch_until(end, now, step, budget) : spin_until(end, budget);
        vcpu_.worked(std::min(now - began, step.work));
        break;
      }
      case Step::Kind::Poll: now = spin_until(std::min(now + kPollAgain, budget.until), budget); break;
    }
    if (rung(budget)) return {.why = ExitWhy::Kicked};
    if (now >= budget.until) return {.why = ExitWhy::BudgetSpent};
    if (polls_since != kNever && now - polls_since >= budget.spins_for) return {.why = ExitWhy::Paused};
  }
}

}  // namespace roost
