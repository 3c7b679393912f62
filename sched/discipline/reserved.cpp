#include "sched/discipline/reserved.hpp"

#include <algorithm>
#include <utility>

namespace roost {

Reserved::Reserved(std::unique_ptr<Discipline> inner, std::shared_ptr<CbsServers> servers,
                   IdVector<PcpuId, std::uint32_t> capacities, std::size_t runqueues)
    : inner_(std::move(inner)),
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
  const bool was_cut = why == EnqueueWhy::SliceEnd && now < entries_[vcpu].inner_until;
  const EnqueueWhy ran = was_cut ? EnqueueWhy::Preempted : why;
  if (!of.reserved()) return inner_->enqueue(rq, vcpu, ran, now);

  Entry& entry = entries_[vcpu];
  of.arrive(now);
  if (why == EnqueueWhy::Yield) of.stand_back();
  const bool ran_inside = entry.place == Place::RunsInside;
  const bool goes_ahead = of.has_budget() && why != EnqueueWhy::Yield;
  if (ran_inside || !goes_ahead) inner_->enqueue(rq, vcpu, ran_inside ? ran : entry.returns, now);
  if (!goes_ahead) {
    entry.place = Place::Inside;
    queue.inside.insert(item(vcpu));
  } else if (ran_inside) {
    come_out(rq, vcpu, now);
  } else {
    entry.place = Place::Ahead;
    queue.ahead.insert(item(vcpu));
  }
}

/// It waits in the inner discipline, and has budget.
void Reserved::come_out(RunqueueId rq, VcpuId vcpu, Time now) {
  inner_->leave(rq, vcpu, LeaveWhy::Migrating, now);
  entries_[vcpu].place = Place::Ahead;
  entries_[vcpu].returns = EnqueueWhy::Migrated;
  queues_[rq].ahead.insert(item(vcpu));
}

void Reserved::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) {
  Queue& queue = queues_[rq];
  CbsServer& of = server(vcpu);
  if (!of.reserved()) return inner_->leave(rq, vcpu, why, now);
  Entry& entry = entries_[vcpu];
  const Place was = std::exchange(entry.place, Place::Away);
  if (why != LeaveWhy::Migrating) of.sleep();
  if (was == Place::Ahead) queue.ahead.erase(item(vcpu));
  if (was == Place::Inside) queue.inside.erase(item(vcpu));
  if (was != Place::Inside && was != Place::RunsInside) return;
  inner_->leave(rq, vcpu, why, now);
  entry.returns = why == LeaveWhy::Migrating ? EnqueueWhy::Migrated : EnqueueWhy::Wake;
}

/// Those whose period is over begin the next one.
void Reserved::promote(RunqueueId rq, Time now) {
  Queue& queue = queues_[rq];
  const auto renewed = [&](DeadlineOrder& order) {
    const Item first = order.first();
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
  pick->until = std::min(pick->until, server(pick->vcpu).deadline());
  return pick;
}

void Reserved::charge(RunqueueId rq, VcpuId running, Duration ran, Time now) {
  CbsServer& of = server(running);
  const bool ahead = entries_[running].place == Place::RunsAhead;
  if (of.reserved()) of.charge(ran, entries_[running].capacity, ahead);
  if (!ahead) inner_->charge(rq, running, ran, now);
}

bool Reserved::preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const {
  const bool comes_ahead = entries_[waiting].place == Place::Ahead;
  const bool runs_ahead = entries_[running].place == Place::RunsAhead;
  const bool cuts = entries_[waiting].place == Place::Inside && server(waiting).deadline() < entries_[running].until;
  if (cuts) return true;
  if (comes_ahead && runs_ahead) return DeadlineOrder::sooner(item(waiting), item(running));
  return comes_ahead || (!runs_ahead && inner_->preempts(rq, waiting, running, now));
}

std::size_t Reserved::victims(RunqueueId rq, std::span<VcpuId> out) const {
  std::size_t found = inner_->victims(rq, out);
  for (const Item& item : queues_[rq].ahead) {
    if (found == out.size()) break;
    out[found++] = item.vcpu;
  }
  return found;
}

Urgency Reserved::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  if (!queue.ahead.empty()) return urgency_at(queue.ahead.first().deadline);
  return std::min(inner_->urgency(rq), kAhead);
}

Urgency Reserved::urgency_of(VcpuId vcpu) const {
  const Place place = entries_[vcpu].place;
  if (place == Place::Ahead || place == Place::RunsAhead) return urgency_at(server(vcpu).deadline());
  return std::min(inner_->urgency_of(vcpu), kAhead);
}

void Reserved::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  const auto check_order = [&](const DeadlineOrder& order, Place place) {
    const Item* before = nullptr;
    for (const Item& here : order) {
      check(here == item(here.vcpu), "who waits stands at its deadline");
      check(before == nullptr || DeadlineOrder::sooner(here, *before), "they stand in the order of their deadlines");
      check(entries_[here.vcpu].place == place, "who waits knows where");
      check(place != Place::Ahead || server(here.vcpu).has_budget(), "who waits ahead has budget");
      before = &here;
    }
  };
  check_order(queue.ahead, Place::Ahead);
  check_order(queue.inside, Place::Inside);
  check(queue.inside.size() <= inner_->waiting(rq), "who waits inside is among those of the inner discipline");
  inner_->check_invariants(rq);
}

}  // namespace roost
