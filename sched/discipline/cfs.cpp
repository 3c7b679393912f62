#include "sched/discipline/cfs.hpp"

#include <algorithm>
#include <bit>

namespace roost {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::int64_t kUnit = value(kDefaultWeight);  // the weight at which virtual time is real time

constexpr CfsConstants kUsual;
constexpr ConstantInfo kConstants[]{
    time_constant("latency", "a round while few run", kUsual.latency, microseconds(1), seconds(1)),
    time_constant("granularity", "the least that each runs at a turn", kUsual.granularity, microseconds(1), seconds(1)),
    time_constant("wakeup", "how far ahead a running vCPU must be to be preempted", kUsual.wakeup, {}, seconds(1)),
    count_constant("cpus", "of the host: all of these are longer on larger ones", kUsual.cpus, 1, 4096),
};

/// 1 + log2(min(cpus, 8)), rounded down.
std::int64_t scale(std::int64_t cpus) {
  return std::bit_width(static_cast<std::uint64_t>(std::min<std::int64_t>(cpus, 8)));
}

}  // namespace

constexpr DisciplineEntry kCfsEntry{
    {"cfs", "Linux's completely fair scheduler, rule by rule", "Linux 6.1 fair.c (CFS)", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Cfs>(scope.max_vcpus, scope.runqueues,
                                   CfsConstants{.latency = constants.time("latency"),
                                                .granularity = constants.time("granularity"),
                                                .wakeup = constants.time("wakeup"),
                                                .cpus = constants.count("cpus")});
    }};

Cfs::Cfs(std::size_t max_vcpus, std::size_t runqueues, CfsConstants constants)
    : shares_(max_vcpus),
      queues_(runqueues),
      latency_ns_(nanoseconds(constants.latency) * scale(constants.cpus)),
      granularity_ns_(nanoseconds(constants.granularity) * scale(constants.cpus)),
      wakeup_ns_(nanoseconds(constants.wakeup) * scale(constants.cpus)) {
  check(granularity_ns_ > 0, "a slice is longer than nothing");
  few_ = static_cast<std::size_t>((latency_ns_ + granularity_ns_ - 1) / granularity_ns_);
  for (Queue& queue : queues_) queue.heap.reserve(kRoom);
}

void Cfs::admit(VcpuId vcpu, const VcpuTraits& traits) {
  shares_[vcpu] = Share{};
  shares_[vcpu].weight = value(traits.weight);
}

void Cfs::reweigh(VcpuId vcpu, Weight weight) {
  shares_[vcpu].weight = value(weight);
  shares_[vcpu].remainder = 0;
}

void Cfs::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Share& share = shares_[vcpu];
  switch (why) {
    case EnqueueWhy::Fork:
    case EnqueueWhy::Wake:
    case EnqueueWhy::Migrated: come(rq, vcpu, why, now); break;
    case EnqueueWhy::Preempted:
      if (queue.recent.length() >= few_) queue.last = vcpu;
      break;
    case EnqueueWhy::Yield: queue.skip = vcpu; break;
    case EnqueueWhy::SliceEnd: break;
  }
  share.waits = true;
  queue.heap.insert({share.v, vcpu}, positions());
}

void Cfs::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) {
  Queue& queue = queues_[rq];
  Share& share = shares_[vcpu];
  share.left_min_v = queue.min_v;
  share.left_weight = queue.weight;
  share.left_at = now;
  if (why == LeaveWhy::Migrating) remove(queue, vcpu);
  clear_buddies(queue, vcpu);
  queue.recent.remove(vcpu, recent());
  queue.weight -= share.weight;
  const bool nobody_runs = queue.recent.length() == queue.heap.size();
  if (nobody_runs && !queue.heap.empty()) raise_min_v(queue, queue.heap.front().key);
}

std::optional<Pick> Cfs::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  const VcpuId least = first(queue, request, kNoVcpu);
  if (least == kNoVcpu) return std::nullopt;
  VcpuId next = least;
  if (queue.skip == least) {
    const VcpuId second = first(queue, request, least);
    if (second != kNoVcpu && !unfair(second, least)) next = second;
  }
  if (queue.last != kNoVcpu && request.allows(queue.last) && !unfair(queue.last, least)) next = queue.last;
  clear_buddies(queue, next);
  remove(queue, next);
  queue.recent.remove(next, recent());
  queue.recent.push_front(next, recent());
  Share& share = shares_[next];
  share.ran_ns = 0;
  return Pick{next, request.now + Duration(stint_ns(queue, share))};
}

void Cfs::charge(RunqueueId rq, VcpuId running, Duration ran, Time) {
  Share& share = shares_[running];
  const std::int64_t scaled = nanoseconds(ran) * kUnit + share.remainder;
  share.v += scaled / share.weight;
  share.remainder = scaled % share.weight;
  share.ran_ns += nanoseconds(ran);
  raise_min_v(queues_[rq], share.v);
}

bool Cfs::preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time) const {
  const Queue& queue = queues_[rq];
  const Share& share = shares_[running];
  return unfair(running, waiting) || share.ran_ns > slice_ns(queue.recent.length(), share.weight, queue.weight);
}

std::size_t Cfs::victims(RunqueueId rq, std::span<VcpuId> out) const {
  std::size_t found = 0;
  for (VcpuId v = queues_[rq].recent.tail(); v != kNoVcpu && found < out.size(); v = shares_[v].recent.before)
    if (shares_[v].waits) out[found++] = v;
  return found;
}

