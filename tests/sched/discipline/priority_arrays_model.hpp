// The room: the O(1) scheduler once more, as plainly as can be: one list, searched by array and priority; priorities as
// Linux counts them, 100 .. 139.
#pragma once

#include <algorithm>
#include <map>

#include "sched/discipline/priority_arrays.hpp"
#include "sched/vocabulary/nice.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class Arrays final : public Model {
 public:
  explicit Arrays(PriorityArraysConstants constants) : constants_(constants) {}

  void admit(VcpuId vcpu, Weight weight) override {
    Task& task = tasks_[vcpu] = Task{};
    task.fixed = 120 + nice_of(weight);
    task.prio = effective(task);
    task.left = whole(task);
  }
  void reweigh(VcpuId vcpu, Weight weight) override {
    Task& task = tasks_[vcpu];
    task.fixed = 120 + nice_of(weight);
    task.prio = effective(task);
  }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time at) override {
    const std::int64_t now = nanoseconds(at);
    Queue& queue = queues_[rq];
    Task& task = tasks_[vcpu];
    bool head = false;
    if (why != EnqueueWhy::Migrated) task.expired = false;
    if (why == EnqueueWhy::Wake && task.slept) {
      task.first_wait = true;
      recalc(task, now - task.stamp);
      task.stamp = now;
    }
    if (why == EnqueueWhy::Wake && task.left <= 0) expire(queue, task, now);
    if (why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd || why == EnqueueWhy::Yield) {
      head = why == EnqueueWhy::Preempted && task.left > 0;
      if (task.left <= 0) expire(queue, task, now);
      if (why == EnqueueWhy::Yield) task.expired = true;
      stop(queue, task);
    }
    task.slept = false;
    queue.waiting.insert(head ? queue.waiting.begin() : queue.waiting.end(), vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time at) override {
    Queue& queue = queues_[rq];
    Task& task = tasks_[vcpu];
    if (why == LeaveWhy::Migrating) {
      std::erase(queue.waiting, vcpu);
    } else {
      stop(queue, task);
      task.slept = why == LeaveWhy::Blocked;
      task.stamp = nanoseconds(at);
    }
    if (queue.running == 0 && queue.waiting.empty()) queue.clock = 0;
  }
std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    Queue& queue = queues_[rq];
    if (queue.waiting.empty()) return std::nullopt;
    const auto expired = [this](VcpuId vcpu) { return tasks_[vcpu].expired; };
    if (std::all_of(queue.waiting.begin(), queue.waiting.end(), expired)) {
      for (const VcpuId vcpu : queue.waiting) tasks_[vcpu].expired = false;
      queue.clock = 0;
      queue.best = 140;
    }
    std::vector<VcpuId> order = queue.waiting;
    std::stable_sort(order.begin(), order.end(), [&](VcpuId a, VcpuId b) {
      return std::pair(expired(a), tasks_[a].prio) < std::pair(expired(b), tasks_[b].prio);
    });
    const VcpuId vcpu = first_allowed(order, request);
    if (vcpu == kNoVcpu) return std::nullopt;
    std::erase(queue.waiting, vcpu);
    Task& task = tasks_[vcpu];
    if (task.first_wait) recalc(task, (nanoseconds(request.now) - task.stamp) * 38 / 128);
    task.first_wait = false;
    ++queue.running;
    return Pick{vcpu, request.now + Duration(turn(task))};
  }
  void charge(RunqueueId, VcpuId running, Duration ran) override {
    tasks_[running].left -= ran.count();
    tasks_[running].ran += ran.count();
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    return !tasks_.at(waiting).expired && tasks_.at(waiting).prio < tasks_.at(running).prio;
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = queues_.find(rq);
    if (queue == queues_.end()) return {};
    std::vector<VcpuId> all(queue->second.waiting.rbegin(), queue->second.waiting.rend());
    std::stable_sort(all.begin(), all.end(), [&](VcpuId a, VcpuId b) {
      return std::pair(!tasks_.at(a).expired, tasks_.at(a).prio) < std::pair(!tasks_.at(b).expired, tasks_.at(b).prio);
    });
    return all;
  }

 private:
  static constexpr std::int64_t kMs = 1'000'000;
  struct Task {
    int fixed = 120, prio = 120;
    std::int64_t average = 900 * kMs, left = 0, ran = 0, stamp = 0;
    bool expired = false, slept = false, first_wait = false;
  };
  struct Queue {
    std::vector<VcpuId> waiting;
    std::int64_t clock = 0;  // 0: it does not run
    std::int64_t running = 0;
    int best = 140;
  };
  static std::int64_t tenths(const Task& task) { return task.average / (100 * kMs); }
  static int effective(const Task& task) {
    return std::clamp(task.fixed - (static_cast<int>(tenths(task)) - 5), 100, 139);
  }
  static int needed(const Task& task) { return (task.fixed - 100) / 4 - 3; }
  static bool interactive(const Task& task) { return task.fixed - task.prio >= needed(task); }
  std::int64_t whole(const Task& task) const {
    const std::int64_t base = constants_.timeslice.count() * (task.fixed < 120 ? 4 : 1);
    return std::max(base * (140 - task.fixed) / 20, 5 * kMs);
  }
  std::int64_t turn(const Task& task) const {
    if (!interactive(task)) return task.left;
    std::int64_t granularity = 10 * kMs * constants_.cpus;
    for (std::int64_t bonus = tenths(task); bonus < 9; ++bonus) granularity *= 2;
    const std::int64_t used = std::max<std::int64_t>(whole(task) - task.left, 0);  // less than none: it was heavier
    std::int64_t at = granularity;
    while (at <= used) at += granularity;
    return task.left - (at - used) >= granularity ? at - used : task.left;
  }
  static void recalc(Task& task, std::int64_t slept) {
    const std::int64_t ceiling = (needed(task) + 6) * 100 * kMs - kMs;
    const bool lifted = slept > ceiling && task.average < ceiling;
    task.average = std::min(lifted ? ceiling : task.average + slept, 1000 * kMs);
    if (lifted) task.first_wait = false;
    task.prio = effective(task);
  }
  void expire(Queue& queue, Task& task, std::int64_t now) const {
    task.prio = effective(task);
    task.left = whole(task);
    if (queue.clock == 0) queue.clock = now;
    const std::int64_t limit =
        constants_.starvation.count() * (queue.running + static_cast<std::int64_t>(queue.waiting.size()));
    const bool starving = task.fixed > queue.best || (limit > 0 && now - queue.clock > limit);
    task.expired = !interactive(task) || starving;
    if (task.expired) queue.best = std::min(queue.best, task.fixed);
  }
  static void stop(Queue& queue, Task& task) {
    task.average -= std::min(task.ran, 1000 * kMs) / std::max<std::int64_t>(tenths(task), 1);
    task.average = std::max<std::int64_t>(task.average, 0);
    task.ran = 0;
    --queue.running;
  }

  PriorityArraysConstants constants_;
  std::map<VcpuId, Task> tasks_;
  std::map<RunqueueId, Queue> queues_;
};

}  // namespace roost::naive
