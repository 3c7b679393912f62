#include "sched/discipline/credit.hpp"

#include <algorithm>

namespace roost {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kMostShared = (std::int64_t{1} << 62) / value(kMaxWeight);
constexpr std::int64_t kMostPeriods = 100;

constexpr CreditConstants kUsual;
constexpr ConstantInfo kConstants[]{
    time_constant("slice", "a turn, and the period of accounting", kUsual.slice, milliseconds(1), seconds(1)),
    time_constant("tick", "how long a boost lasts while it runs", kUsual.tick, milliseconds(1), seconds(1)),
    time_constant("ratelimit", "how long each runs before it is preempted", kUsual.ratelimit, {}, milliseconds(500)),
    count_constant("pcpus", "that share a runqueue", kUsual.pcpus, 1, 4096),
};

/// a * b / by, rounded up, without a * b: none of them is negative, b / by and the result are below 2^62.
std::int64_t scaled_up(std::int64_t a, std::int64_t b, std::int64_t by) {
  if (a / by > kMostShared / std::max<std::int64_t>(b, 1)) return kMostShared;
  return a / by * b + (a % by * b + by - 1) / by;
}

}  // namespace

constexpr DisciplineEntry kCreditEntry{
    {"credit", "in turn by BOOST, UNDER and OVER; credit by weight decides which", "Xen xen/common/sched/credit.c",
     kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Credit>(scope.max_vcpus, scope.runqueues,
                                      CreditConstants{.slice = constants.time("slice"),
                                                      .tick = constants.time("tick"),
                                                      .ratelimit = constants.time("ratelimit"),
                                                      .pcpus = constants.count("pcpus")});
    }};

Credit::Credit(std::size_t max_vcpus, std::size_t runqueues, CreditConstants constants)
    : purses_(max_vcpus),
      queues_(runqueues),
      slice_ns_(nanoseconds(constants.slice)),
      tick_ns_(nanoseconds(constants.tick)),
      ratelimit_ns_(nanoseconds(constants.ratelimit)),
      pcpus_(constants.pcpus) {
  check(slice_ns_ > 0 && tick_ns_ > 0, "a slice and a tick are longer than nothing");
}

void Credit::admit(VcpuId vcpu, const VcpuTraits& traits) {
  purses_[vcpu] = Purse{};
  purses_[vcpu].weight = value(traits.weight);
}

void Credit::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Purse& purse = purses_[vcpu];
  account_until(queue, now);
  switch (why) {
    case EnqueueWhy::Fork:
    case EnqueueWhy::Wake:
    case EnqueueWhy::Migrated: come(rq, vcpu, why); break;
    case EnqueueWhy::Preempted:
      if (purse.ran_ns < ratelimit_ns_) return put(queue, vcpu, kHeld, false);
      break;
    case EnqueueWhy::SliceEnd:
    case EnqueueWhy::Yield: break;
  }
  put(queue, vcpu, level_of(purse.priority), why == EnqueueWhy::Yield);
}

void Credit::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) {
  Queue& queue = queues_[rq];
  Purse& purse = purses_[vcpu];
  account_until(queue, now);
  if (why == LeaveWhy::Migrating) take(queue, vcpu);
  purse.left_period = queue.period;
  if (!purse.active) return;
  purse.income = std::min(scaled_up(slice_ns_ * pcpus_, purse.weight, queue.active_weight), slice_ns_);
  deactivate(queue, vcpu);
  purse.active = true;  // it goes on earning
}

std::optional<Pick> Credit::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  account_until(queue, request.now);
  const auto allowed = [&](VcpuId vcpu) { return request.allows(vcpu); };
  const VcpuId next = queue.lists.first_where(allowed, links()).vcpu;
  if (next == kNoVcpu) return std::nullopt;
  Purse& purse = purses_[next];
  take(queue, next);
  if (purse.level == kHeld) return Pick{next, request.now + Duration(ratelimit_ns_ - purse.ran_ns)};
  purse.ran_ns = 0;
  return Pick{next, request.now + Duration(slice_ns_)};
}

