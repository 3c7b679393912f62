#include "sched/discipline/eevdf.hpp"

#include <algorithm>
#include <bit>

namespace roost {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::int64_t kUnit = value(kDefaultWeight);  // the weight at which virtual time is real time
constexpr std::int64_t kFar = std::int64_t{1} << 61;   // V is set back before its sums could overflow

constexpr EevdfConstants kUsual;
constexpr ConstantInfo kConstants[]{
    time_constant("slice", "a request, on a host of one CPU", kUsual.slice, microseconds(1), seconds(2)),
    count_constant("cpus", "of the host: a request is longer on larger ones", kUsual.cpus, 1, 4096),
    time_constant("tick", "the least bound of a saved lag", kUsual.tick, microseconds(1), seconds(10)),
};

/// 1 + log2(min(cpus, 8)), rounded down.
std::int64_t scale(std::int64_t cpus) {
  return std::bit_width(static_cast<std::uint64_t>(std::min<std::int64_t>(cpus, 8)));
}

}  // namespace

constexpr DisciplineEntry kEevdfEntry{
    {"eevdf", "of those that are owed time, the one with the earliest deadline", "Linux 6.12 fair.c (EEVDF)",
     kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Eevdf>(scope.max_vcpus, scope.runqueues,
                                     EevdfConstants{.slice = constants.time("slice"),
                                                    .cpus = constants.count("cpus"),
                                                    .tick = constants.time("tick")});
    }};

Eevdf::Eevdf(std::size_t max_vcpus, std::size_t runqueues, EevdfConstants constants)
    : shares_(max_vcpus),
      queues_(runqueues),
      slice_ns_(nanoseconds(constants.slice) * scale(constants.cpus)),
      lag_limit_ns_(std::max(2 * slice_ns_, nanoseconds(constants.tick))) {
  check(constants.slice >= microseconds(1), "a request is long enough for every weight");
}

void Eevdf::admit(VcpuId vcpu, const VcpuTraits& traits) {
  shares_[vcpu] = Share{};
  shares_[vcpu].weight = static_cast<std::uint32_t>(value(traits.weight));
}

/// What it is owed stays, and so does what it has yet to run of its request.
void Eevdf::reweigh(VcpuId vcpu, Weight weight) {
  Share& share = shares_[vcpu];
  share.lag = share.lag * share.weight / value(weight);
  if (share.keeps_distance) share.node.key = std::max<std::int64_t>(share.node.key * share.weight / value(weight), 1);
  share.weight = static_cast<std::uint32_t>(value(weight));
  share.remainder = 0;
}

void Eevdf::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Share& share = shares_[vcpu];
  switch (why) {
    case EnqueueWhy::Fork:
    case EnqueueWhy::Wake:
    case EnqueueWhy::Migrated: come(rq, vcpu, why, now); break;
    case EnqueueWhy::Yield:
      if (share.node.value > queue.v || queue.tree.empty()) break;
      advance(queue, share, share.node.key - share.node.value);
      share.node.key += request(share);
      break;
    case EnqueueWhy::Preempted:
    case EnqueueWhy::SliceEnd: break;
  }
  share.place = Place::Waiting;
  queue.tree.insert(vcpu, nodes());
  if (queue.v > kFar) set_back(queue);
}

void Eevdf::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) {
  Queue& queue = queues_[rq];
  Share& share = shares_[vcpu];
  const std::int64_t limit = lag_limit_ns_ * kUnit / share.weight;
  share.lag = std::clamp(queue.v - share.node.value, -limit, limit);
  share.left_at = now;
  share.left_weight = queue.weight;
  if (why == LeaveWhy::Migrating) {
    queue.tree.remove(vcpu, nodes());
    share.node.key -= share.node.value;
    share.keeps_distance = true;
  }
  share.place = Place::Elsewhere;
  queue.recent.remove(vcpu, recent());
  queue.rest -= share.weight * (share.node.value - queue.v);
  queue.weight -= share.weight;
  settle(queue);
}

