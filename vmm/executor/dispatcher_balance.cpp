// Plans: asked for without a lock, looked at again and carried out under both (law 4).

#include <algorithm>
#include <array>

#include "sched/balance/better_place.hpp"
#include "sched/balance/plan_push.hpp"
#include "sched/balance/pool_view.hpp"
#include "vmm/executor/dispatcher.hpp"
#include "vmm/executor/runqueue_hold.hpp"

namespace roost {

namespace {
constexpr std::size_t kMaxMoves = 32;  // vCPUs that one plan may move: bounds the time that two runqueues are held
constexpr std::size_t kMaxAsked = 4;   // vCPUs that are asked where else they may run
}

struct Dispatcher::Moves {
  PlanOutcome outcome = PlanOutcome::Done;
  std::uint32_t count = 0;
  std::uint16_t left = 0, arrived = 0;  // lengths of both runqueues after it
  std::array<PcpuId, kMaxMoves> told{};  // idle pCPUs of the receiving runqueue, or to whom something more urgent came
  std::uint32_t must_tell = 0;         // so many of them
  bool asked = false;                  // nobody has gone yet: whoever runs will, at its next exit
};

bool Dispatcher::balance(PcpuId self, Trigger trigger, Time now) {
  if (shares() && runqueues_.size() == 1) return false;
  ++pcpus_[self].asked[static_cast<std::size_t>(trigger)];
  Balancer& balancer = *policy_at(self).balancer;  // another may come meanwhile
  if (trigger == Trigger::Periodic && balancer.moves_running()) balancer.has_idled(self, pcpus_[self].idle, now);
  const LoadView& all = world_.view(loads_);
  const PoolView own(all, pools_.members(pools_.of(self)));
  Advice advice = balancer.plan(self, trigger, pools_.any() ? static_cast<const LoadView&>(own) : all, now);
  advice.looked_at.for_each([&](Distance far) { ++pcpus_[self].balance(far).attempts; });
  if (advice.helper != kNoPcpu) ask_for_help(self, advice.helper);
  auto& plan = advice.plan;
  if (!plan) return false;
  check(pcpus_.contains(plan->from) && pcpus_.contains(plan->to) && runqueue_of(plan->from) != runqueue_of(plan->to) &&
            plan->how_many >= 1,
        "a plan names pCPUs of two different runqueues of this host and moves at least one vCPU");
  check(pools_.of(plan->from) == pools_.of(self) && pools_.of(plan->to) == pools_.of(self),
        "a plan stays in the pool of the pCPU that made it");
  if (plan->how == MoveHow::Active) {
    const PlanOutcome outcome = ask_to_go(*plan, balancer, MigrateWhy::Active, now);
    balancer.outcome(self, *plan, outcome, outcome == PlanOutcome::Done, now);
    if (outcome != PlanOutcome::Done) count_plan(self, *plan, outcome, 0);
    return false;
  }
  const Moves moves = perform(self, *plan, balancer, now);
  balancer.outcome(self, *plan, moves.outcome, moves.count + moves.asked, now);
  return moves.count > 0;
}

/// `plan` becomes the one that was carried out, where nobody could go as it first said.
Dispatcher::Moves Dispatcher::perform(PcpuId self, Plan& plan, Balancer& balancer, Time now) {
  Moves moves = carry_out(plan, balancer, now);
  if (moved_nobody(moves.outcome) && (plan.how == MoveHow::Push || plan.to != self || preferred_ != nullptr))
    if (const auto other = push_where_allowed(plan, now)) moves = carry_out(plan = *other, balancer, now);
  if (moves.asked) kick(plan.from, KickHow::Reschedule);  // counted when it goes
  else count_plan(self, plan, moves.outcome, moves.count);
  PcpuRecord& pcpu = pcpus_[self];
  std::uint32_t came = 0;
  if (plan.how == MoveHow::Pull) came = moves.count;
  if (plan.how == MoveHow::Swap) came = moves.count / 2;
  pcpu.pulls += came;
  pcpu.pushes += moves.count - came;
  if (moves.count > 0) tell_lengths(plan, moves, now);
  for (std::uint32_t i = 0; i < moves.must_tell; ++i) kick(moves.told[i], KickHow::Reschedule);
  return moves;
}

// One pCPU of each pool balances for those of it that idle without a tick. A busy one whose balancer names an idle
// helper marks and kicks it, unless another of the pool has not done yet; whoever was marked clears the mark at its
// next look, whatever it runs by then, so no mark is left for ever. Marking comes before the kick, so the look that
// follows it (PcpuRecord::kicked) sees it.

void Dispatcher::ask_for_help(PcpuId self, PcpuId helper) {
  check(pcpus_.contains(helper) && helper != self && pools_.of(helper) == pools_.of(self),
        "a pCPU that shall help is another of this pool");
  if (helping_[index(pools_.of(self))].exchange(true, std::memory_order_acq_rel)) return;
  ++pcpus_[self].helpers;
  pcpus_[helper].helps.store(true, std::memory_order_release);
  kick(helper, KickHow::Reschedule);
}

/// `self`, which was asked to, balances for all others that idle, from the next on; for itself it will when it idles.
void Dispatcher::help_all(PcpuId self, Time now) {
  PcpuRecord& pcpu = pcpus_[self];
  pcpu.helps.store(false, std::memory_order_relaxed);
  const std::size_t all = pcpus_.size();
  for (std::size_t i = 1; i < all && pcpu.current == kNoVcpu && loads_.online(self); ++i) {
    const auto idle = id_at<PcpuId>((index(self) + i) % all);
    if (pools_.of(idle) != pools_.of(self)) continue;
    if ((world_.view(loads_).idle(word_of(idle)) & bit_of(idle)) == 0) continue;
    if (pcpu.kicked.load(std::memory_order_relaxed)) break;  // it may have something to run itself
    now = std::max(world_.now(), now);  // a round over a large host takes its time
    pcpu.helped += help(self, idle, now);
  }
  helping_[index(pools_.of(self))].store(false, std::memory_order_release);
}

std::uint32_t Dispatcher::help(PcpuId self, PcpuId idle, Time now) {
  Balancer& balancer = *policy_at(self).balancer;
  const LoadView& all = world_.view(loads_);
  const PoolView own(all, pools_.members(pools_.of(self)));
  Advice advice = balancer.plan_for(idle, pools_.any() ? static_cast<const LoadView&>(own) : all, now);
  advice.looked_at.for_each([&](Distance far) { ++pcpus_[self].balance(far).attempts; });
  if (!advice.plan) return 0;
  check(advice.plan->to == idle && runqueue_of(advice.plan->from) != runqueue_of(idle) &&
            pools_.of(advice.plan->from) == pools_.of(self),
        "a plan for an idle pCPU is to bring it something from another runqueue of its pool");
  return perform(self, *advice.plan, balancer, now).count;
}

void Dispatcher::count_plan(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved) {
  DomainCounts& domain = pcpus_[self].balance(topology_.distance(plan.from, plan.to));
  ++domain.plans[static_cast<std::size_t>(outcome)];
  domain.moved += moved;
}

/// The nearest idle one that it prefers, if there is room for it.
PcpuId Dispatcher::idle_preferred_by(VcpuId vcpu, PcpuId from, Time now) const {
  const PcpuSet* const preferred = preferred_by(vcpu);
  if (preferred == nullptr) return kNoPcpu;
  const PcpuId idle = nearest_idle(from, topology_, world_.view(loads_), preferred).pcpu;
  return idle != kNoPcpu && has_room(vcpu, idle, now) ? idle : kNoPcpu;
}

/// Nobody who waits may run where the plan would send somebody, or would leave what it prefers for it: loads do not
/// tell affinities and seats. Those who are first to go are sent to the nearest idle pCPU that each may use, one that
/// it prefers before others.
std::optional<Plan> Dispatcher::push_where_allowed(const Plan& plan, Time now) {
  if (policy_at(plan.from).placer->holds_back()) return std::nullopt;  // each has its own pCPU, or none
  std::array<VcpuId, kMaxAsked> victims;
  const RunqueueHold hold(world_, runqueue_of(plan.from));
  const std::size_t found = runqueues_[runqueue_of(plan.from)].victims(victims);
  for (std::size_t i = 0; i < found; ++i) {
    const bool may_go = has_room(victims[i], plan.to, now);
    if (may_go && !leaves_preferred(victims[i], plan.to)) continue;
    PcpuId to = idle_preferred_by(victims[i], plan.from, now);
    if (to == kNoPcpu && !may_go) to = nearest_idle_for(victims[i], plan.from, now);
    if (to == kNoPcpu || !may_move(victims[i], {.from = plan.from, .to = to}, now)) continue;
    Plan other = plan;
    other.to = to;
    other.how_many = 1;
    other.weight_limit = static_cast<std::uint64_t>(value(vcpus_[victims[i]].traits.weight));
    return other;
  }
  return std::nullopt;
}

void Dispatcher::tell_lengths(const Plan& plan, const Moves& moves, Time now) {
  if (!world_.recording()) return;
  world_.record({.at = now, .pcpu = plan.from, .kind = EventKind::QueueLen, .length = moves.left});
  world_.record({.at = now, .pcpu = plan.to, .kind = EventKind::QueueLen, .length = moves.arrived});
}

Dispatcher::Moves Dispatcher::carry_out(const Plan& plan, const Balancer& balancer, Time now) {
  const RunqueueId from = runqueue_of(plan.from), to = runqueue_of(plan.to);
  const TwoRunqueueHold hold(world_, from, to);
  if (!loads_.online(plan.to)) [[unlikely]] return {.outcome = PlanOutcome::StaleOffline};
  charge_current(plan.from, now);
  const PlanOutcome verdict = balancer.still_holds(plan, runqueues_[from].snapshot(now, called(from)),
                                                  runqueues_[to].snapshot(now, called(to)));
  if (verdict != PlanOutcome::Done) return {.outcome = verdict};
  Moves moves = plan.how == MoveHow::Swap ? exchange(plan, now) : move_victims(plan, now);
  if (moves.outcome == PlanOutcome::StaleUrgent) send_displaced(plan, balancer, now, moves);
  if (moves.count > 0 && plan.how != MoveHow::Swap) waits_since(plan.from) = kNever;
  moves.left = event_length(runqueues_[from].waiting());
  moves.arrived = event_length(runqueues_[to].waiting());
  publish(plan.from, now);
  publish(plan.to, now);
  return moves;
}

Dispatcher::Moves Dispatcher::move_victims(const Plan& plan, Time now) {
  std::array<VcpuId, kMaxMoves> victims;
  const Runqueue& from = runqueues_[runqueue_of(plan.from)];
  const std::size_t found = from.victims(victims);
  Moves moves{.outcome = PlanOutcome::StaleAffinity};
  take_along({victims.data(), found}, plan, {.leaves_preferred = false, .now = now}, moves);
  // Soft affinity: nobody leaves the pCPUs that it prefers for the sake of evenness, only to run at once, and only
  // where none of these idles.
  const RunqueueId to = runqueue_of(plan.to);
  if (preferred_ != nullptr && moves.count == 0 && runqueues_[to].snapshot(now, called(to)).idle())
    take_along({victims.data(), found}, plan, {.leaves_preferred = true, .now = now}, moves);
  return moves;
}

/// Of the `victims`, those who leave what they prefer, or those who do not.
void Dispatcher::take_along(std::span<const VcpuId> victims, const Plan& plan, Step step, Moves& moves) {
  const Time now = step.now;
  std::uint64_t weight = 0;
  for (std::size_t i = 0; i < victims.size() && moves.count < plan.how_many; ++i) {
    const VcpuRecord& record = vcpus_[victims[i]];
    if (preferred_ != nullptr && leaves_preferred(victims[i], plan.to) != step.leaves_preferred) continue;
    if (step.leaves_preferred && idle_preferred_by(victims[i], plan.from, now) != kNoPcpu) continue;
    if (!may_move(victims[i], {.from = plan.from, .to = plan.to}, now)) continue;
    const auto heavier = weight + static_cast<std::uint64_t>(value(record.traits.weight));
    if (heavier > plan.weight_limit) {
      if (moves.count == 0) moves.outcome = PlanOutcome::StaleTooHeavy;
      continue;
    }
    if (const bool comes = is_coming(victims[i], plan.from, now); comes || is_hot(victims[i], plan, now)) {
      if (moves.count == 0) moves.outcome = comes ? PlanOutcome::StaleUrgent : PlanOutcome::StaleHot;
      continue;
    }
    if (!takes_seat(victims[i], plan.to, now)) continue;
    weight = heavier;
    const MigrateWhy why = plan.how == MoveHow::Pull ? MigrateWhy::Pull : MigrateWhy::Push;
    move(victims[i], {.from = plan.from, .to = plan.to}, why, now, moves);
  }
}

/// Is it allowed there, and would it run? Whom a change is about to reach stays.
bool Dispatcher::may_move(VcpuId vcpu, const Way& way, Time now) const {
  const VcpuRecord& record = vcpus_[vcpu];
  if (!record.traits.allowed.contains(way.to) || record.changed.load(std::memory_order_relaxed)) return false;
  const Runqueue& from = runqueues_[runqueue_of(way.from)];
  return from.dormant(now) == 0 || from.eligible_at(vcpu, now) <= now;
}

/// It ran on the runqueue that it waits on so recently that the plan spares it.
bool Dispatcher::is_hot(VcpuId vcpu, const Plan& plan, Time now) const {
  if (plan.spares == Duration{0}) return false;
  const PcpuId last = vcpus_[vcpu].last_ran;
  return last != kNoPcpu && runqueue_of(last) == runqueue_of(plan.from) && now - table_[vcpu].ran_until < plan.spares;
}

/// Whoever runs on `pcpu` has been told to make room for it: it is about to run there.
bool Dispatcher::is_coming(VcpuId vcpu, PcpuId id, Time now) const {
  const PcpuRecord& pcpu = pcpus_[id];
  if (shares() || !pcpu.reschedule || pcpu.has_news || pcpu.current == kNoVcpu) return false;
  return runqueues_[runqueue_of(id)].preempts(vcpu, pcpu.current, now);
}

/// All that might have gone are about to run there: not who is urgent goes, but who is displaced, at the exit that it
/// has been asked for, if it would run at once.
void Dispatcher::send_displaced(const Plan& plan, const Balancer& balancer, Time now, Moves& moves) {
  Plan of_running = plan_active(plan.from, plan.to);
  of_running.seen_at = plan.seen_at;
  if (may_ask(of_running, balancer, now) != PlanOutcome::Done) return;
  PcpuRecord& there = pcpus_[plan.from];
  there.goes = there.current;
  there.goes_to = plan.to;
  there.goes_why = plan.how == MoveHow::Pull ? MigrateWhy::Pull : MigrateWhy::Push;
  ask(plan.from);
  moves.asked = true;
  moves.outcome = PlanOutcome::Done;
}

void Dispatcher::move(VcpuId vcpu, const Way& way, MigrateWhy why, Time now, Moves& moves) {
  VcpuRecord& record = vcpus_[vcpu];
  runqueues_[runqueue_of(way.from)].leave(vcpu, LeaveWhy::Migrating, now);
  record.moved_by = why;
  record.where.store(way.to, std::memory_order_relaxed);
  const PcpuId told = join(way.to, vcpu, EnqueueWhy::Migrated, now);
  if (told != kNoPcpu && (moves.must_tell == 0 || moves.told[moves.must_tell - 1] != told))
    moves.told[moves.must_tell++] = told;
  ++moves.count;
  moves.outcome = PlanOutcome::Done;
}

/// Those who wait on `way.from` and may go. Who has a seat keeps it: two seats cannot be changed at once.
std::size_t Dispatcher::offers(const Way& way, Time now, std::span<Offer, kMostOffers> out) const {
  std::array<VcpuId, kMostOffers> victims;
  const std::size_t found = runqueues_[runqueue_of(way.from)].victims(victims);
  std::size_t offered = 0;
  for (std::size_t i = 0; i < found; ++i) {
    if (!may_move(victims[i], way, now) || leaves_preferred(victims[i], way.to)) continue;
    if (seats_ != nullptr && seats_->has(victims[i])) continue;
    if (is_coming(victims[i], way.from, now)) continue;
    out[offered++] = {victims[i], static_cast<std::uint64_t>(value(vcpus_[victims[i]].traits.weight))};
  }
  return offered;
}

Dispatcher::Moves Dispatcher::exchange(const Plan& plan, Time now) {
  std::array<Offer, kMostOffers> going, coming;
  const Way there{.from = plan.from, .to = plan.to}, back{.from = plan.to, .to = plan.from};
  const std::size_t go = offers(there, now, going), come = offers(back, now, coming);
  const Exchange pair = best_exchange(std::span(going).first(go), std::span(coming).first(come), plan.weight_limit);
  Moves moves{.outcome = go == 0 || come == 0 ? PlanOutcome::StaleAffinity : PlanOutcome::StaleTooHeavy};
  if (pair.goes == kNoVcpu) return moves;
  move(pair.goes, there, MigrateWhy::Push, now, moves);
  move(pair.comes, back, MigrateWhy::Pull, now, moves);
  return moves;
}

}  // namespace roost