void Credit::charge(RunqueueId rq, VcpuId running, Duration ran, Time now) {
  Queue& queue = queues_[rq];
  Purse& purse = purses_[running];
  purse.credit -= nanoseconds(ran);
  purse.ran_ns += nanoseconds(ran);
  if (nanoseconds(now) / tick_ns_ != nanoseconds(now - ran) / tick_ns_) {
    if (purse.priority == Boost) purse.priority = Under;
    if (!purse.active) activate(queue, running);
  }
  account_until(queue, now);
}

bool Credit::preempts(RunqueueId, VcpuId waiting, VcpuId running, Time) const {
  return purses_[waiting].priority < purses_[running].priority;
}

std::size_t Credit::victims(RunqueueId rq, std::span<VcpuId> out) const {
  const Queue& queue = queues_[rq];
  std::size_t found = 0;
  const auto add = [&](std::size_t level, auto accepts) {
    for (VcpuId v = queue.lists.list(level).head(); v != kNoVcpu && found < out.size(); v = purses_[v].links.after)
      if (accepts(purses_[v])) out[found++] = v;
  };
  const auto yielded = [](const Purse& purse) { return purse.level > level_of(purse.priority); };
  for (std::size_t level = kHeld + 1; level < kLevels; ++level)
    add(level, [&](const Purse& purse) { return !yielded(purse); });
  for (std::size_t level = kHeld + 1; level < kLevels; ++level) add(level, yielded);
  add(kHeld, [](const Purse&) { return true; });
  return found;
}

Urgency Credit::urgency(RunqueueId rq) const {
  const LevelLists<kLevels>& lists = queues_[rq].lists;
  return lists.empty() ? kNoUrgency : urgency_of(lists.list(lists.first_level()).head());
}

void Credit::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  queue.lists.check_invariants(links());
  queue.active.check_invariants(active_links());
  for (std::size_t level = 0; level < kLevels; ++level) {
    const VcpuId head = queue.lists.list(level).head();
    check(level == kHeld || head == kNoVcpu || level_of(purses_[head].priority) == level, "a list begins with its own");
    for (VcpuId v = head; v != kNoVcpu; v = purses_[v].links.after) {
      const Purse& purse = purses_[v];
      check(purse.home == rq && purse.level == level, "who waits here knows it, and in which list");
      check(level == kHeld || level >= level_of(purse.priority), "nobody stands before its priority");
    }
  }
  std::int64_t weight = 0;
  for (VcpuId v = queue.active.head(); v != kNoVcpu; v = purses_[v].active_links.after) {
    check(purses_[v].active && purses_[v].home == rq, "who is listed as active is, here");
    weight += purses_[v].weight;
  }
  check(weight == queue.active_weight, "the weight is the sum over the active ones");
}

void Credit::come(RunqueueId rq, VcpuId vcpu, EnqueueWhy why) {
  Queue& queue = queues_[rq];
  Purse& purse = purses_[vcpu];
  purse.home = rq;
  if (purse.active) earn_asleep(purse, queue.period - purse.left_period);
  if (purse.active) activate(queue, vcpu);
  if (why == EnqueueWhy::Wake && purse.priority == Under) purse.priority = Boost;
}

/// As if it had been on the list for so many accountings.
void Credit::earn_asleep(Purse& purse, std::int64_t periods) const {
  if (periods <= 0) return;
  const std::int64_t from = std::max(purse.credit, -slice_ns_ - purse.income);  // so the first one forgives the rest
  // Accountings until it has too much: the first one, where it has already.
  const std::int64_t till_full = std::max<std::int64_t>((slice_ns_ - from) / purse.income, 0) + 1;
  if (periods >= till_full) {
    purse.credit = (from + till_full * purse.income) / 2;
    purse.active = false;
  } else {
    purse.credit = from + periods * purse.income;
  }
  purse.priority = purse.credit < 0 ? Over : Under;
}

void Credit::put(Queue& queue, VcpuId vcpu, std::size_t level, bool yields) {
  Purse& purse = purses_[vcpu];
  const std::size_t lower = yields ? queue.lists.first_level(level + 1) : kLevels;
  purse.level = static_cast<std::uint8_t>(lower < kLevels ? lower : level);
  if (lower == kLevels) return queue.lists.push_back(level, vcpu, links());
  const VcpuId second = purses_[queue.lists.list(lower).head()].links.after;
  if (second == kNoVcpu) return queue.lists.push_back(lower, vcpu, links());
  queue.lists.insert_before(lower, vcpu, second, links());
}

