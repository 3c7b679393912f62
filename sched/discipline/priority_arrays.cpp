#include "sched/discipline/priority_arrays.hpp"

#include <algorithm>

#include "sched/vocabulary/nice.hpp"

namespace roost {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr PriorityArraysConstants kUsual;
constexpr ConstantInfo kConstants[]{
    time_constant("timeslice", "of nice 0", kUsual.timeslice, milliseconds(1), seconds(10)),
    time_constant("starvation", "how long those who expired may wait, times all; 0: for ever", kUsual.starvation,
                  seconds(0), seconds(1000)),
    count_constant("cpus", "as if there were as many: turns of interactive vCPUs are as many times longer",
                   kUsual.cpus, 1, 4096),
};

constexpr int kBonuses = 10, kInteractiveDelta = 2;
constexpr std::int64_t kChildPenalty = 95;        // percent of the parent's bonus
constexpr std::int64_t kWaitWeight = 30 * 128 / 100;  // 128ths of a wait after a wakeup (ON_RUNQUEUE_WEIGHT)

}  // namespace

constexpr DisciplineEntry kPriorityArraysEntry{
    {"priority_arrays", "two arrays of lists by priority that change places; bonuses for those who sleep",
     "Linux 2.6.22 kernel/sched.c (the O(1) scheduler)", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<PriorityArrays>(
          scope.max_vcpus, scope.runqueues,
          PriorityArraysConstants{.timeslice = constants.time("timeslice"),
                                  .starvation = constants.time("starvation"),
                                  .cpus = constants.count("cpus")});
    }};

PriorityArrays::PriorityArrays(std::size_t max_vcpus, std::size_t runqueues, PriorityArraysConstants constants)
    : tasks_(max_vcpus), queues_(runqueues), constants_(constants) {
  check(constants.timeslice > Duration{0} && constants.starvation >= Duration{0}, "a timeslice is longer than nothing");
  check(constants.cpus > 0, "there is a pCPU");
}

void PriorityArrays::admit(VcpuId vcpu, const VcpuTraits& traits) {
  Task& task = tasks_[vcpu] = Task{};
  task.sleep_avg = kMaxSleep / kBonuses * (kBonuses * kChildPenalty / 100);
  reweigh(vcpu, traits.weight);
  task.left = timeslice(task);
}

void PriorityArrays::reweigh(VcpuId vcpu, Weight weight) {
  Task& task = tasks_[vcpu];
  task.fixed = static_cast<std::int8_t>(nice_of(weight) - kMinNice);
  task.level = level_of(task);
}

void PriorityArrays::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Task& task = tasks_[vcpu];
  bool expired = false, first = false;
  switch (why) {
    case EnqueueWhy::Fork: break;
    case EnqueueWhy::Wake:
      if (task.asleep) wake(task, now);
      if (task.left <= Duration{0}) expired = ends_timeslice(queue, task, now);
      break;
    case EnqueueWhy::Migrated: expired = task.expired; break;
    case EnqueueWhy::Preempted:
    case EnqueueWhy::SliceEnd:
    case EnqueueWhy::Yield:
      if (task.left <= Duration{0})
        expired = ends_timeslice(queue, task, now);
      else
        first = why == EnqueueWhy::Preempted;
      expired |= why == EnqueueWhy::Yield;
      stop_running(queue, task);
      break;
  }
  task.asleep = false;
  put(rq, vcpu, expired, first);
}

void PriorityArrays::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) {
  Queue& queue = queues_[rq];
  Task& task = tasks_[vcpu];
  if (why == LeaveWhy::Migrating) {
    task.expired = task.array != queue.active;
    take(queue, vcpu);
  } else {
    stop_running(queue, task);
    task.asleep = why == LeaveWhy::Blocked;
    task.since = now;
  }
  if (queue.running + waiting(queue) == 0) queue.clock_runs = false;
}

std::optional<Pick> PriorityArrays::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  if (active(queue).empty() && !expired(queue).empty()) {
    queue.active ^= 1;
    queue.clock_runs = false;
    queue.best_expired = kLevels;
  }
  const auto allowed = [&](VcpuId vcpu) { return request.allows(vcpu); };
  VcpuId next = active(queue).first_where(allowed, links()).vcpu;
  if (next == kNoVcpu) next = expired(queue).first_where(allowed, links()).vcpu;
  if (next == kNoVcpu) return std::nullopt;
  take(queue, next);
  Task& task = tasks_[next];
  if (task.counts_wait) sleep(task, Duration((request.now - task.since).count() * kWaitWeight / 128));
  task.counts_wait = false;
  ++queue.running;
  return Pick{next, request.now + turn(task)};
}

bool PriorityArrays::preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time) const {
  const Task& newcomer = tasks_[waiting];
  return newcomer.array == queues_[rq].active && newcomer.level < tasks_[running].level;
}

std::size_t PriorityArrays::victims(RunqueueId rq, std::span<VcpuId> out) const {
  std::size_t found = 0;
  for (const Lists* lists : {&expired(queues_[rq]), &active(queues_[rq])})
    for (std::size_t level = lists->first_level(); level != Lists::kNone; level = lists->first_level(level + 1))
      for (VcpuId v = lists->list(level).tail(); v != kNoVcpu && found < out.size(); v = tasks_[v].links.before)
        out[found++] = v;
  return found;
}

Urgency PriorityArrays::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  const Lists& lists = active(queue).empty() ? expired(queue) : active(queue);
  return lists.empty() ? kNoUrgency : urgency_of(lists.list(lists.first_level()).head());
}

