#include "sched/discipline/edf.hpp"

#include <algorithm>

namespace roost {

namespace {

constexpr ConstantInfo kConstants[]{
    PeriodicBudget::kBudget,
    PeriodicBudget::kPeriod,
    count_constant("hard", "1: nobody gets more than its budget; 0: what is left over goes to the earliest deadline", 0,
                   0, 1),
};

}  // namespace

constexpr DisciplineEntry kEdfEntry{
    {"edf", "the earliest deadline first; a budget in every period for each (CBS)",
     "Liu and Layland 1973; Abeni and Buttazzo 1998", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Edf>(scope.max_vcpus, scope.runqueues,
                                   EdfConstants{.budget = constants.time("budget"),
                                                .period = constants.time("period"),
                                                .hard = constants.count("hard") == 1});
    }};

Edf::Edf(std::size_t max_vcpus, std::size_t runqueues, EdfConstants constants)
    : servers_(max_vcpus), queues_(runqueues), constants_(constants) {
  check(constants.budget > Duration{0} && constants.period > Duration{0}, "a budget is longer than nothing");
}

void Edf::admit(VcpuId vcpu, const VcpuTraits& traits) {
  const Reservation has = PeriodicBudget::of(traits, {.budget = constants_.budget, .period = constants_.period});
  servers_[vcpu] = Server{};
  servers_[vcpu].budget = has.budget;
  servers_[vcpu].period = has.period;
}

void Edf::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Server& server = servers_[vcpu];
  replenish(queue, now);
  if (!server.begun) begin(server, now);
  if (why == EnqueueWhy::Wake) wake_up(server, now);
  server.depleted = constants_.hard && server.left <= Duration{0};
  if (server.depleted) {
    queue.depleted.insert({server.deadline, vcpu}, positions());
    return replenish(queue, now);
  }
  if (server.left <= Duration{0}) postpone(server);
  const bool stands_back = why == EnqueueWhy::Yield && !queue.ready.empty();
  const Time stands = stands_back ? std::max(server.deadline, queue.ready.last_key() + Duration{1}) : server.deadline;
  queue.ready.insert({stands, vcpu}, positions());
}

void Edf::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  if (why != LeaveWhy::Migrating) return;
  Server& server = servers_[vcpu];
  Heap& heap = server.depleted ? queues_[rq].depleted : queues_[rq].ready;
  heap.remove(server.position, positions());
}

std::optional<Pick> Edf::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  replenish(queue, request.now);
  const auto allowed = [&](VcpuId vcpu) { return request.allows(vcpu); };
  const std::uint32_t first = queue.ready.first_where(allowed);
  if (first == Heap::kNowhere) {
    const std::uint32_t later = queue.depleted.first_where(allowed);
    if (later == Heap::kNowhere) return std::nullopt;
    return Pick{kNoVcpu, queue.depleted.at(later).key};
  }
  const VcpuId next = queue.ready.at(first).vcpu;
  queue.ready.remove(first, positions());
  const Time used_up = request.now + servers_[next].left;
  return Pick{next, queue.depleted.empty() ? used_up : std::min(used_up, queue.depleted.front().key)};
}

bool Edf::preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const {
  const Server &newcomer = servers_[waiting], &runs = servers_[running];
  if (newcomer.depleted) return newcomer.deadline < now + runs.left;
  return queues_[rq].ready.at(newcomer.position).key < runs.deadline;
}

std::size_t Edf::victims(RunqueueId rq, std::span<VcpuId> out) const {
  const Queue& queue = queues_[rq];
  const std::size_t found = queue.ready.last(out, positions());
  return found + queue.depleted.last(out.subspan(found), positions());
}

Urgency Edf::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  if (!queue.ready.empty()) return -nanoseconds(queue.ready.front().key);
  return queue.depleted.empty() ? kNoUrgency : -nanoseconds(queue.depleted.front().key);
}

std::size_t Edf::waiting(RunqueueId rq) const { return queues_[rq].ready.size() + queues_[rq].depleted.size(); }

Time Edf::eligible_at(VcpuId vcpu, Time) const {
  const Server& server = servers_[vcpu];
  return server.depleted ? server.deadline : server.released;
}

std::size_t Edf::dormant(RunqueueId rq, Time) const { return queues_[rq].depleted.size(); }

void Edf::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  queue.ready.check_invariants(positions());
  queue.depleted.check_invariants(positions());
  for (const Heap::Member& waiter : queue.ready) {
    const Server& server = servers_[waiter.vcpu];
    check(!server.depleted && server.left > Duration{0}, "who is ready has some budget left");
    check(server.left <= server.budget, "nobody has more than its budget");
    check(waiter.key >= server.deadline, "who is ready stands at its deadline, or back");
  }
  for (const Heap::Member& waiter : queue.depleted) {
    const Server& server = servers_[waiter.vcpu];
    check(constants_.hard && server.depleted && server.left <= Duration{0}, "who is depleted has used its budget up");
    check(waiter.key == server.deadline, "who is depleted waits until its deadline");
  }
}

void Edf::begin(Server& server, Time now) {
  server.begun = true;
  server.deadline = now + server.period;
  server.left = server.budget;
}

/// It begins anew unless it would run faster than Q / T until d if it went on with q and d as they are.
void Edf::wake_up(Server& server, Time now) {
  const Duration rest = server.deadline - now;
  if (rest > server.period) return;  // q is never more than Q, so q < rest Q / T. The products below fit: 1 s by 1 s
  if (rest <= Duration{0}) return begin(server, now);
  if (server.left.count() * server.period.count() >= rest.count() * server.budget.count()) begin(server, now);
}

void Edf::postpone(Server& server) {
  const std::int64_t periods = -server.left.count() / server.budget.count() + 1;
  server.deadline += server.period * periods;
  server.left += server.budget * periods;
}

/// Those whose deadline has come are ready again.
void Edf::replenish(Queue& queue, Time now) {
  while (!queue.depleted.empty() && queue.depleted.front().key <= now) {
    const VcpuId vcpu = queue.depleted.front().vcpu;
    queue.depleted.remove(0, positions());
    Server& server = servers_[vcpu];
    server.released = server.deadline;
    postpone(server);
    if (server.deadline <= now) begin(server, now);
    server.depleted = false;
    queue.ready.insert({server.deadline, vcpu}, positions());
  }
}

}  // namespace roost
