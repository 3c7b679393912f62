// What happens, event by event. The world's answers to the dispatcher are in simulated_prices.cpp.

#include "vmm/executor/simulated_world.hpp"

#include <algorithm>
#include <utility>

#include "vmm/executor/energy.hpp"
#include "vmm/executor/fetch.hpp"
#include "vmm/executor/name_tenants.hpp"
#include "vmm/host/pages.hpp"

namespace roost {

namespace {

/// Steps without work that a vCPU may take at one moment: a script that only wakes and yields must not stop time.
constexpr int kMostIdleSteps = 100'000;
/// Exits of one pCPU without anything planned for later: then the others, and the run's limit, have their turn. A timer
/// shorter than the way out of the guest is due again at each of them.
constexpr int kMostExits = 100;

/// From how many pCPUs on it pays to fetch what will be touched; below, it lies in the second-level cache anyway.
constexpr std::size_t kLargeHost = 128;

constexpr std::uint64_t kFullSpeed = 1024;  // memory is as far from a slow pCPU

/// How much of a vCPU's own state is worth fetching ahead; what it is, only the vCPU knows.
constexpr std::size_t kSteppedSize = 256;
constexpr std::size_t kBytesPerPcpu = 2048, kBytesPerVcpu = 1024;  // of all tables together, as measured

}  // namespace

void SimulatedWorld::make_room(std::size_t pcpus, std::size_t vcpus) {
  expect_heap(pcpus * kBytesPerPcpu + vcpus * kBytesPerVcpu);
}

SimulatedWorld::SimulatedWorld(SimulatedConfig config, Policy policy)
    : config_(std::move(config)),
      tick_{config_.costs.of(Cost::TickEvery), config_.costs.of(Cost::TickCost)},
      policy_(std::move(policy)),
      queue_(config_.tie_seed),
      pcpus_(config_.topology.pcpu_count()),
      locks_(config_.topology.pcpu_count()),
      view_(config_.costs.of(Cost::LoadRead), config_.costs.of(Cost::LoadAge), local_, config_.topology.pcpu_count(),
            runqueues_of(policy_, config_.topology).shares()),
      log_(config_.trace_capacity, config_.trace_scope) {
  for (std::size_t i = 0; i < pcpus_.size(); ++i) {
    const PcpuPlace& place = config_.topology.place(id_at<PcpuId>(i));
    if (place.core >= cores_.size()) cores_.resize(place.core + 1);
    cores_[place.core].pcpus.push_back(id_at<PcpuId>(i));
    pcpus_[id_at<PcpuId>(i)].core = place.core;
    pcpus_[id_at<PcpuId>(i)].capacity = place.capacity;
  }
}

void SimulatedWorld::at(Time when, std::function<void()> what) {
  std::uint32_t slot = static_cast<std::uint32_t>(calls_.size());
  if (free_calls_.empty()) {
    calls_.push_back(std::move(what));
  } else {
    slot = free_calls_.back();
    free_calls_.pop_back();
    calls_[slot] = std::move(what);
  }
  queue_.push(std::max(when, local_), {Kind::External, slot, 0});
}

RunEnd SimulatedWorld::run(std::vector<TenantVm> vms, std::vector<SteppedTenant> tenants) {
  check(dispatcher_ == nullptr, "a world runs once");
  vms_ = std::move(vms);
  std::vector<VcpuTraits> traits;
  for (const SteppedTenant& tenant : tenants) {
    traits.push_back(tenant.traits);
    residents_.push_back({tenant.vcpu, tenant.traits.vm, tenant.number});
  }
  dispatcher_ = std::make_unique<Dispatcher>(static_cast<World&>(*this), std::move(policy_), config_.topology, traits,
                                             config_.caps);
  if (!config_.preferred.empty()) dispatcher_->prefer(config_.preferred);
  idle_ = std::make_unique<IdleWhileWaiting>(pcpus_.size(), traits, local_);
  dispatcher_->start(local_);
  for (std::size_t i = 0; i < pcpus_.size(); ++i) plan(id_at<PcpuId>(i), Time{});

  const Time limit = config_.time_limit == Duration::max() ? kNever : Time{} + config_.time_limit;
  go_through_events(limit);
  const bool finished = dispatcher_->all_finished();
  const RunEnd end = finished         ? RunEnd::AllStopped
                     : over()         ? RunEnd::Stuck
                                      : cut_off_.or_else(RunEnd::TimeLimit);
  ended_ = end == RunEnd::TimeLimit ? limit : local_;
  // A decision that began before the end is paid for in full: the run ends with it.
  for (const Pcpu& pcpu : pcpus_) ended_ = std::max(ended_, pcpu.busy_until);
  dispatcher_->close(ended_);
  idle_->close(ended_);
  for (Pcpu& pcpu : pcpus_)
    if (pcpu.vcpu == kNoVcpu) account_idle(pcpu, ended_);
  check_idle_times();
  dispatcher_->check_invariants();
  return end;
}

void SimulatedWorld::go_through_events(Time limit) {
  const auto kick_under_way = [this](PcpuId id) { return pcpus_[id].kicks > 0 || pcpus_[id].rung; };
  Time now{};
  try {
    while (!over() && queue_.next_time() <= limit && !dispatcher_->all_finished() && !cut_off_.asked()) {
      const auto [when, event] = queue_.pop();
      if (event.kind == Kind::Tick) --ticks_planned_;
      now = when;
      look_ahead();
      if (when >= monitor_.due()) monitor_.look(*dispatcher_, kick_under_way, when);
      handle(when, event);
    }
    if (!cut_off_.asked()) monitor_.look(*dispatcher_, kick_under_way, now);
  } catch (const CheckFailure& breach) {
    monitor_.tell_story(breach);
  }
}

/// On large hosts what an event touches lies in memory far away: it is fetched while the events before it are handled,
/// first the pCPUs of those that may come next, and of the next one what its pCPU names.
void SimulatedWorld::look_ahead() const {
  if (pcpus_.size() < kLargeHost) return;
  for (std::size_t rival = 0; rival < queue_.kRivals; ++rival)
    if (const Planned* const later = queue_.upcoming(rival); later != nullptr && later->kind != Kind::External) {
      fetch(&pcpus_[PcpuId{later->who}], sizeof(Pcpu));
      dispatcher_->fetch_pcpu(PcpuId{later->who});
    }
  const Planned* const next = queue_.next();
  if (next == nullptr || next->kind == Kind::External) return;
  const Pcpu& pcpu = pcpus_[PcpuId{next->who}];
  dispatcher_->fetch_timer(PcpuId{next->who});
  if (pcpu.vcpu == kNoVcpu) return;
  dispatcher_->fetch_vcpu(pcpu.vcpu);
  fetch(pcpu.stepped, kSteppedSize);
}

void SimulatedWorld::waits(VcpuId vcpu, Time since) {
  idle_->waits(vcpu, since);
  if (pcpus_.size() >= kLargeHost) fetch(residents_[index(vcpu)].stepped, kSteppedSize);  // it will run before long
}

void SimulatedWorld::plan(PcpuId id, Time at, Kind kind) {
  Pcpu& pcpu = pcpus_[id];
  ++pcpu.plan;
  if (at == kNever) return;
  queue_.push(at, {kind, static_cast<std::uint32_t>(id), pcpu.plan});
  if (kind == Kind::Tick) ++ticks_planned_;
}

void SimulatedWorld::handle(Time at, const Planned& event) {
  if ((++handled_ & 0x3ff) == 0) {
    progress_.store(nanoseconds(at), std::memory_order_relaxed);
    events_so_far_.store(handled_, std::memory_order_relaxed);
  }
  idle_->settle(at);
  if (event.kind == Kind::External) {
    acting_ = kNoPcpu;
    local_ = at;
    const auto call = std::move(calls_[event.who]);
    free_calls_.push_back(event.who);
    return call();
  }
  const auto id = static_cast<PcpuId>(event.who);
  Pcpu& pcpu = pcpus_[id];
  if (event.kind == Kind::Kick) {
    pcpu.rung = true;
    --pcpu.kicks;
    if (pcpu.vcpu != kNoVcpu && !pcpu.divisible) return;  // seen when its quantum is over
    return act(id, std::max(at, pcpu.busy_until));
  }
  if (event.plan != pcpu.plan) return;
  act(id, at);
}

void SimulatedWorld::act(PcpuId id, Time at) {
  Pcpu& pcpu = pcpus_[id];
  acting_ = id;
  local_ = at;
  if (pcpu.vcpu == kNoVcpu) {
    if (!pcpu.rung) local_ += idle_exit(pcpu, at);  // its own timer: nobody has paid the way out of sleep yet
    ++(polls(pcpu, at) ? pcpu.polls_hit : pcpu.sleeps);
    account_idle(pcpu, local_);
    pcpu.rung = false;
    idle_->works(id, local_);
    take(id, dispatcher_->next(id));
  } else {
    if (pcpu.in_memory) leave_memory(id, at);
    account_work(pcpu, at);
  }
  go_on(id);
  pcpu.busy_until = local_;
  acting_ = kNoPcpu;
}

/// Runs what the pCPU has until something is planned for later.
void SimulatedWorld::go_on(PcpuId id) {
  Pcpu& pcpu = pcpus_[id];
  for (int exits = 0; pcpu.vcpu != kNoVcpu; ++exits) {
    if (exits == kMostExits) return plan(id, local_);
    Exit exit;
    if (runs_until_planned(id, exit)) return;
    local_ += config_.costs.of(Cost::VmExit);
    pcpu.rung = false;
    exit.retired = std::exchange(pcpu.retired, 0);
    take(id, dispatcher_->returned(id, exit));
  }
  pcpu.idle_since = local_;
  if (dispatcher_->loads().online(id)) idle_->idles(id, local_);
  const Dispatcher::Idling how = dispatcher_->idling(id);
  pcpu.poll_until = how.poll_until;
  plan(id, std::max(pcpu.until, local_), how.for_tick ? Kind::Tick : Kind::Act);
}

/// False: the vCPU comes out, with `exit`.
bool SimulatedWorld::runs_until_planned(PcpuId id, Exit& exit) {
  Pcpu& pcpu = pcpus_[id];
  SteppedVcpu& vcpu = *pcpu.stepped;
  for (int steps = 0; steps < kMostIdleSteps; ++steps) {
    if (pcpu.left > Duration{0} && !pcpu.divisible) return plan(id, pcpu.ends_at), true;
    if (pcpu.rung || local_ >= pcpu.until) {
      if (pcpu.in_memory) leave_memory(id, local_);  // its step took until then, by whom it woke: no work was done
      exit.why = pcpu.rung ? ExitWhy::Kicked : ExitWhy::BudgetSpent;
      return false;
    }
    if (pcpu.left == Duration{0}) {
      const Step step = vcpu.step(local_);
      pcpu.retired += step.retired;
      switch (step.kind) {
        case Step::Kind::Halt: exit.why = ExitWhy::Halted, exit.wake_at = step.wake_at; return false;
        case Step::Kind::Yield: exit.why = ExitWhy::Yielded; return false;
        case Step::Kind::Stop: exit.why = ExitWhy::Stopped; return false;
        case Step::Kind::Pause:
          if (dispatcher_->spins_for(id) == Duration::max()) continue;
          exit.why = ExitWhy::Paused;
          return false;
        case Step::Kind::Poll:
          exit.why = ExitWhy::Paused;
          return polls_on(id);
        case Step::Kind::Compute: start_work(id, step); continue;
      }
    }
    plan(id, std::min(pcpu.ends_at, pcpu.until));
    return true;
  }
  check_failed("a vCPU that takes many steps does some work", __builtin_FILE(), __builtin_LINE());
}

/// False: its vCPU has spun for long enough, and comes out.
bool SimulatedWorld::polls_on(PcpuId id) {
  Pcpu& pcpu = pcpus_[id];
  if (pcpu.doing != Step::Kind::Poll) {
    const Duration spins_for = dispatcher_->spins_for(id);
    pcpu.polls_until = spins_for == Duration::max() ? kNever : local_ + spins_for;
  } else if (local_ >= pcpu.polls_until) {
    return false;
  }
  pcpu.doing = Step::Kind::Poll;
  pcpu.divisible = true;
  plan(id, std::min(pcpu.until, pcpu.polls_until));
  return true;
}

void SimulatedWorld::start_work(PcpuId id, const Step& step) {
  Pcpu& pcpu = pcpus_[id];
  pcpu.doing = step.kind;
  pcpu.divisible = step.divisible;
  pcpu.left = step.work;
  const Duration wait = step.wait + (step.memory.working_set > 0 ? enter_memory(id, step) : Duration{0});
  pcpu.worked_at = end_of(wait, local_, kFullSpeed, tick_);  // it waits, held up by ticks as work is, then works
  pcpu.speed = speed_of(pcpu);
  pcpu.ends_at = end_of(step.work, pcpu.worked_at, pcpu.speed, tick_);
}

/// Takes what has been done by `at` off `left` and tells the vCPU.
void SimulatedWorld::account_work(Pcpu& pcpu, Time at) {
  if (pcpu.doing != Step::Kind::Compute || pcpu.left == Duration{0} || at <= pcpu.worked_at) return;
  const Duration done =
      at >= pcpu.ends_at ? pcpu.left : std::min(pcpu.left, done_by(at, pcpu.worked_at, pcpu.speed, tick_));
  pcpu.left -= done;
  pcpu.worked_at = at;
  pcpu.stepped->worked(done);
}

void SimulatedWorld::take(PcpuId id, Dispatcher::Next next) {
  Pcpu& pcpu = pcpus_[id];
  const bool was_busy = pcpu.vcpu != kNoVcpu;
  if (pcpu.vcpu != next.vcpu) pcpu.stepped = next.vcpu == kNoVcpu ? nullptr : residents_[index(next.vcpu)].stepped;
  pcpu.vcpu = next.vcpu;
  pcpu.until = next.until;
  pcpu.left = Duration{0};  // the vCPU remembers what is left of its work, and says so in its next step
  pcpu.doing = Step::Kind::Compute;
  pcpu.divisible = true;
  if (was_busy != (next.vcpu != kNoVcpu)) set_busy(id, !was_busy);
}

/// It has idled since `idle_since`: it polled, as long as it might, then its sleep was shallow, then deep.
void SimulatedWorld::account_idle(Pcpu& pcpu, Time until) const {
  const Time halts = std::clamp(pcpu.poll_until, pcpu.idle_since, until);
  const Time deepens = std::clamp(pcpu.idle_since + config_.costs.of(Cost::DeepAfter), halts, until);
  pcpu.waited.polled += halts - pcpu.idle_since;
  pcpu.waited.shallow += deepens - halts;
  pcpu.waited.deep += until - deepens;
}

void SimulatedWorld::check_idle_times() const {
  for (std::size_t i = 0; i < pcpus_.size(); ++i)
    check(pcpus_[id_at<PcpuId>(i)].waited.sum() == dispatcher_->pcpus()[id_at<PcpuId>(i)].idle,
          "a pCPU's polling, shallow and deep sleep add up to its idle time");
}

RunReport SimulatedWorld::report() const {
  RunReport report;
  report.world = "simulated";
  report.wall = ended_ - Time{};
  report.simulation.events = handled_;
  report.simulation.tie_seed = config_.tie_seed;
  for (std::size_t i = 0; i < kCosts; ++i) {
    const CostInfo& info = CostModel::table()[i];
    report.simulation.costs.push_back({.name = std::string(info.name), .unit = std::string(info.unit),
                                       .figure = config_.costs.figure(static_cast<Cost>(i)), .usual = info.usual});
  }
  dispatcher_->fill(report);
  name_tenants(report, vms_, residents_);
  for (std::size_t i = 0; i < pcpus_.size(); ++i) {
    const Pcpu& pcpu = pcpus_[id_at<PcpuId>(i)];
    PcpuReport& out = report.pcpus[id_at<PcpuId>(i)];
    out.sleeps = pcpu.sleeps;
    out.polls_hit = pcpu.polls_hit;
    out.kicks_polled = pcpu.kicks_polled;
    out.idle_while_waiting = idle_->of(id_at<PcpuId>(i));
    out.waited = pcpu.waited;
    out.energy_uj = microjoules_of(out, config_.costs);
  }
  report.conservation = {.source = ConservationReport::Source::Counted, .idle_while_waiting = idle_->sum(),
                         .lost = idle_->lost()};
  if (memory_ != nullptr) fill_memory(report);
  return report;
}

std::vector<Event> SimulatedWorld::events() const {
  const EventLog* const log = &log_;
  return merged({&log, 1});
}

}  // namespace roost
