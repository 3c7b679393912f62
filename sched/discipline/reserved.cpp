#include "sched/discipline/reserved.hpp"

#include <algorithm>
#include <utility>

namespace roost {

Reserved::Reserved(std::unique_ptr<Discipline> inner, std::shared_ptr<CbsServers> servers,
                   IdVector<PcpuId, std::uint32_t> capacities, std::size_t runqueues)
    : inner_(std::move(inner)),
      beyond_(inner_->beyond_reservations()),
      servers_(std::move(servers)),
      capacities_(std::move(capacities)),
      entries_(servers_->size()),
      queues_(runqueues > 0 ? runqueues : capacities_.size()) {}

void Reserved::admit(VcpuId vcpu, const VcpuTraits& traits) {
  entries_[vcpu] = {};
  inner_->admit(vcpu, traits);
}

void Reserved::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  CbsServer& of = server(vcpu);
  // A period's end has cut its slice: that is not its own end.
  const bool inside = entries_[vcpu].place != Place::RunsAhead;
  const bool was_cut = why == EnqueueWhy::SliceEnd && inside && now < entries_[vcpu].inner_until;
  const EnqueueWhy ran = was_cut ? EnqueueWhy::Preempted : why;
  if (!of.reserved()) return inner_->enqueue(rq, vcpu, ran, now);

  Entry& entry = entries_[vcpu];
  of.arrive(now);
  if (why == EnqueueWhy::Yield) of.stand_back();
  const bool ran_inside = entry.place == Place::RunsInside, goes_ahead = of.has_budget() && why != EnqueueWhy::Yield;
  if (!of.has_budget() && beyond_ == Beyond::Waits) {
    if (ran_inside) inner_->leave(rq, vcpu, LeaveWhy::Throttled, now), entry.returns = EnqueueWhy::Wake;
    ++queue.held;
    return wait_inside(queue, vcpu, Place::Held);
  }
  const bool told = ran_inside || beyond_ == Beyond::Ranks;  // why it comes
  if (told || !goes_ahead) inner_->enqueue(rq, vcpu, told ? ran : entry.returns, now);
  if (!goes_ahead) {
    wait_inside(queue, vcpu, Place::Inside);
  } else if (told) {
    come_out(rq, vcpu, now);
  } else {
    entry.place = Place::Ahead;
    queue.ahead.insert(item(vcpu));
  }
}

void Reserved::wait_inside(Queue& queue, VcpuId vcpu, Place place) {
  entries_[vcpu].place = place;
  queue.inside.insert(item(vcpu));
}

/// It is held, or waits in the inner discipline, and has budget.
void Reserved::come_out(RunqueueId rq, VcpuId vcpu, Time now) {
  Queue& queue = queues_[rq];
  Entry& entry = entries_[vcpu];
  if (std::exchange(entry.place, Place::Ahead) == Place::Held) {
    --queue.held;
  } else {
    inner_->leave(rq, vcpu, LeaveWhy::Migrating, now);
    entry.returns = EnqueueWhy::Migrated;
  }
  queue.ahead.insert(item(vcpu));
}

void Reserved::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) {
  Queue& queue = queues_[rq];
  CbsServer& of = server(vcpu);
  if (!of.reserved()) return inner_->leave(rq, vcpu, why, now);
  Entry& entry = entries_[vcpu];
  const Place was = std::exchange(entry.place, Place::Away);
  if (why != LeaveWhy::Migrating) of.sleep();
  if (was == Place::Ahead) queue.ahead.erase(item(vcpu));
  if (was == Place::Inside || was == Place::Held) queue.inside.erase(item(vcpu));
  if (was == Place::Held) --queue.held, entry.released = of.deadline();
  const bool told = was == Place::Inside || was == Place::RunsInside ||
                    (was == Place::RunsAhead && beyond_ == Beyond::Ranks);
  if (!told) return;
  inner_->leave(rq, vcpu, why, now);
  entry.returns = why == LeaveWhy::Migrating ? EnqueueWhy::Migrated : EnqueueWhy::Wake;
}

/// Those whose period is over begin the next one.
void Reserved::promote(RunqueueId rq, Time now) {
  Queue& queue = queues_[rq];
  const auto renewed = [&](DeadlineOrder& order) {
    const Item first = order.first();
    if (&order == &queue.inside) entries_[first.vcpu].released = eligible_at(first.vcpu, now);
    order.erase(first);
    server(first.vcpu).settle(now);
    return first.vcpu;
  };
  while (!queue.ahead.empty() && queue.ahead.first().deadline <= now) {
    const VcpuId vcpu = renewed(queue.ahead);
    queue.ahead.insert(item(vcpu));
  }
  while (!queue.inside.empty() && queue.inside.first().deadline <= now) {
    const VcpuId vcpu = renewed(queue.inside);
    if (server(vcpu).has_budget()) come_out(rq, vcpu, now);
    else queue.inside.insert(item(vcpu));  // it owed all of its budget
  }
}

std::optional<Pick> Reserved::pick(RunqueueId rq, const PickRequest& request) {
  promote(rq, request.now);
  std::optional<Pick> pick = pick_ahead(rq, request);
  if (!pick) pick = pick_inside(rq, request);
  if (!pick) pick = pick_held(rq, request);
  const DeadlineOrder& inside = queues_[rq].inside;
  if (!pick) return pick;
  if (!inside.empty()) pick->until = std::min(pick->until, inside.first().deadline);
  if (pick->vcpu != kNoVcpu) entries_[pick->vcpu].until = pick->until;
  return pick;
}

