#include "sched/discipline/ule.hpp"

#include <algorithm>

#include "sched/vocabulary/nice.hpp"

namespace roost {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHistory = 5 * kSecond;                     // of the score
constexpr std::int64_t kWindow = 10 * kSecond, kLongest = 11 * kSecond;  // of the part that it ran
constexpr std::int64_t kHalf = 50;                                 // of the score
constexpr std::int64_t kByCpu = 59;                                // batch levels
constexpr std::int64_t kTimerTick = kSecond / 1000;                // hz
constexpr std::int64_t kSliceTicks = 12, kLeastTicks = 2, kMany = kSliceTicks / kLeastTicks;

constexpr UleConstants kUsual;
constexpr ConstantInfo kConstants[]{
    time_constant("tick", "the unit of slices", kUsual.tick, milliseconds(1), milliseconds(100)),
    count_constant("interact", "the score below which a vCPU is interactive", kUsual.interact, 0, kHalf),
    count_constant("static_boost", "1: a batch sleeper waits on the first batch level", kUsual.static_boost, 0, 1),
};

}  // namespace

constexpr DisciplineEntry kUleEntry{
    {"ule", "interactive vCPUs first, the others in a queue that turns", "FreeBSD sys/kern/sched_ule.c", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Ule>(scope.max_vcpus, scope.runqueues,
                                   UleConstants{.tick = constants.time("tick"),
                                                .interact = constants.count("interact"),
                                                .static_boost = constants.count("static_boost")});
    }};

Ule::Ule(std::size_t max_vcpus, std::size_t runqueues, UleConstants constants)
    : threads_(max_vcpus),
      queues_(runqueues),
      tick_ns_(nanoseconds(constants.tick)),
      interact_(constants.interact),
      boosts_(constants.static_boost != 0) {
  check(tick_ns_ > 0, "a tick is longer than nothing");
}

void Ule::admit(VcpuId vcpu, const VcpuTraits& traits) {
  threads_[vcpu] = Thread{};
  threads_[vcpu].nice = static_cast<std::int8_t>(nice_of(traits.weight));
}

void Ule::reweigh(VcpuId vcpu, Weight weight) { threads_[vcpu].nice = static_cast<std::int8_t>(nice_of(weight)); }

void Ule::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Thread& thread = threads_[vcpu];
  turn_until(queue, now);
  switch (why) {
    case EnqueueWhy::Fork:
      thread.from_ns = thread.until_ns = nanoseconds(now);
      thread.used_ns = slice_ns(queue) - kLeastTicks * tick_ns_;
      set_own_level(thread);
      take_own_level(thread);
      break;
    case EnqueueWhy::Wake: wake(thread, now); break;
    case EnqueueWhy::Migrated: break;
    case EnqueueWhy::SliceEnd: thread.used_ns = 0; [[fallthrough]];
    case EnqueueWhy::Preempted: --queue.running; break;
    case EnqueueWhy::Yield:
      --queue.running;
      thread.interactive = false;
      thread.level = kLastLevel;
      break;
  }
  thread.home = rq;
  put(queue, vcpu, why == EnqueueWhy::Preempted);
}

void Ule::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) {
  Queue& queue = queues_[rq];
  turn_until(queue, now);
  threads_[vcpu].left_at_ns = nanoseconds(now);
  why == LeaveWhy::Migrating ? take(queue, vcpu) : void(--queue.running);
}

std::optional<Pick> Ule::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  turn_until(queue, request.now);
  const auto allowed = [&](VcpuId vcpu) { return request.allows(vcpu); };
  VcpuId next = queue.interactive.first_where(allowed, links()).vcpu;
  if (next == kNoVcpu) next = queue.batch.first_where(allowed, links(), queue.remove).vcpu;
  if (next == kNoVcpu) next = queue.batch.first_where(allowed, links(), 0, queue.remove).vcpu;
  if (next == kNoVcpu) return std::nullopt;
  take(queue, next);
  take_own_level(threads_[next]);
  count_cpu(threads_[next], 0, nanoseconds(request.now));
  const std::int64_t left = slice_ns(queue) - threads_[next].used_ns;
  ++queue.running;
  return Pick{next, request.now + Duration(std::max(left, tick_ns_))};
}