Urgency PriorityArrays::urgency_of(VcpuId vcpu) const {
  const Task& task = tasks_[vcpu];
  const bool back = task.waits && task.array != queues_[task.home].active;
  return (back ? 0 : kLevels) + kLevels - 1 - task.level;
}

Duration PriorityArrays::waits_at_most(const Crowd& crowd) const {
  if (constants_.starvation == Duration{0} || !crowd.alike) return kNoBound;
  Task heaviest;
  heaviest.fixed = static_cast<std::int8_t>(nice_of(crowd.heaviest) - kMinNice);
  return bound_of(bound_sum(constants_.starvation, 2 * timeslice(heaviest)), 2 * crowd.vcpus);
}

void PriorityArrays::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  for (std::uint8_t array = 0; array < 2; ++array) {
    const Lists& lists = queue.arrays[array];
    lists.check_invariants(links());
    for (std::size_t level = 0; level < kLevels; ++level)
      for (VcpuId v = lists.list(level).head(); v != kNoVcpu; v = tasks_[v].links.after) {
        const Task& task = tasks_[v];
        check(task.waits && task.home == rq && task.array == array, "who waits here knows it, and in which array");
        check(static_cast<std::size_t>(task.level) == level, "who waits is in the list of its priority");
        check(task.left > Duration{0}, "who waits has some timeslice left");
        check(task.sleep_avg >= Duration{0} && task.sleep_avg <= kMaxSleep, "a sleep average lies in 0 .. 1 s");
      }
  }
}

void PriorityArrays::put(RunqueueId rq, VcpuId vcpu, bool expired, bool first) {
  Queue& queue = queues_[rq];
  Task& task = tasks_[vcpu];
  task.home = rq;
  task.waits = true;
  task.array = expired ? queue.active ^ 1 : queue.active;
  const auto level = static_cast<std::size_t>(task.level);
  if (first) return queue.arrays[task.array].push_front(level, vcpu, links());
  queue.arrays[task.array].push_back(level, vcpu, links());
}

void PriorityArrays::take(Queue& queue, VcpuId vcpu) {
  Task& task = tasks_[vcpu];
  task.waits = false;
  queue.arrays[task.array].remove(static_cast<std::size_t>(task.level), vcpu, links());
}

/// From 0: CURRENT_BONUS.
std::int64_t PriorityArrays::bonus(const Task& task) { return task.sleep_avg / (kMaxSleep / kBonuses); }

std::int8_t PriorityArrays::level_of(const Task& task) {
  return static_cast<std::int8_t>(std::clamp<std::int64_t>(task.fixed - bonus(task) + kBonuses / 2, 0, kLevels - 1));
}

/// The bonus, from -5, that makes it interactive: DELTA.
int PriorityArrays::delta(const Task& task) {
  return task.fixed * kBonuses / kLevels - kBonuses / 2 + kInteractiveDelta;
}

/// recalc_task_prio.
void PriorityArrays::sleep(Task& task, Duration slept) {
  const Duration ceiling = kMaxSleep / kBonuses * (kBonuses / 2 + delta(task) + 1) - milliseconds(1);
  if (slept > ceiling && task.sleep_avg < ceiling) {
    task.sleep_avg = ceiling;
    task.counts_wait = false;
  } else {
    task.sleep_avg += slept;
  }
  task.sleep_avg = std::min(task.sleep_avg, kMaxSleep);
  task.level = level_of(task);
}

void PriorityArrays::wake(Task& task, Time now) {
  task.counts_wait = true;
  sleep(task, now - task.since);
  task.since = now;
}

/// As schedule() does for who ran.
void PriorityArrays::stop_running(Queue& queue, Task& task) {
  const Duration run = std::min(task.ran, kMaxSleep) / std::max<std::int64_t>(bonus(task), 1);
  task.sleep_avg = std::max(task.sleep_avg - run, Duration{0});
  task.ran = Duration{0};
  --queue.running;
}

Duration PriorityArrays::timeslice(const Task& task) const {
  const Duration base = constants_.timeslice * (task.fixed < -kMinNice ? 4 : 1);
  return std::max<Duration>(base * (kLevels - task.fixed) / (kLevels / 2), kMinTimeslice);
}

/// How long it runs that is picked now (TIMESLICE_GRANULARITY).
Duration PriorityArrays::turn(const Task& task) const {
  if (!interactive(task)) return task.left;
  const std::int64_t steps = std::max<std::int64_t>(kBonuses - bonus(task), 1) - 1;
  const Duration granularity = kGranularity * (std::int64_t{1} << steps) * constants_.cpus;
  const Duration used = std::max(timeslice(task) - task.left, Duration{0});
  const Duration rest = granularity - used % granularity;
  return task.left - rest >= granularity ? rest : task.left;
}

bool PriorityArrays::starving(const Queue& queue, const Task& task, Time now) const {
  if (task.fixed > queue.best_expired) return true;
  if (constants_.starvation == Duration{0} || !queue.clock_runs) return false;
  return now - queue.first_end > constants_.starvation * static_cast<std::int64_t>(queue.running + waiting(queue));
}

/// Its timeslice begins anew; is it to go to the expired array?
bool PriorityArrays::ends_timeslice(Queue& queue, Task& task, Time now) const {
  task.level = level_of(task);
  task.left = timeslice(task);
  if (!queue.clock_runs) queue.first_end = now;
  queue.clock_runs = true;
  if (interactive(task) && !starving(queue, task, now)) return false;
  queue.best_expired = std::min(queue.best_expired, task.fixed);
  return true;
}

}  // namespace roost
