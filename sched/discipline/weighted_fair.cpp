#include "sched/discipline/weighted_fair.hpp"

#include <algorithm>

namespace roost {

namespace {
constexpr std::int64_t kUnit = value(kDefaultWeight);  // the weight at which virtual time is real time
}

WeightedFair::WeightedFair(std::size_t max_vcpus, std::size_t runqueues, WeightedFairConstants constants)
    : shares_(max_vcpus), queues_(runqueues), constants_(constants) {
  check(constants.slice > Duration{0}, "a slice is longer than nothing");
  for (Queue& queue : queues_) queue.heap.reserve(kRoom);
}

void WeightedFair::admit(VcpuId vcpu, const VcpuTraits& traits) {
  shares_[vcpu] = Share{};
  shares_[vcpu].weight = value(traits.weight);
}

void WeightedFair::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Share& share = shares_[vcpu];
  switch (why) {
    case EnqueueWhy::Fork: share.vtime = queue.floor; break;
    case EnqueueWhy::Wake: share.vtime = woken(rq, share, now); break;
    case EnqueueWhy::Migrated: share.vtime.ns += queue.floor.ns - share.left_floor.ns; break;
    case EnqueueWhy::Yield:
    case EnqueueWhy::Preempted:
    case EnqueueWhy::SliceEnd: break;
  }
  const bool stands_back = why == EnqueueWhy::Yield && !queue.heap.empty();
  const Vtime stands = stands_back ? std::max(share.vtime, Vtime{last_in(queue).ns + 1}) : share.vtime;
  share.home = rq;
  queue.weight += share.weight;
  queue.heap.emplace_back();
  sift(queue, static_cast<std::uint32_t>(queue.heap.size() - 1), {stands, vcpu});
}

void WeightedFair::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) {
  Queue& queue = queues_[rq];
  Share& share = shares_[vcpu];
  if (why == LeaveWhy::Migrating) {
    remove(queue, share.position);
    share.vtime = within_credit(queue, share.vtime);
  }
  share.left_floor = queue.floor;
  share.left_weight = queue.weight;
  share.left_at = now;
}

std::optional<Pick> WeightedFair::pick(RunqueueId rq, Time now) {
  Queue& queue = queues_[rq];
  if (queue.heap.empty()) return std::nullopt;
  const Waiter next = queue.heap.front();
  const std::int64_t all = queue.weight;
  remove(queue, 0);
  Share& share = shares_[next.vcpu];
  share.vtime = within_credit(queue, share.vtime);
  raise_floor(queue, share.vtime);
  const Duration slice = constants_.latency * share.weight / all;
  return Pick{next.vcpu, now + std::max(slice, constants_.slice)};
}

void WeightedFair::charge(RunqueueId rq, VcpuId running, Duration ran, Time) {
  Share& share = shares_[running];
  const std::int64_t scaled = nanoseconds(ran) * kUnit + share.remainder;
  share.vtime.ns += scaled / share.weight;
  share.remainder = scaled % share.weight;
  raise_floor(queues_[rq], share.vtime);
}

bool WeightedFair::preempts(RunqueueId, VcpuId waiting, VcpuId running, Time) const {
  const Share& newcomer = shares_[waiting];
  const std::int64_t behind = shares_[running].vtime.ns - newcomer.vtime.ns;
  return behind > nanoseconds(constants_.granularity) * kUnit / newcomer.weight;
}

std::size_t WeightedFair::victims(RunqueueId rq, std::span<VcpuId> out) const {
  const std::vector<Waiter>& heap = queues_[rq].heap;
  const auto later = [&](VcpuId a, VcpuId b) { return sooner(heap[shares_[b].position], heap[shares_[a].position]); };
  std::size_t found = 0;  // out[0 .. found) is a heap with the soonest of the latest on top, until it is full
  for (const Waiter& waiter : heap) {
    if (found < out.size()) {
      out[found++] = waiter.vcpu;
      std::push_heap(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(found), later);
    } else if (found > 0 && later(waiter.vcpu, out.front())) {
      std::pop_heap(out.begin(), out.end(), later);
      out.back() = waiter.vcpu;
      std::push_heap(out.begin(), out.end(), later);
    }
  }
  std::sort_heap(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(found), later);
  return found;
}

Urgency WeightedFair::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  return queue.heap.empty() ? kNoUrgency : queue.floor.ns - queue.heap.front().stands.ns;
}

