#include "vmm/workload/scripted_vcpu.hpp"

#include <algorithm>
#include <utility>

#include "sched/vocabulary/check.hpp"
#include "vmm/workload/crew.hpp"

namespace roost {

namespace {

/// A script may loop over phases that take no time; the world may not stand still for it.
constexpr int kMostPhasesAtOnce = 1000;
constexpr Duration kTheirTime{1000};
constexpr Duration kRuntimePiece = std::chrono::microseconds(32);  // of work between two looks at the clock, as rt-app
constexpr Duration kYieldTime{1};  // likewise a vCPU that does nothing but yield

}  // namespace

ScriptedVcpu::ScriptedVcpu(const Identity& who, Crew& crew, const ScriptWires& wires)
    : crew_(crew), waiter_(wires, who.id), drawer_(who.seed, index(who.id)) {
  if (who.script == nullptr) return;
  waiter_.begin();
  begin(*who.script);
  if (who.starts_at > Time{}) state_ = State::Unstarted, wakes_at_ = who.starts_at;
}

void ScriptedVcpu::begin(const Script& script) {
  script_ = &script;
  depth_ = 0;
  outer_ = script.depth > 1 ? std::make_unique<std::uint64_t[]>(script.depth - 1) : nullptr;
  timers_ = script.timers > 0 ? std::make_unique<Time[]>(script.timers) : nullptr;
  at_ = 0;
  begun_ = false;
  by_clock_ = false;
  memory_ = nullptr;
  confined_to_ = Phase::kNone;
  state_ = State::Going;
}

Step ScriptedVcpu::step(Time now) {
  if (waiter_.is_dismissed()) return end();
  const bool interrupted =
      interrupted_.load(std::memory_order_relaxed) && interrupted_.exchange(false, std::memory_order_acq_rel);
  counts_.interrupts += interrupted;
  if (const auto waits = resume(now, interrupted)) return *waits;
  if (!std::exchange(begun_, true)) std::fill_n(timers_.get(), script_->timers, now);
  for (int phases = 0; phases < kMostPhasesAtOnce; ++phases)
    if (const auto next = perform(now)) return *next;
  left_ = kTheirTime;
  return compute();
}

/// What it is still at, or nothing: it goes on with its script.
std::optional<Step> ScriptedVcpu::resume(Time now, bool interrupted) {
  switch (state_) {
    case State::Stopped: return end();
    case State::Dormant:
      if (!waiter_.take_grant()) return Step{.kind = Step::Kind::Halt};
      if (waiter_.is_dismissed()) return end();  // that was the grant
      begin(*assigned_);
      return std::nullopt;
    case State::Unstarted:
      if (now < wakes_at_) return halt();
      break;
    case State::Sleeping:
      if (now < wakes_at_ && !interrupted) return halt();
      break;
    case State::Waiting:
      if (!waiter_.take_grant()) return wait();
      if (waiter_.is_dismissed()) return end();  // that was the grant
      break;
    case State::Going: break;
  }
  const bool waited = state_ == State::Waiting;
  state_ = State::Going;
  if (waited && waits_in().kind == Phase::Kind::Serve && waiter_.job == kNever) return leave();
  return work_on(now);
}

/// What is left of its work, or nothing.
std::optional<Step> ScriptedVcpu::work_on(Time now) {
  by_clock_ = by_clock_ && wakes_at_ > now;
  if (by_clock_ && left_ == Duration{0}) left_ = std::min(wakes_at_ - now, kRuntimePiece);
  return left_ > Duration{0} ? std::optional(compute()) : std::nullopt;
}

Step ScriptedVcpu::wait() const {
  return {.kind = crew_.object(waits_in().object).polls() ? Step::Kind::Poll : Step::Kind::Halt};
}

std::optional<Step> ScriptedVcpu::perform(Time now) {
  if (at_ == script_->phases.size()) return leave();
  const Phase& phase = script_->phases[at_++];
  switch (phase.kind) {
    case Phase::Kind::Run:
      left_ = drawer_.draw(phase.span);
      return work_on(now);
    case Phase::Kind::Runtime:
      wakes_at_ = now + drawer_.draw(phase.span);
      by_clock_ = true;
      return work_on(now);
    case Phase::Kind::Sleep: return sleep_until(now + drawer_.draw(phase.span), now);
    case Phase::Kind::Timer: case Phase::Kind::TimerFromStart: {
      Time& due = timers_[phase.object];
      due += phase.span.a;
      counts_.late += due < now;
      if (phase.kind == Phase::Kind::Timer) due = std::max(due, now);
      return sleep_until(due, now);
    }
    case Phase::Kind::Confine: return confine(phase.object);
    case Phase::Kind::Repeat: return repeat(phase), std::nullopt;
    case Phase::Kind::Again: return again(phase), std::nullopt;
    case Phase::Kind::Memory: return memory_ = &phase.memory, std::nullopt;
    case Phase::Kind::Yield: return left_ = kYieldTime, Step{.kind = Step::Kind::Yield};
    case Phase::Kind::Exit: return leave();
    case Phase::Kind::Ipi: return crew_.interrupt(phase.object), std::nullopt;
    case Phase::Kind::Fork: return ++(crew_.fork(phase.object) ? counts_.forks : counts_.forks_refused), std::nullopt;
    default: return perform_shared(phase, now);
  }
}

std::optional<Step> ScriptedVcpu::perform_shared(const Phase& phase, Time now) {
  SharedObject& object = crew_.object(phase.object);
  switch (phase.kind) {
    case Phase::Kind::Wait: {
      const bool goes_on = object.wait(waiter_);
      if (phase.also != Phase::kNone) crew_.object(phase.also).unlock();
      return wait_unless(goes_on);
    }
    case Phase::Kind::Signal: return object.signal(about_to_block()), std::nullopt;
    case Phase::Kind::Broadcast: return object.broadcast(), std::nullopt;
    case Phase::Kind::Lock: return ++counts_.locks, wait_unless(object.lock(waiter_));
    case Phase::Kind::Unlock: return object.unlock(), std::nullopt;
    case Phase::Kind::Barrier: return wait_unless(object.arrive(waiter_));
    case Phase::Kind::Serve:
      if (!object.take(waiter_)) return wait_unless(false);
      return waiter_.job == kNever ? leave() : std::nullopt;
    case Phase::Kind::Served: return ++counts_.jobs, object.served(now - waiter_.job), std::nullopt;
    default: check_failed("every kind of phase is performed", __builtin_FILE(), __builtin_LINE());
  }
}

/// As far as the next phase tells: what it waits for may have come.
bool ScriptedVcpu::about_to_block() const {
  if (at_ == script_->phases.size()) return false;
  const Phase& after = script_->phases[at_];
  const Phase::Kind next = after.kind == Phase::Kind::Again ? script_->phases[after.place].kind : after.kind;
  return next == Phase::Kind::Wait || next == Phase::Kind::Sleep || next == Phase::Kind::Timer ||
         next == Phase::Kind::TimerFromStart;
}

std::optional<Step> ScriptedVcpu::wait_unless(bool goes_on) {
  if (goes_on) return std::nullopt;
  ++counts_.waits;
  state_ = State::Waiting;
  waiter_.rest();
  // A grant may have come by now, from another thread; then it has also told, and the next step takes it.
  return wait();
}

/// It comes back at once, so that it goes on where it may.
std::optional<Step> ScriptedVcpu::confine(std::uint32_t to) {
  if (confined_to_ != Phase::kNone && script_->confinements[confined_to_] == script_->confinements[to])
    return std::nullopt;
  confined_to_ = to;
  waiter_.confine(script_->confinements[to]);
  left_ = kYieldTime;
  return Step{.kind = Step::Kind::Yield};
}

std::optional<Step> ScriptedVcpu::sleep_until(Time until, Time now) {
  if (until <= now) return std::nullopt;
  wakes_at_ = until;
  state_ = State::Sleeping;
  return halt();
}

std::optional<Step> ScriptedVcpu::leave() {
  // Dormant before it is in the list of spares: from then on another thread may assign to it.
  state_ = State::Dormant;
  if (!crew_.keep_as_spare(*this)) return end();
  waiter_.rest();
  return Step{.kind = Step::Kind::Halt};
}

Step ScriptedVcpu::end() {
  if (std::exchange(state_, State::Stopped) != State::Stopped) waiter_.end();
  return Step{.kind = Step::Kind::Stop};
}

void ScriptedVcpu::repeat(const Phase& phase) {
  if (phase.times == 0)
    at_ = phase.place;
  else
    enter_repeat(phase.times);
}

void ScriptedVcpu::enter_repeat(std::uint64_t times) {
  check(depth_ < script_->depth, "a script knows how deep its repeats go");
  if (depth_ > 0) outer_[depth_ - 1] = rounds_left_;
  ++depth_;
  rounds_left_ = times;
}

void ScriptedVcpu::again(const Phase& phase) {
  if (depth_ == 1) ++counts_.rounds;
  if (--rounds_left_ > 0) {
    at_ = phase.place;
  } else if (--depth_ > 0) {
    rounds_left_ = outer_[depth_ - 1];
  }
}

void ScriptedVcpu::post_interrupt(unsigned, bool level) {
  if (!level) return;
  interrupted_.store(true, std::memory_order_release);
  waiter_.wake();
}

void ScriptedVcpu::assign(const Script& script) {
  assigned_ = &script;
  waiter_.grant();
  waiter_.wake();
}

void ScriptedVcpu::stop() {
  waiter_.dismiss();
  waiter_.grant();  // whatever it waits for; it looks first whether it is dismissed
  waiter_.wake();
}

}  // namespace roost