std::optional<Pick> Eevdf::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  const VcpuId next = request.may_run == nullptr ? next_of(queue) : next_allowed(queue, request);
  if (next == kNoVcpu) return std::nullopt;
  queue.tree.remove(next, nodes());
  queue.recent.remove(next, recent());
  queue.recent.push_front(next, recent());
  Share& share = shares_[next];
  share.place = Place::Running;
  share.to_parity = true;
  // The least run time after which v, with its remainder, has come to the deadline.
  const std::int64_t due = (share.node.key - share.node.value) * share.weight - share.remainder;
  return Pick{next, request.now + Duration((due + kUnit - 1) / kUnit)};
}

void Eevdf::charge(RunqueueId rq, VcpuId running, Duration ran, Time) {
  Share& share = shares_[running];
  const std::int64_t scaled = nanoseconds(ran) * kUnit + share.remainder;
  const std::int64_t by = scaled / share.weight;
  share.remainder = static_cast<std::uint32_t>(scaled - by * share.weight);
  advance(queues_[rq], share, by);
  if (share.node.value < share.node.key) return;
  share.node.key = share.node.value + request(share);
  share.to_parity = false;
}

bool Eevdf::preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time) const {
  const Queue& queue = queues_[rq];
  const Share& share = shares_[running];
  const bool eligible = share.node.value <= queue.v;
  if (eligible && share.to_parity) return false;
  if (queue.tree.first_within(queue.v, nodes()) != waiting) return false;
  if (!eligible) return true;
  const std::int64_t newcomers = shares_[waiting].node.key;
  return newcomers != share.node.key ? newcomers < share.node.key : waiting < running;
}

std::size_t Eevdf::victims(RunqueueId rq, std::span<VcpuId> out) const {
  std::size_t found = 0;
  for (VcpuId v = queues_[rq].recent.tail(); v != kNoVcpu && found < out.size(); v = shares_[v].recent.before)
    if (shares_[v].place == Place::Waiting) out[found++] = v;
  return found;
}

Urgency Eevdf::urgency(RunqueueId rq) const {
  const VcpuId next = next_of(queues_[rq]);
  return next == kNoVcpu ? kNoUrgency : urgency_of(next);
}

Urgency Eevdf::urgency_of(VcpuId vcpu) const {
  const Share& share = shares_[vcpu];
  check(share.place != Place::Elsewhere, "a vCPU that is urgent waits or runs");
  return queues_[share.home].v - share.node.key;
}

std::int64_t Eevdf::lag_of(VcpuId vcpu) const {
  const Share& share = shares_[vcpu];
  check(share.place != Place::Elsewhere, "a vCPU that is owed something waits or runs");
  const Queue& queue = queues_[share.home];
  // w * (V - v) = w * (whole V - v) + w * rest / W, in nanoseconds of weight 100
  const std::int64_t lag = share.weight * (queue.v - share.node.value) + share.weight * queue.rest / queue.weight;
  return lag >= 0 ? lag / kUnit : -((-lag + kUnit - 1) / kUnit);
}

Duration Eevdf::waits_at_most(const Crowd& crowd) const {
  if (crowd.shared) return kNoBound;
  const std::int64_t own = value(crowd.own), least = value(crowd.lightest);
  const Duration owed = bound_of(bound_of(Duration(lag_limit_ns_), least + own, least), crowd.weight, own);
  const Duration request = bound_of(Duration(slice_ns_), crowd.weight, own);
  return bound_sum(bound_sum(owed, request), bound_of(Duration(slice_ns_), crowd.vcpus));
}