Urgency WeightedFair::urgency_of(VcpuId vcpu) const {
  const Share& share = shares_[vcpu];
  check(share.home != kNoRunqueue, "a vCPU that is urgent has been enqueued");
  return queues_[share.home].floor.ns - share.vtime.ns;
}

std::size_t WeightedFair::waiting(RunqueueId rq) const { return queues_[rq].heap.size(); }

void WeightedFair::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  std::int64_t weight = 0;
  for (std::size_t i = 0; i < queue.heap.size(); ++i) {
    const Waiter& waiter = queue.heap[i];
    const Share& share = shares_[waiter.vcpu];
    check(share.position == i && share.home == rq, "a waiting vCPU knows its place in the heap");
    check(share.vtime <= waiter.stands, "a waiting vCPU stands at its virtual time, or back");
    check(i == 0 || !sooner(waiter, queue.heap[(i - 1) / 2]), "no member of the heap is sooner than the one above it");
    check(waiter.stands.ns >= queue.floor.ns - nanoseconds(constants_.credit), "nobody is owed more than the credit");
    weight += share.weight;
  }
  check(weight == queue.weight, "the weight is the sum over the waiting vCPUs");
}

bool WeightedFair::sooner(const Waiter& a, const Waiter& b) {
  return a.stands != b.stands ? a.stands < b.stands : a.vcpu < b.vcpu;
}

/// Where the last one of a queue that is not empty stands: it is one of the heap's leaves.
WeightedFair::Vtime WeightedFair::last_in(const Queue& queue) {
  Vtime last = queue.heap.back().stands;
  for (std::size_t leaf = queue.heap.size() / 2; leaf < queue.heap.size(); ++leaf)
    last = std::max(last, queue.heap[leaf].stands);
  return last;
}

/// Whoever stood back while the floor rose is owed no more than a sleeper.
WeightedFair::Vtime WeightedFair::within_credit(const Queue& queue, Vtime vtime) const {
  return std::max(vtime, Vtime{queue.floor.ns - nanoseconds(constants_.credit)});
}

void WeightedFair::raise_floor(Queue& queue, Vtime running) {
  const Vtime least = queue.heap.empty() ? running : std::min(running, queue.heap.front().stands);
  queue.floor = std::max(queue.floor, least);
}

/// Where a sleeper starts: where it was, if it comes back to the runqueue it left. Elsewhere the distance counts, less
/// what the floor it left would have risen while it slept if nobody had come or gone, at most by all of that time: the
/// floor itself belongs to another runqueue's holder by now.
WeightedFair::Vtime WeightedFair::woken(RunqueueId rq, const Share& share, Time now) const {
  const std::int64_t floor = queues_[rq].floor.ns;
  const std::int64_t least = floor - nanoseconds(constants_.credit);
  if (share.home == rq) return Vtime{std::max(share.vtime.ns, least)};
  const std::int64_t slept = nanoseconds(now - share.left_at) * kUnit / std::max(share.left_weight, kUnit);
  return Vtime{std::max(floor + share.vtime.ns - share.left_floor.ns - slept, least)};
}

void WeightedFair::remove(Queue& queue, std::uint32_t position) {
  queue.weight -= shares_[queue.heap[position].vcpu].weight;
  const Waiter last = queue.heap.back();
  queue.heap.pop_back();
  if (position < queue.heap.size()) sift(queue, position, last);
}

/// Puts `waiter` where it belongs, starting from a free `position`.
void WeightedFair::sift(Queue& queue, std::uint32_t position, Waiter waiter) {
  std::vector<Waiter>& heap = queue.heap;
  while (position > 0 && sooner(waiter, heap[(position - 1) / 2])) {
    put(queue, position, heap[(position - 1) / 2]);
    position = (position - 1) / 2;
  }
  for (std::uint32_t child = 2 * position + 1; child < heap.size(); child = 2 * position + 1) {
    if (child + 1 < heap.size() && sooner(heap[child + 1], heap[child])) ++child;
    if (!sooner(heap[child], waiter)) break;
    put(queue, position, heap[child]);
    position = child;
  }
  put(queue, position, waiter);
}

void WeightedFair::put(Queue& queue, std::uint32_t position, Waiter waiter) {
  queue.heap[position] = waiter;
  shares_[waiter.vcpu].position = position;
}

}  // namespace roost