std::optional<Pick> Reserved::pick_ahead(RunqueueId rq, const PickRequest& request) {
  DeadlineOrder& ahead = queues_[rq].ahead;
  for (auto at = ahead.end(); at != ahead.begin();) {
    const Item item = *--at;
    if (!request.allows(item.vcpu)) continue;
    ahead.erase(item);
    Entry& entry = entries_[item.vcpu];
    entry.place = Place::RunsAhead;
    entry.capacity = capacity_of(rq, request);
    return Pick{item.vcpu, std::min(request.now + server(item.vcpu).runs_for(entry.capacity), item.deadline)};
  }
  return std::nullopt;
}

std::optional<Pick> Reserved::pick_inside(RunqueueId rq, const PickRequest& request) {
  std::optional<Pick> pick = inner_->pick(rq, request);
  if (!pick || pick->vcpu == kNoVcpu) return pick;
  entries_[pick->vcpu].inner_until = pick->until;
  if (!server(pick->vcpu).reserved()) return pick;
  queues_[rq].inside.erase(item(pick->vcpu));
  entries_[pick->vcpu].place = Place::RunsInside;
  entries_[pick->vcpu].capacity = capacity_of(rq, request);
  const CbsServer& of = server(pick->vcpu);
  pick->until = std::min(pick->until, of.deadline());
  if (beyond_ == Beyond::Waits)  // it has yielded, and has budget
    pick->until = std::min(pick->until, request.now + of.runs_for(entries_[pick->vcpu].capacity));
  return pick;
}

/// Nobody, until the first who is held may run.
std::optional<Pick> Reserved::pick_held(RunqueueId rq, const PickRequest& request) const {
  const Queue& queue = queues_[rq];
  if (queue.held == 0) return std::nullopt;
  for (auto at = queue.inside.end(); at != queue.inside.begin();)
    if (const Item item = *--at; entries_[item.vcpu].place == Place::Held && request.allows(item.vcpu))
      return Pick{kNoVcpu, item.deadline};
  return std::nullopt;
}

void Reserved::charge(RunqueueId rq, VcpuId running, Duration ran, Time now) {
  CbsServer& of = server(running);
  const bool ahead = entries_[running].place == Place::RunsAhead;
  if (of.reserved()) of.charge(ran, entries_[running].capacity, ahead);
  if (!ahead || beyond_ == Beyond::Ranks) inner_->charge(rq, running, ran, now);
}

bool Reserved::preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const {
  const Place comes = entries_[waiting].place;
  const bool comes_ahead = comes == Place::Ahead, runs_ahead = entries_[running].place == Place::RunsAhead;
  const bool ends_a_period = comes == Place::Inside || comes == Place::Held;
  if (ends_a_period && server(waiting).deadline() < entries_[running].until) return true;
  if (comes == Place::Held) return false;
  if (comes_ahead && runs_ahead) return DeadlineOrder::sooner(item(waiting), item(running));
  return comes_ahead || (!runs_ahead && inner_->preempts(rq, waiting, running, now));
}

std::size_t Reserved::victims(RunqueueId rq, std::span<VcpuId> out) const {
  const Queue& queue = queues_[rq];
  std::size_t found = inner_->victims(rq, out);
  const auto add = [&](const Item& item) {
    if (found < out.size()) out[found++] = item.vcpu;
  };
  if (queue.held > 0)
    for (const Item& item : queue.inside)
      if (entries_[item.vcpu].place == Place::Held) add(item);
  for (const Item& item : queue.ahead) add(item);
  return found;
}

Urgency Reserved::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  if (!queue.ahead.empty()) return urgency_at(queue.ahead.first().deadline);
  return std::max(std::min(inner_->urgency(rq), kAhead), queue.held > 0 ? kHeld : kNoUrgency);
}

Urgency Reserved::urgency_of(VcpuId vcpu) const {
  const Place place = entries_[vcpu].place;
  if (place == Place::Ahead || place == Place::RunsAhead) return urgency_at(server(vcpu).deadline());
  return place == Place::Held ? kHeld : std::min(inner_->urgency_of(vcpu), kAhead);
}

/// By its reservation, if not before.
Time Reserved::eligible_at(VcpuId vcpu, Time now) const {
  switch (entries_[vcpu].place) {
    case Place::Ahead: return entries_[vcpu].released;
    case Place::Held: return server(vcpu).deadline();
    case Place::Inside: return std::min(inner_->eligible_at(vcpu, now), server(vcpu).deadline());
    default: return inner_->eligible_at(vcpu, now);
  }
}

void Reserved::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  std::size_t held = 0;
  const auto check_order = [&](const DeadlineOrder& order, bool ahead) {
    const Item* before = nullptr;
    for (const Item& here : order) {
      check(here == item(here.vcpu), "who waits stands at its deadline");
      check(before == nullptr || DeadlineOrder::sooner(here, *before), "they stand in the order of their deadlines");
      const Place place = entries_[here.vcpu].place;
      check(ahead ? place == Place::Ahead : place == Place::Inside || place == Place::Held, "who waits knows where");
      check(place != Place::Ahead || server(here.vcpu).has_budget(), "who waits ahead has budget");
      check(place != Place::Held || !server(here.vcpu).has_budget(), "who is held has none");
      held += place == Place::Held;
      before = &here;
    }
  };
  check_order(queue.ahead, true);
  check_order(queue.inside, false);
  check(held == queue.held, "those held are counted");
  check(queue.inside.size() - held <= inner_->waiting(rq), "who waits inside is among those of the inner discipline");
  inner_->check_invariants(rq);
}

}  // namespace roost
