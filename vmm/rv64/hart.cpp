#include "vmm/rv64/hart.hpp"

#include <algorithm>
#include <limits>

#include "sched/vocabulary/check.hpp"
#include "vmm/rv64/core.hpp"
#include "vmm/rv64/exec_flow.hpp"
#include "vmm/rv64/host_memory.hpp"
#include "vmm/rv64/trap.hpp"

namespace roost::rv64 {

namespace {

/// Steps between two looks at the clock: 25 ns every 5 us is half a percent, and no deadline is missed by more.
constexpr std::uint64_t kChunk = 2048;

/// The doorbell of a run() that nobody can kick.
const std::atomic<std::uint32_t> kNoDoorbell{0};

Time time_of_tick(const HartEnvironment& environment, std::uint64_t tick) {
  constexpr std::int64_t kNanosecondsPerTick = 100;
  const std::int64_t boot = nanoseconds(environment.boot);
  const std::int64_t room = (std::numeric_limits<std::int64_t>::max() - std::max<std::int64_t>(boot, 0)) / 100;
  if (tick >= static_cast<std::uint64_t>(room)) return kNever;
  return time_at(boot + static_cast<std::int64_t>(tick) * kNanosecondsPerTick);
}

/// A spinning guest pauses every few instructions, about 10 ns apart. Leaving on each would cost ten times the spin.
std::uint64_t pauses_in(Duration span) { return static_cast<std::uint64_t>(std::max(span / 10, Duration{1}).count()); }

/// When the timer would end a halt; never if the guest does not listen to it.
Time wake_time(const Core& core) {
  if ((core.csr.mie >> kMtip & 1) == 0) return kNever;
  return time_of_tick(core.environment, core.timer_compare.load());
}

bool has_stopped(const Core& core) {
  return core.environment.stopped != nullptr && core.environment.stopped->load();
}

/// At least one chunk runs, however late the deadline: each run() makes progress.
void run_chunk(Core& core, std::uint64_t steps) {
  core.chunk = static_cast<std::int64_t>(steps);
  core.leave = ExitWhy::BudgetSpent;
  Cursor at = resume(core, core.pc, core.chunk);
  while (at != nullptr && core.left > 0) at = at->run(core, at, core.left);
  if (at != nullptr) core.pc = core.pc_of(at);
  core.steps_before = core.steps(core.left);
  core.chunk = 0;
}

/// What the handlers have to know of `observer`. Ops of the other kind, observed or not, are decoded anew.
void watch_for(Core& core, MemoryObserver* observer) {
  if ((observer == nullptr) != (core.watch.observer == nullptr)) {
    core.code_cache.forget();
    flush_fetch(core);
  }
  core.watch = {};
  if (observer == nullptr) return;
  const GuestRam& ram = *core.environment.ram;
  core.watch.observer = observer;
  core.watch.origin = host_address(ram.host(ram.base(), 1)) - (observer->first_line << kLineBits);
  core.watch.code = observer->code;
  core.watch.data = observer->data;
  core.watch.steps_at_entry = core.steps_before;
  observer->steps = 0;
}

/// Looks at the interrupt lines, with the timer as of core.ticks: may the hart execute, and from where?
bool still_halted(Core& core) {
  if (core.halted && (pending_interrupts(core) & core.csr.mie) == 0) return true;
  core.halted = false;
  take_pending_interrupt(core);
  return false;
}

}  // namespace

Hart::Hart(const HartEnvironment& environment, std::uint64_t hart_id, VcpuId vcpu)
    : core_(std::make_unique<Core>(environment, hart_id, vcpu)) {
  check(environment.ram != nullptr && environment.bus != nullptr && environment.clock != nullptr,
        "a hart has RAM, a bus and a clock");
  core_->landing.fill(Op{&leave_page, 0, 0, 0, 0, 0});
  core_->single.fill(Op{&leave_page, 0, 0, 0, 0, 0});
  reset(0, 0, 0);
}

Hart::~Hart() = default;

void Hart::reset(std::uint64_t pc, std::uint64_t device_tree, std::uint64_t firmware_info) {
  Core& core = *core_;
  core.x.fill(0);
  core.f.fill(0);
  core.x[10] = core.hart_id;
  core.x[11] = device_tree;
  core.x[12] = firmware_info;
  core.csr = Csrs{};
  core.fflags = 0;
  core.pmp = Pmp{};
  core.privilege = Privilege::Machine;
  core.pc = pc & ~1ULL;
  core.reservation = {};
  core.halted = false;
  core.steps_before = core.traps = 0;
  core.cycle = core.instret = Counter{};
  core.data_tlbs.flush();
  core.code_cache.fence_i();
  flush_fetch(core);
  update_regimes(core);
}

Exit Hart::run(const Budget& budget) {
  Core& core = *core_;
  core.doorbell = budget.doorbell != nullptr ? budget.doorbell : &kNoDoorbell;
  core.pauses = pauses_in(budget.spins_for);
  if (budget.observer != nullptr || core.watch.observer != nullptr) watch_for(core, budget.observer);
  const std::uint64_t steps_at_entry = core.steps_before, retired_at_entry = core.retired(0);
  const auto leave = [&](ExitWhy why, Time wake_at = kNever) {
    if (budget.observer != nullptr) {
      budget.observer->fetches = core.watch.fetches;
      budget.observer->accesses = core.watch.accesses;
    }
    return Exit{why, core.retired(0) - retired_at_entry, wake_at};
  };
  for (refresh_ticks(core);;) {
    if (has_stopped(core)) return leave(ExitWhy::Stopped);
    if (still_halted(core)) return leave(ExitWhy::Halted, wake_time(core));
    const std::uint64_t steps_left = budget.instructions - (core.steps_before - steps_at_entry);
    if (steps_left == 0) return leave(ExitWhy::BudgetSpent);
    run_chunk(core, std::min(steps_left, kChunk));
    if (has_stopped(core)) return leave(ExitWhy::Stopped);
    const Time now = refresh_ticks(core);
    if (core.leave == ExitWhy::Halted && still_halted(core)) return leave(ExitWhy::Halted, wake_time(core));
    if (core.leave == ExitWhy::Kicked || core.leave == ExitWhy::Paused) return leave(core.leave);
    if (now >= budget.until) return leave(ExitWhy::BudgetSpent);
  }
}

void Hart::post_interrupt(unsigned line, bool level) {
  check(line < 64, "an interrupt line is a bit of mip");
  const std::uint64_t bit = 1ULL << line;
  if (!level) {
    core_->lines.fetch_and(~bit);
    return;
  }
  core_->lines.fetch_or(bit);
  if (core_->environment.wake_sink != nullptr) core_->environment.wake_sink->wake(core_->vcpu);
}

void Hart::set_timer(std::uint64_t ticks) {
  core_->timer_compare.store(ticks);
  if (core_->environment.wake_sink != nullptr) core_->environment.wake_sink->wake(core_->vcpu);
}

std::uint64_t Hart::timer() const { return core_->timer_compare.load(); }

}  // namespace roost::rv64