/// Out of its list. Who yielded stands behind somebody of a lower priority, or among its own again.
void Credit::take(Queue& queue, VcpuId vcpu) {
  const std::size_t level = purses_[vcpu].level;
  queue.lists.remove(level, vcpu, links());
  for (VcpuId head = queue.lists.list(level).head(); head != kNoVcpu; head = queue.lists.list(level).head()) {
    const std::size_t own = level_of(purses_[head].priority);
    if (own >= level) return;
    std::size_t to = level - 1;
    while (to > own && queue.lists.list(to).empty()) --to;
    queue.lists.remove(level, head, links());
    queue.lists.push_back(to, head, links());
    purses_[head].level = static_cast<std::uint8_t>(to);
  }
}

void Credit::activate(Queue& queue, VcpuId vcpu) {
  purses_[vcpu].active = true;
  queue.active.push_front(vcpu, active_links());
  queue.active_weight += purses_[vcpu].weight;
}

void Credit::deactivate(Queue& queue, VcpuId vcpu) {
  purses_[vcpu].active = false;
  queue.active.remove(vcpu, active_links());
  queue.active_weight -= purses_[vcpu].weight;
}

void Credit::account_until(Queue& queue, Time now) {
  const std::int64_t period = nanoseconds(now) / slice_ns_;
  if (period <= queue.period) return;
  queue.period = std::max(queue.period, period - kMostPeriods);
  while (queue.period < period && !queue.active.empty()) {
    account(queue);
    ++queue.period;
  }
  queue.period = period;
  if (queue.active.empty()) queue.shortage = 0;
  sort(queue);
}

void Credit::account(Queue& queue) {
  const std::int64_t all = queue.active_weight, short_of = queue.shortage;
  std::int64_t weight_left = all;
  std::int64_t total = slice_ns_ * pcpus_ + short_of;
  queue.shortage = 0;
  std::int64_t balance = 0;
  bool more_wanted = false;
  for (VcpuId v = queue.active.head(), after; v != kNoVcpu; v = after) {
    after = purses_[v].active_links.after;
    const std::int64_t weight = purses_[v].weight;
    weight_left -= weight;
    const std::int64_t most = slice_ns_ + scaled_up(short_of, weight, all);
    std::int64_t share = scaled_up(total, weight, all);
    if (share < most) {
      more_wanted = true;
    } else {
      if (weight_left > 0) total = std::min(total + scaled_up(share - most, all, weight_left), kMostShared);
      if (more_wanted) {  // who has more than it may have goes first the next time, for others to get the rest
        queue.active.remove(v, active_links());
        queue.active.push_front(v, active_links());
      }
      share = most;
    }
    receive(queue, v, share);
    balance += purses_[v].credit;
  }
  queue.shortage = std::max<std::int64_t>(-balance, 0);
}

void Credit::receive(Queue& queue, VcpuId vcpu, std::int64_t share) {
  Purse& purse = purses_[vcpu];
  purse.credit = std::max(purse.credit + share, -slice_ns_);
  purse.priority = purse.credit < 0 ? Over : Under;
  if (purse.credit <= slice_ns_) return;
  deactivate(queue, vcpu);
  purse.credit /= 2;
}

/// By the priorities as they are now, in turn within each; those within their ratelimit stay.
void Credit::sort(Queue& queue) {
  LevelLists<kLevels> old = queue.lists;
  queue.lists = {};
  for (std::size_t level = 0; level < kLevels; ++level) {
    for (VcpuId v = old.list(level).head(), after; v != kNoVcpu; v = after) {
      after = purses_[v].links.after;
      Purse& purse = purses_[v];
      purse.level = static_cast<std::uint8_t>(level == kHeld ? kHeld : level_of(purse.priority));
      queue.lists.push_back(purse.level, v, links());
    }
  }
}

}  // namespace roost
