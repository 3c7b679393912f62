#include "sched/discipline/stride.hpp"

namespace roost {

namespace {

constexpr std::size_t kRoom = 16;
constexpr ConstantInfo kConstants[]{
    time_constant("quantum", "how long each runs at a turn", Stride::kQuantum, std::chrono::microseconds(1),
                  std::chrono::seconds(1)),
};

}  // namespace

constexpr DisciplineEntry kStrideEntry{
    {"stride", "exact shares by weight: whoever's pass is least, which grows the slower the heavier it is",
     "Waldspurger, Weihl: Stride Scheduling (1995)", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Stride>(scope.max_vcpus, scope.runqueues, constants.time("quantum"));
    }};

Stride::Stride(std::size_t max_vcpus, std::size_t runqueues, Duration quantum)
    : clients_(max_vcpus), queues_(runqueues), quantum_(nanoseconds(quantum)) {
  check(quantum > Duration{0} && quantum <= std::chrono::seconds(1), "a quantum lies in 1 ns .. 1 s");
  for (Queue& queue : queues_) queue.heap.reserve(kRoom);
}

void Stride::Meter::advance(Duration ran, std::int64_t tickets_times_quantum) {
  const std::int64_t scaled = nanoseconds(ran) * kStride1 + rest;
  pass += scaled / tickets_times_quantum;
  rest = scaled % tickets_times_quantum;
}

/// Its global pass keeps its fraction.
void Stride::set_tickets(Queue& queue, std::int64_t tickets) {
  const std::int64_t before = queue.tickets;
  queue.tickets = tickets;
  if (before == 0) return;
  std::int64_t& rest = queue.global.rest;
  rest = rest / before * tickets + rest % before * tickets / before;
}

void Stride::admit(VcpuId vcpu, const VcpuTraits& traits) {
  clients_[vcpu] = Client{};
  clients_[vcpu].tickets = value(traits.weight);
  clients_[vcpu].meter.pass = kStride1 / value(traits.weight);
}

void Stride::reweigh(VcpuId vcpu, Weight weight) {
  Client& client = clients_[vcpu];
  client.meter = {client.meter.pass * client.tickets / value(weight), 0};
  client.tickets = value(weight);
}

void Stride::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) {
  Queue& queue = queues_[rq];
  Client& client = clients_[vcpu];
  const bool comes = why == EnqueueWhy::Fork || why == EnqueueWhy::Wake || why == EnqueueWhy::Migrated;
  if (comes) {
    client.meter.pass += queue.global.pass;
    client.home = rq;
    set_tickets(queue, queue.tickets + client.tickets);
  }
  queue.heap.insert({client.meter.pass, vcpu}, positions());
}

void Stride::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  Queue& queue = queues_[rq];
  Client& client = clients_[vcpu];
  if (why == LeaveWhy::Migrating) queue.heap.remove(client.position, positions());
  client.meter.pass -= queue.global.pass;
  set_tickets(queue, queue.tickets - client.tickets);
}

std::optional<Pick> Stride::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  const std::uint32_t position = queue.heap.first_where([&](VcpuId vcpu) { return request.allows(vcpu); });
  if (position == Heap::kNowhere) return std::nullopt;
  const VcpuId next = queue.heap.at(position).vcpu;
  queue.heap.remove(position, positions());
  return Pick{next, request.now + Duration(quantum_)};
}

void Stride::charge(RunqueueId rq, VcpuId running, Duration ran, Time) {
  Queue& queue = queues_[rq];
  Client& client = clients_[running];
  client.meter.advance(ran, client.tickets * quantum_);
  queue.global.advance(ran, queue.tickets * quantum_);
}

std::size_t Stride::victims(RunqueueId rq, std::span<VcpuId> out) const {
  return queues_[rq].heap.last(out, positions());
}

Urgency Stride::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  return queue.heap.empty() ? kNoUrgency : queue.global.pass - queue.heap.front().key;
}

Urgency Stride::urgency_of(VcpuId vcpu) const {
  const Client& client = clients_[vcpu];
  check(client.home != kNoRunqueue, "a vCPU that is urgent has been enqueued");
  return queues_[client.home].global.pass - client.meter.pass;
}

void Stride::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  std::int64_t tickets = 0;
  queue.heap.check_invariants(positions());
  for (const Heap::Member& waiter : queue.heap) {
    const Client& client = clients_[waiter.vcpu];
    check(client.home == rq && waiter.key == client.meter.pass, "a waiting vCPU stands at its pass");
    tickets += client.tickets;
  }
  check(tickets <= queue.tickets, "the tickets are those of all who wait or run here");
  check(queue.global.rest >= 0 && (queue.tickets == 0 || queue.global.rest < queue.tickets * quantum_),
        "a rest is less than one pass");
}

}  // namespace roost