void Eevdf::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  queue.tree.check_invariants(nodes());
  queue.recent.check_invariants(recent());
  std::int64_t weight = 0, rest = 0;
  std::size_t waiting = 0;
  for (VcpuId v = queue.recent.head(); v != kNoVcpu; v = shares_[v].recent.after) {
    const Share& share = shares_[v];
    check(share.home == rq && share.place != Place::Elsewhere, "who waits or runs here knows it");
    check(share.node.key > share.node.value, "a deadline lies after the virtual time");
    weight += share.weight;
    rest += share.weight * (share.node.value - queue.v);
    waiting += share.place == Place::Waiting;
  }
  check(waiting == queue.tree.size(), "all who wait are in the tree");
  check(weight == queue.weight, "the weight is the sum over those who wait and run");
  check(rest == queue.rest, "the lags sum up to nothing");
  check(queue.rest >= 0 && queue.rest < std::max<std::int64_t>(weight, 1), "V is rounded down, the rest is kept");
}

/// In virtual time.
std::int64_t Eevdf::request(const Share& share) const { return slice_ns_ * kUnit / share.weight; }

/// How far before V a vCPU starts, so that once it is there it has the lag it came with.
std::int64_t Eevdf::placed_lag(const Queue& queue, const Share& share, EnqueueWhy why, Time now) const {
  if (why == EnqueueWhy::Fork || queue.weight == 0) return 0;
  std::int64_t lag = share.lag;
  if (why == EnqueueWhy::Wake && lag < 0)
    lag = std::min<std::int64_t>(lag + nanoseconds(now - share.left_at) * kUnit / share.left_weight, 0);
  return lag + lag * share.weight / queue.weight;
}

void Eevdf::come(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Share& share = shares_[vcpu];
  const std::int64_t whole = request(share);
  const std::int64_t distance = share.keeps_distance ? share.node.key : why == EnqueueWhy::Fork ? whole / 2 : whole;
  const std::int64_t lag = placed_lag(queue, share, why, now);
  share.keeps_distance = false;
  share.to_parity = false;
  share.home = rq;
  share.node.value = queue.v - lag;
  share.node.key = share.node.value + distance;
  queue.recent.push_front(vcpu, recent());
  queue.weight += share.weight;
  queue.rest -= share.weight * lag;
  settle(queue);
}

void Eevdf::advance(Queue& queue, Share& share, std::int64_t by) {
  share.node.value += by;
  queue.rest += share.weight * by;
  settle(queue);
}

void Eevdf::settle(Queue& queue) {
  if (queue.weight == 0) return;
  std::int64_t whole = queue.rest / queue.weight;
  if (whole * queue.weight > queue.rest) --whole;
  queue.v += whole;
  queue.rest -= whole * queue.weight;
}

/// All virtual times at once, so that V is 0.
void Eevdf::set_back(Queue& queue) {
  const std::int64_t by = queue.v;
  for (VcpuId v = queue.recent.head(); v != kNoVcpu; v = shares_[v].recent.after) {
    VcpuTreeNode& node = shares_[v].node;
    node.key -= by;
    node.value -= by;
    if (shares_[v].place == Place::Waiting) node.least -= by;
  }
  queue.v = 0;
}

/// Of everybody who waits.
VcpuId Eevdf::next_of(const Queue& queue) const {
  if (queue.tree.empty()) return kNoVcpu;
  return queue.tree.first_within(std::max(queue.v, queue.tree.least_value(nodes())), nodes());
}

VcpuId Eevdf::next_allowed(const Queue& queue, const PickRequest& request) const {
  const auto allowed = [&](VcpuId vcpu) { return request.allows(vcpu); };
  const VcpuId eligible = queue.tree.first_within(queue.v, allowed, nodes());
  if (eligible != kNoVcpu) return eligible;
  VcpuId least = kNoVcpu;
  queue.tree.for_each(
      [&](VcpuId vcpu) {
        const bool less = least == kNoVcpu || shares_[vcpu].node.value < shares_[least].node.value;
        if (less && allowed(vcpu)) least = vcpu;
      },
      nodes());
  return least;
}

}  // namespace roost