void Ule::charge(RunqueueId rq, VcpuId running, Duration ran, Time now) {
  Thread& thread = threads_[running];
  turn_until(queues_[rq], now);
  thread.run_ns += nanoseconds(ran);
  thread.used_ns += nanoseconds(ran);
  fade(thread);
  count_cpu(thread, nanoseconds(ran), nanoseconds(now));
  if (nanoseconds(now) / tick_ns_ == nanoseconds(now - ran) / tick_ns_) return;
  set_own_level(thread);
  take_own_level(thread);
}

bool Ule::preempts(RunqueueId, VcpuId waiting, VcpuId running, Time) const {
  return threads_[waiting].interactive && !threads_[running].interactive;
}

std::size_t Ule::victims(RunqueueId rq, std::span<VcpuId> out) const {
  const Queue& queue = queues_[rq];
  std::size_t found = 0;
  const auto add = [&](const VcpuList& list) {
    for (VcpuId v = list.head(); v != kNoVcpu && found < out.size(); v = threads_[v].links.after) out[found++] = v;
  };
  for (std::size_t level = queue.interactive.first_level(); level < kInteractive;
       level = queue.interactive.first_level(level + 1))
    add(queue.interactive.list(level));
  for (std::size_t i = 0; i < kBatch && !queue.batch.empty(); ++i) add(queue.batch.list((queue.remove + i) % kBatch));
  return found;
}

Urgency Ule::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  if (!queue.interactive.empty()) return urgency_of(queue.interactive.list(queue.interactive.first_level()).head());
  return queue.batch.empty() ? kNoUrgency : urgency_of(queue.batch.list(first_slot(queue)).head());
}

Urgency Ule::urgency_of(VcpuId vcpu) const {
  const Thread& thread = threads_[vcpu];
  return thread.interactive ? static_cast<Urgency>(kInteractive) - thread.level : -Urgency{thread.level};
}

void Ule::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  queue.interactive.check_invariants(links());
  queue.batch.check_invariants(links());
  const auto check_list = [&](const VcpuList& list, std::size_t slot, bool interactive) {
    for (VcpuId v = list.head(); v != kNoVcpu; v = threads_[v].links.after) {
      const Thread& thread = threads_[v];
      check(thread.waits && thread.home == rq && thread.slot == slot && thread.interactive == interactive,
            "who waits here knows it, and in which list");
    }
  };
  for (std::size_t level = 0; level < kInteractive; ++level) check_list(queue.interactive.list(level), level, true);
  for (std::size_t slot = 0; slot < kBatch; ++slot) check_list(queue.batch.list(slot), slot, false);
  check(queue.remove == queue.insert || !queue.batch.list(queue.remove).empty(), "somebody waits in the removal slot");
}

/// Of a turning queue that is not empty: the one that runs next.
std::size_t Ule::first_slot(const Queue& queue) {
  const std::size_t slot = queue.batch.first_level(queue.remove);
  return slot < kBatch ? slot : queue.batch.first_level();
}

/// The removal slot goes on past empty ones, to the insertion slot at most.
void Ule::follow(Queue& queue) {
  while (queue.remove != queue.insert && queue.batch.list(queue.remove).empty())
    queue.remove = (queue.remove + 1) % kBatch;
}

void Ule::turn_until(Queue& queue, Time now) const {
  const std::int64_t ticks = nanoseconds(now) / tick_ns_;
  if (ticks <= queue.ticks) return;
  // Where nobody waits, one turn is as good as another.
  std::int64_t missed = queue.batch.empty() ? 1 : ticks - queue.ticks;
  queue.ticks = ticks;
  for (; missed > 0 && queue.insert == queue.remove; --missed) {
    ++queue.turns;
    queue.insert = (queue.insert + (queue.turns == 4 ? 1 : 2)) % kBatch;
    queue.turns %= 4;
    follow(queue);
  }
}

void Ule::wake(Thread& thread, Time now) {
  thread.sleep_ns += std::max<std::int64_t>(nanoseconds(now) - thread.left_at_ns, 0);
  fade(thread);
  count_cpu(thread, 0, nanoseconds(now));
  thread.used_ns = 0;
  set_own_level(thread);
  if (boosts_ && !thread.interactive) thread.level = 0;
}

