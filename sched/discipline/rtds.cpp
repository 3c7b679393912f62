#include "sched/discipline/rtds.hpp"

#include <algorithm>

namespace roost {

namespace {

constexpr std::uint32_t kMostLevels = 4;  // that urgencies tell apart; all others are one

constexpr ConstantInfo kConstants[]{
    PeriodicBudget::kBudget,
    PeriodicBudget::kPeriod,
    count_constant("extratime", "1: who used its budget up gets time that nobody with a budget needs", 1, 0, 1),
};

}  // namespace

constexpr DisciplineEntry kRtdsEntry{
    {"rtds", "a budget in every period for each, kept while it sleeps; the earliest deadline first", "Xen's RTDS",
     kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Rtds>(scope.max_vcpus, scope.runqueues,
                                    RtdsConstants{.budget = constants.time("budget"),
                                                  .period = constants.time("period"),
                                                  .extratime = constants.count("extratime") == 1});
    }};

Rtds::Rtds(std::size_t max_vcpus, std::size_t runqueues, RtdsConstants constants)
    : servers_(max_vcpus), queues_(runqueues), constants_(constants) {
  check(constants.budget > Duration{0} && constants.period > Duration{0}, "a budget is longer than nothing");
}

void Rtds::admit(VcpuId vcpu, const VcpuTraits& traits) {
  const Reservation has = PeriodicBudget::of(traits, {.budget = constants_.budget, .period = constants_.period});
  servers_[vcpu] = Server{};
  servers_[vcpu].budget = has.budget;
  servers_[vcpu].period = has.period;
}

void Rtds::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Server& server = servers_[vcpu];
  replenish(queue, now);
  if (server.deadline <= now) next_period(server, now);
  if (server.left <= Duration{0})
    spend(server);
  else if (why == EnqueueWhy::Yield && constants_.extratime)
    ++server.level;
  insert(queue, vcpu);
}

void Rtds::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) {
  if (why != LeaveWhy::Migrating) return;
  remove(queues_[rq], vcpu);
  if (servers_[vcpu].deadline <= now) next_period(servers_[vcpu], now);  // it may run before it comes again: Reserved
}

std::optional<Pick> Rtds::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  replenish(queue, request.now);
  const auto allowed = [&](VcpuId vcpu) { return request.allows(vcpu); };
  const std::uint32_t first = queue.ready.first_where(allowed);
  if (first == VcpuHeap<Order>::kNowhere) {
    const std::uint32_t later = queue.depleted.first_where(allowed);
    if (later == VcpuHeap<Time>::kNowhere) return std::nullopt;
    return Pick{kNoVcpu, queue.depleted.at(later).key};
  }
  const VcpuId next = queue.ready.at(first).vcpu;
  remove(queue, next);
  const Server& server = servers_[next];
  const Time until = std::min(request.now + server.left, server.deadline);
  return Pick{next, queue.ends.empty() ? until : std::min(until, queue.ends.front().key)};
}

void Rtds::charge(RunqueueId, VcpuId running, Duration ran, Time now) {
  Server& server = servers_[running];
  server.left -= ran;
  if (server.deadline <= now) next_period(server, now);
}

bool Rtds::preempts(RunqueueId, VcpuId waiting, VcpuId running, Time now) const {
  const Server &newcomer = servers_[waiting], &runs = servers_[running];
  if (newcomer.depleted) return newcomer.deadline < std::min(now + runs.left, runs.deadline);
  return order_of(newcomer) < order_of(runs);
}

std::size_t Rtds::victims(RunqueueId rq, std::span<VcpuId> out) const {
  const Queue& queue = queues_[rq];
  const std::size_t found = queue.ready.last(out, places());
  return found + queue.depleted.last(out.subspan(found), places());
}

Urgency Rtds::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  if (!queue.ready.empty()) return urgency_at(queue.ready.front().key);
  return queue.depleted.empty() ? kNoUrgency : urgency_at({kMostLevels, queue.depleted.front().key});
}

Urgency Rtds::urgency_at(Order order) {
  return -nanoseconds(order.deadline) - (Urgency{1} << 60) * std::min(order.level, kMostLevels);
}

Time Rtds::eligible_at(VcpuId vcpu, Time) const {
  const Server& server = servers_[vcpu];
  return server.depleted ? server.deadline : server.released;
}

std::size_t Rtds::dormant(RunqueueId rq, Time) const { return queues_[rq].depleted.size(); }

void Rtds::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  queue.ready.check_invariants(places());
  queue.depleted.check_invariants(places());
  queue.ends.check_invariants(end_positions());
  for (const auto& waiter : queue.ends) {
    const Server& server = servers_[waiter.vcpu];
    check(server.deadline == waiter.key, "the end of its period is its deadline");
    check(server.depleted == (server.left <= Duration{0}), "who is depleted has no budget, and nobody else");
    check(server.left <= server.budget, "nobody has more than its budget");
    check(!server.depleted || !constants_.extratime, "with extratime nobody is depleted");
  }
  for (const auto& waiter : queue.ready) {
    check(!servers_[waiter.vcpu].depleted, "who is ready has some budget");
    check(waiter.key == order_of(servers_[waiter.vcpu]), "who is ready stands where its level and deadline say");
  }
  check(queue.depleted.size() + queue.ready.size() == queue.ends.size(), "who waits is ready or depleted");
}

/// Periods follow one upon the other, however late somebody looks.
void Rtds::next_period(Server& server, Time now) {
  if (server.depleted) server.released = server.deadline;
  server.depleted = false;
  server.deadline += server.period * ((now - server.deadline) / server.period + 1);
  server.left = server.budget;
  server.level = 0;
}

/// What was run beyond the budget is not owed.
void Rtds::spend(Server& server) const {
  server.left = constants_.extratime ? server.budget : Duration{0};
  if (constants_.extratime) ++server.level;
}

void Rtds::insert(Queue& queue, VcpuId vcpu) {
  Server& server = servers_[vcpu];
  server.depleted = server.left <= Duration{0};
  queue.ends.insert({server.deadline, vcpu}, end_positions());
  if (server.depleted)
    queue.depleted.insert({server.deadline, vcpu}, places());
  else
    queue.ready.insert({order_of(server), vcpu}, places());
}

void Rtds::remove(Queue& queue, VcpuId vcpu) {
  const Server& server = servers_[vcpu];
  queue.ends.remove(server.end_at, end_positions());
  if (server.depleted)
    queue.depleted.remove(server.place, places());
  else
    queue.ready.remove(server.place, places());
}

void Rtds::replenish(Queue& queue, Time now) {
  while (!queue.ends.empty() && queue.ends.front().key <= now) {
    const VcpuId vcpu = queue.ends.front().vcpu;
    remove(queue, vcpu);
    next_period(servers_[vcpu], now);
    insert(queue, vcpu);
  }
}

}  // namespace roost
