#include "sched/discipline/credit2.hpp"

#include <algorithm>

namespace roost {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Credit2Constants kUsual;
constexpr ConstantInfo kConstants[]{
    time_constant("init", "credit of an epoch, and the longest run", kUsual.init, milliseconds(1), seconds(10)),
    time_constant("least", "the shortest run", kUsual.least, microseconds(1), milliseconds(1)),
    time_constant("ratelimit", "how long each runs before it is preempted", kUsual.ratelimit, {}, milliseconds(500)),
    time_constant("carryover", "credit that may be left from the epoch before", kUsual.carryover, {}, seconds(10)),
    time_constant("resist", "how much more credit moves a vCPU within its runqueue", kUsual.resist, {}, seconds(10)),
    time_constant("compensation", "credit for a move within the runqueue", kUsual.compensation, {}, milliseconds(1)),
};

}  // namespace

constexpr DisciplineEntry kCredit2Entry{
    {"credit2", "whoever has the most credit; epochs, and runs as long as the difference",
     "Xen xen/common/sched/credit2.c", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Credit2>(scope.max_vcpus, scope.runqueues,
                                       Credit2Constants{.init = constants.time("init"),
                                                        .least = constants.time("least"),
                                                        .ratelimit = constants.time("ratelimit"),
                                                        .carryover = constants.time("carryover"),
                                                        .resist = constants.time("resist"),
                                                        .compensation = constants.time("compensation")});
    }};

Credit2::Credit2(std::size_t max_vcpus, std::size_t runqueues, Credit2Constants constants)
    : purses_(max_vcpus),
      queues_(runqueues),
      init_ns_(nanoseconds(constants.init)),
      least_ns_(nanoseconds(constants.least)),
      ratelimit_ns_(nanoseconds(constants.ratelimit)),
      most_credit_(nanoseconds(constants.init + constants.carryover)),
      resist_ns_(nanoseconds(constants.resist)),
      compensation_ns_(nanoseconds(constants.compensation)) {
  check(least_ns_ > 0, "a run is longer than nothing");
  for (Queue& queue : queues_) queue.heap.reserve(kRoom);
}

void Credit2::admit(VcpuId vcpu, const VcpuTraits& traits) {
  purses_[vcpu] = Purse{};
  purses_[vcpu].weight = value(traits.weight);
  purses_[vcpu].spent = -init_ns_;  // of nothing given: it belongs to no runqueue yet
}

void Credit2::reweigh(VcpuId vcpu, Weight weight) {
  purses_[vcpu].weight = value(weight);
  purses_[vcpu].remainder = 0;
}

void Credit2::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) {
  Queue& queue = queues_[rq];
  Purse& purse = purses_[vcpu];
  switch (why) {
    case EnqueueWhy::Fork:
    case EnqueueWhy::Wake:
    case EnqueueWhy::Migrated: come(rq, purse, why); break;
    case EnqueueWhy::Preempted:
    case EnqueueWhy::SliceEnd:
    case EnqueueWhy::Yield:
      queue.running.remove(vcpu, running());
      queue.put = vcpu;
      queue.yields = why == EnqueueWhy::Yield;
      break;
  }
  purse.waits = true;
  queue.max_weight = std::max(queue.max_weight, purse.weight);
  queue.heap.insert({purse.spent, vcpu}, positions());
}

void Credit2::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  Queue& queue = queues_[rq];
  Purse& purse = purses_[vcpu];
  if (why == LeaveWhy::Migrating) {
    queue.heap.remove(purse.position, positions());
    purse.waits = false;
    if (queue.put == vcpu) queue.put = kNoVcpu;
  } else {
    queue.running.remove(vcpu, running());
  }
  purse.left_given = queue.given;
}

std::optional<Pick> Credit2::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  const PcpuId pcpu = request.pcpu != kNoPcpu ? request.pcpu : id_at<PcpuId>(index(rq));
  const bool put_here = queue.put != kNoVcpu && purses_[queue.put].pcpu == pcpu && request.allows(queue.put);
  const VcpuId put = put_here ? queue.put : kNoVcpu;
  const VcpuId next = candidate(queue, request, put, pcpu);
  queue.put = kNoVcpu;
  if (next == kNoVcpu) return std::nullopt;
  Purse& purse = purses_[next];
  queue.heap.remove(purse.position, positions());
  queue.running.push_back(next, running());
  purse.waits = false;
  std::int64_t top = credit(queue, purse);
  if (!queue.heap.empty()) top = std::max(top, queue.given - queue.heap.front().key);
  if (top <= 0) new_epoch(queue, next, top);
  if (next != put) purse.ran_ns = 0;
  if (purse.pcpu != kNoPcpu && purse.pcpu != pcpu) purse.spent -= compensation_ns_;
  purse.pcpu = pcpu;
  return Pick{next, request.now + Duration(stint_ns(queue, purse, next == put))};
}

void Credit2::charge(RunqueueId rq, VcpuId running, Duration ran, Time) {
  Purse& purse = purses_[running];
  const std::int64_t scaled = nanoseconds(ran) * queues_[rq].max_weight + purse.remainder;
  purse.spent = std::min(purse.spent + scaled / purse.weight, queues_[rq].given + init_ns_);
  purse.remainder = scaled % purse.weight;
  purse.ran_ns += nanoseconds(ran);
}