void Ule::put(Queue& queue, VcpuId vcpu, bool preempted) {
  Thread& thread = threads_[vcpu];
  thread.waits = true;
  std::size_t slot = thread.level;
  // Levels end at 58 + 48 = 106, and the removal slot is two behind at most: nobody comes in before it.
  if (!thread.interactive) slot = preempted ? queue.remove : (queue.insert + thread.level) % kBatch;
  thread.slot = static_cast<std::uint8_t>(slot);
  if (thread.interactive)
    preempted ? queue.interactive.push_front(slot, vcpu, links()) : queue.interactive.push_back(slot, vcpu, links());
  else
    preempted ? queue.batch.push_front(slot, vcpu, links()) : queue.batch.push_back(slot, vcpu, links());
}

void Ule::take(Queue& queue, VcpuId vcpu) {
  Thread& thread = threads_[vcpu];
  thread.waits = false;
  if (thread.interactive) return queue.interactive.remove(thread.slot, vcpu, links());
  queue.batch.remove(thread.slot, vcpu, links());
  follow(queue);
}

/// Keeps the history of the score within its bound (sched_interact_update).
void Ule::fade(Thread& thread) {
  const std::int64_t sum = thread.run_ns + thread.sleep_ns;
  if (sum < kHistory) return;
  if (sum > 2 * kHistory) {
    const bool ran_more = thread.run_ns > thread.sleep_ns;
    thread.run_ns = ran_more ? kHistory : 1;
    thread.sleep_ns = ran_more ? 1 : kHistory;
  } else if (sum > kHistory / 5 * 6) {
    thread.run_ns /= 2;
    thread.sleep_ns /= 2;
  } else {
    thread.run_ns = thread.run_ns / 5 * 4;
    thread.sleep_ns = thread.sleep_ns / 5 * 4;
  }
}

/// The sliding window of the last 10 to 11 s (sched_pctcpu_update); scaled down to microseconds in between.
void Ule::count_cpu(Thread& thread, std::int64_t ran, std::int64_t now) {
  if (now - thread.until_ns >= kWindow) {
    ran = std::min(ran, kWindow);
    thread.cpu_ns = 0;
    thread.from_ns = now - kWindow;
  } else if (now - thread.from_ns >= kLongest) {
    const std::int64_t kept_us = (thread.until_ns - (now - kWindow)) / 1000;
    const std::int64_t all_us = std::max<std::int64_t>((thread.until_ns - thread.from_ns) / 1000, 1);
    thread.cpu_ns = thread.cpu_ns / 1000 * kept_us / all_us * 1000;
    thread.from_ns = now - kWindow;
  }
  thread.cpu_ns += ran;
  thread.until_ns = now;
}

void Ule::set_own_level(Thread& thread) const {
  std::int64_t score = kHalf;
  if (thread.run_ns < thread.sleep_ns)
    score = thread.run_ns / std::max<std::int64_t>(thread.sleep_ns / kHalf, 1);
  else if (thread.run_ns == 0)
    score = 0;
  score = std::max<std::int64_t>(score + thread.nice, 0);
  thread.own_interactive = score < interact_;
  if (thread.own_interactive) {
    thread.own_level = static_cast<std::uint8_t>(static_cast<std::int64_t>(kInteractive) * score / interact_);
    return;
  }
  const std::int64_t length = std::max(thread.until_ns - thread.from_ns, kTimerTick);
  const std::int64_t by_cpu = ((kByCpu - 1) * std::min(thread.cpu_ns, length) + length / 2) / length;
  thread.own_level = static_cast<std::uint8_t>(by_cpu + (thread.nice - kMinNice) * 5 / 4);
}

/// As at the return to user mode.
void Ule::take_own_level(Thread& thread) {
  thread.interactive = thread.own_interactive;
  thread.level = thread.own_level;
}

/// Of one who comes to, or has just been taken from, those who wait and run here.
std::int64_t Ule::slice_ns(const Queue& queue) const {
  const auto others = static_cast<std::int64_t>(queue.interactive.length() + queue.batch.length() + queue.running);
  if (others >= kMany) return kLeastTicks * tick_ns_;
  return kSliceTicks / std::max<std::int64_t>(others, 1) * tick_ns_;
}

}  // namespace roost