Urgency Cfs::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  return queue.heap.empty() ? kNoUrgency : queue.min_v - queue.heap.front().key;
}

Urgency Cfs::urgency_of(VcpuId vcpu) const {
  const Share& share = shares_[vcpu];
  check(share.home != kNoRunqueue, "a vCPU that is urgent has been enqueued");
  return queues_[share.home].min_v - share.v;
}

Duration Cfs::waits_at_most(const Crowd& crowd) const {
  if (crowd.shared) return kNoBound;
  const Duration longest = std::max(Duration(latency_ns_), bound_of(Duration(granularity_ns_), crowd.vcpus));
  const Duration ahead = bound_sum(Duration(latency_ns_ / 2),
                                   bound_of(bound_sum(longest, Duration(wakeup_ns_)), 100, value(crowd.lightest)));
  return bound_sum(bound_of(ahead, crowd.weight_of_others(), 100), bound_of(longest, crowd.others()));
}

void Cfs::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  queue.heap.check_invariants(positions());
  queue.recent.check_invariants(recent());
  std::int64_t weight = 0;
  std::size_t waiting = 0;
  for (VcpuId v = queue.recent.head(); v != kNoVcpu; v = shares_[v].recent.after) {
    check(shares_[v].home == rq, "who waits or runs here knows it");
    weight += shares_[v].weight;
    waiting += shares_[v].waits;
    check(!shares_[v].waits || queue.heap.at(shares_[v].position).key == shares_[v].v, "who waits stands at its v");
  }
  check(waiting == queue.heap.size(), "all who wait are in the heap");
  check(weight == queue.weight, "the weight is the sum over those who wait and run");
  for (const VcpuId buddy : {queue.last, queue.skip})
    check(buddy == kNoVcpu || (shares_[buddy].waits && shares_[buddy].home == rq), "a buddy waits here");
}

std::int64_t Cfs::slice_ns(std::size_t runnable, std::int64_t weight, std::int64_t all) const {
  const std::int64_t period = runnable > few_ ? static_cast<std::int64_t>(runnable) * granularity_ns_ : latency_ns_;
  return std::max(period * weight / all, granularity_ns_);
}

/// How long `next`, just taken out of the heap, may run.
std::int64_t Cfs::stint_ns(const Queue& queue, const Share& next) const {
  const std::int64_t slice = slice_ns(queue.recent.length(), next.weight, queue.weight);
  if (queue.heap.empty()) return slice;
  const std::int64_t gap = queue.heap.front().key - next.v;
  if (gap >= slice * kUnit / next.weight - slice) return slice;  // it will not be that far ahead within its slice
  return std::min(slice, std::max((slice + gap) * next.weight / kUnit, granularity_ns_));
}

void Cfs::come(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Share& share = shares_[vcpu];
  queue.recent.push_front(vcpu, recent());
  queue.weight += share.weight;
  if (why == EnqueueWhy::Fork)
    share.v = queue.min_v + slice_ns(queue.recent.length(), share.weight, queue.weight) * kUnit / share.weight;
  else if (why == EnqueueWhy::Wake)
    share.v = std::max(woken(rq, share, now), queue.min_v - latency_ns_ / 2);
  else
    share.v += queue.min_v - share.left_min_v;
  share.home = rq;
}

/// Where a sleeper stands: where it was, if it comes back to the runqueue it left; elsewhere by its distance.
std::int64_t Cfs::woken(RunqueueId rq, const Share& share, Time now) const {
  if (share.home == rq) return share.v;
  const std::int64_t slept = nanoseconds(now - share.left_at) * kUnit / std::max(share.left_weight, kUnit);
  return queues_[rq].min_v + share.v - share.left_min_v - slept;
}

/// Would `instead` be further ahead of `least` than a wakeup of that tolerates?
bool Cfs::unfair(VcpuId instead, VcpuId least) const {
  return shares_[instead].v - shares_[least].v > wakeup_ns_ * kUnit / shares_[least].weight;
}

/// The least v of those that the asker may run, but one.
VcpuId Cfs::first(const Queue& queue, const PickRequest& request, VcpuId but) const {
  if (queue.heap.empty()) return kNoVcpu;
  if (request.may_run == nullptr && but == kNoVcpu) return queue.heap.front().vcpu;
  const std::uint32_t position =
      queue.heap.first_where([&](VcpuId vcpu) { return vcpu != but && request.allows(vcpu); });
  return position == Heap::kNowhere ? kNoVcpu : queue.heap.at(position).vcpu;
}

void Cfs::clear_buddies(Queue& queue, VcpuId vcpu) {
  if (queue.last == vcpu) queue.last = kNoVcpu;
  if (queue.skip == vcpu) queue.skip = kNoVcpu;
}

void Cfs::raise_min_v(Queue& queue, std::int64_t running) {
  const std::int64_t least = queue.heap.empty() ? running : std::min(running, queue.heap.front().key);
  queue.min_v = std::max(queue.min_v, least);
}

void Cfs::remove(Queue& queue, VcpuId vcpu) {
  queue.heap.remove(shares_[vcpu].position, positions());
  shares_[vcpu].waits = false;
}

}  // namespace roost