bool Credit2::preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time) const {
  const Purse& newcomer = purses_[waiting];
  if (resists(queues_[rq], newcomer, running, purses_[running].pcpu)) return false;
  return newcomer.spent < purses_[running].spent;
}

std::size_t Credit2::victims(RunqueueId rq, std::span<VcpuId> out) const {
  return queues_[rq].heap.last(out, positions());
}

Urgency Credit2::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  return queue.heap.empty() ? kNoUrgency : queue.given - queue.heap.front().key;
}

Urgency Credit2::urgency_of(VcpuId vcpu) const {
  const Purse& purse = purses_[vcpu];
  check(purse.home != kNoRunqueue, "a vCPU that is urgent has been enqueued");
  return credit(queues_[purse.home], purse);
}

Duration Credit2::waits_at_most(const Crowd& crowd) const {
  if (crowd.shared) return kNoBound;
  const Duration stint(std::max({least_ns_, ratelimit_ns_, init_ns_}));
  const Duration ahead = bound_sum(Duration(most_credit_ + compensation_ns_),
                                   bound_of(stint, value(crowd.heaviest), value(crowd.own)));
  return bound_sum(bound_of(ahead, crowd.others()), bound_of(Duration(init_ns_), crowd.vcpus));
}

void Credit2::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  queue.heap.check_invariants(positions());
  queue.running.check_invariants(running());
  for (const Heap::Member& member : queue.heap) {
    const Purse& purse = purses_[member.vcpu];
    check(purse.waits && purse.home == rq, "who waits here knows it");
    check(purse.spent == member.key, "who waits stands by its credit");
    check(purse.weight <= queue.max_weight, "nobody who waits is heavier than the greatest weight");
  }
  check(queue.put == kNoVcpu || (purses_[queue.put].waits && purses_[queue.put].home == rq),
        "who ran until now waits here");
}

/// Its credit in this runqueue's terms. Who was asleep here has its part of the epochs since.
void Credit2::come(RunqueueId rq, Purse& purse, EnqueueWhy why) {
  const Queue& queue = queues_[rq];
  const bool was_here = why == EnqueueWhy::Wake && purse.home == rq;
  if (!was_here) purse.spent += queue.given - purse.left_given;
  if (was_here && queue.given > purse.left_given) purse.spent = std::max(purse.spent, queue.given - most_credit_);
  if (purse.home != rq) purse.pcpu = kNoPcpu;
  purse.home = rq;
}

VcpuId Credit2::candidate(const Queue& queue, const PickRequest& request, VcpuId put, PcpuId pcpu) const {
  if (put != kNoVcpu && !queue.yields && purses_[put].ran_ns < ratelimit_ns_) return put;
  if (queue.heap.empty()) return kNoVcpu;
  const auto takes = [&](VcpuId vcpu) {
    if (vcpu == put || !request.allows(vcpu)) return false;
    return put == kNoVcpu || !resists(queue, purses_[vcpu], put, pcpu);
  };
  const std::uint32_t position = queue.heap.first_where(takes);
  if (position == Heap::kNowhere) return put;
  const VcpuId other = queue.heap.at(position).vcpu;
  const bool goes_on = put != kNoVcpu && !queue.yields && purses_[put].spent <= purses_[other].spent;
  return goes_on ? put : other;
}

/// Is `mover`, which last ran elsewhere, not enough ahead of `against` to be moved to `pcpu`?
bool Credit2::resists(const Queue& queue, const Purse& mover, VcpuId against, PcpuId pcpu) const {
  if (mover.pcpu == kNoPcpu || mover.pcpu == pcpu) return false;
  return credit(queue, purses_[against]) + resist_ns_ > credit(queue, mover);
}

/// `top`, the most credit of all, is not above 0. Who waits is then at `init` at most; who runs elsewhere may be above.
void Credit2::new_epoch(Queue& queue, VcpuId picked, std::int64_t top) {
  queue.given += init_ns_ * (1 + -top / init_ns_);
  queue.max_weight = purses_[picked].weight;
  for (const Heap::Member& member : queue.heap)
    queue.max_weight = std::max(queue.max_weight, purses_[member.vcpu].weight);
  for (VcpuId v = queue.running.head(); v != kNoVcpu; v = purses_[v].running.after) {
    purses_[v].spent = std::max(purses_[v].spent, queue.given - most_credit_);
    queue.max_weight = std::max(queue.max_weight, purses_[v].weight);
  }
}

std::int64_t Credit2::stint_ns(const Queue& queue, const Purse& next, bool goes_on) const {
  const std::int64_t least = std::max(least_ns_, goes_on ? ratelimit_ns_ - next.ran_ns : ratelimit_ns_);
  std::int64_t difference = credit(queue, next);
  if (!queue.heap.empty()) difference -= std::max<std::int64_t>(queue.given - queue.heap.front().key, 0);
  const std::int64_t until_then = std::max<std::int64_t>(difference, 0) * next.weight / queue.max_weight;
  return std::max(std::min(until_then, init_ns_), least);
}

}  // namespace roost
