#include "sched/discipline/weighted_fair.hpp"

#include <algorithm>

namespace roost {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::int64_t kUnit = value(kDefaultWeight);  // the weight at which virtual time is real time

constexpr WeightedFairConstants kUsual;
constexpr ConstantInfo kConstants[]{
    time_constant("latency", "one round while few run", kUsual.latency, microseconds(1), seconds(10)),
    time_constant("slice", "the least that each runs at a turn", kUsual.slice, microseconds(1), seconds(10)),
    time_constant("granularity", "how far ahead a running vCPU must be to be preempted", kUsual.granularity, {},
                  seconds(10)),
    time_constant("credit", "how much a sleeper may catch up", kUsual.credit, {}, seconds(10)),
};

}  // namespace

constexpr DisciplineEntry kWeightedFairEntry{
    {"weighted_fair", "whoever is farthest behind its weighted share; sleepers catch up",
     "Linux 6.1 fair.c (CFS), without groups and buddies", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<WeightedFair>(scope.max_vcpus, scope.runqueues,
                                            WeightedFairConstants{.latency = constants.time("latency"),
                                                                  .slice = constants.time("slice"),
                                                                  .granularity = constants.time("granularity"),
                                                                  .credit = constants.time("credit")});
    }};

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
    case EnqueueWhy::SliceEnd: share.vtime = within_credit(queue, share.vtime); break;
  }
  const bool stands_back = why == EnqueueWhy::Yield && !queue.heap.empty();
  const Vtime stands = stands_back ? std::max(share.vtime, Vtime{queue.heap.last_key().ns + 1}) : share.vtime;
  share.home = rq;
  queue.weight += share.weight;
  queue.heap.insert({stands, vcpu}, positions());
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

std::optional<Pick> WeightedFair::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  if (queue.heap.empty()) return std::nullopt;
  std::uint32_t position = 0;
  if (request.may_run != nullptr) {
    position = queue.heap.first_where([&](VcpuId vcpu) { return request.allows(vcpu); });
    if (position == Heap::kNowhere) return std::nullopt;
  }
  const VcpuId next = queue.heap.at(position).vcpu;
  const std::int64_t all = queue.weight;
  remove(queue, position);
  Share& share = shares_[next];
  share.vtime = within_credit(queue, share.vtime);
  raise_floor(queue, share.vtime);
  const Duration slice = constants_.latency * share.weight / all;
  return Pick{next, request.now + std::max(slice, constants_.slice)};
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
  return queues_[rq].heap.last(out, positions());
}

Urgency WeightedFair::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  return queue.heap.empty() ? kNoUrgency : queue.floor.ns - queue.heap.front().key.ns;
}

Urgency WeightedFair::urgency_of(VcpuId vcpu) const {
  const Share& share = shares_[vcpu];
  check(share.home != kNoRunqueue, "a vCPU that is urgent has been enqueued");
  return queues_[share.home].floor.ns - share.vtime.ns;
}

std::size_t WeightedFair::waiting(RunqueueId rq) const { return queues_[rq].heap.size(); }

Duration WeightedFair::waits_at_most(const Crowd& crowd) const {
  if (!crowd.alike) return kNoBound;
  const Duration longest = std::max(constants_.latency, constants_.slice);
  const Duration ahead =
      bound_sum(constants_.credit + constants_.granularity, bound_of(longest, 100, value(crowd.lightest)));
  const Duration work = bound_sum(bound_of(ahead, crowd.weight_of_others(), 100), bound_of(longest, crowd.others()));
  return bound_of_work(work, crowd, longest);
}

void WeightedFair::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  std::int64_t weight = 0;
  queue.heap.check_invariants(positions());
  for (const Heap::Member& waiter : queue.heap) {
    const Share& share = shares_[waiter.vcpu];
    check(share.home == rq, "a waiting vCPU knows its runqueue");
    check(share.vtime <= waiter.key, "a waiting vCPU stands at its virtual time, or back");
    check(waiter.key.ns >= queue.floor.ns - nanoseconds(constants_.credit), "nobody is owed more than the credit");
    weight += share.weight;
  }
  check(weight == queue.weight, "the weight is the sum over the waiting vCPUs");
}

/// Whoever stood back while the floor rose, or ran beside others who raised it, is owed no more than a sleeper.
WeightedFair::Vtime WeightedFair::within_credit(const Queue& queue, Vtime vtime) const {
  return std::max(vtime, Vtime{queue.floor.ns - nanoseconds(constants_.credit)});
}

void WeightedFair::raise_floor(Queue& queue, Vtime running) {
  const Vtime least = queue.heap.empty() ? running : std::min(running, queue.heap.front().key);
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
  queue.weight -= shares_[queue.heap.at(position).vcpu].weight;
  queue.heap.remove(position, positions());
}

}  // namespace roost
