// The room: EEVDF once more, as plainly as can be: V is summed up anew at each question, the pick is searched for.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

/// With the usual constants: a request of 2.8 ms, a saved lag of 5.6 ms at most.
class Eevdf final : public Model {
 public:
  void admit(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].weight = value(weight); }
  void reweigh(VcpuId vcpu, Weight weight) override {
    Vcpu& v = vcpus_[vcpu];
    v.lag = v.lag * v.weight / value(weight);
    v.distance = std::max<std::int64_t>(v.distance * v.weight / value(weight), 1);
    v.weight = value(weight);
    v.part = 0;
  }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    Queue& queue = queues_[rq];
    Vcpu& v = vcpus_[vcpu];
    v.runs = false;
    const auto waits = [&](VcpuId other) { return other != vcpu && !vcpus_[other].runs; };
    const bool others = std::any_of(queue.runnable.begin(), queue.runnable.end(), waits);
    if (why == EnqueueWhy::Yield && v.vtime <= mean(queue) && others) {
      v.vtime = v.deadline;
      v.deadline = v.vtime + kRequest * 100 / v.weight;
    }
    if (why != EnqueueWhy::Fork && why != EnqueueWhy::Wake && why != EnqueueWhy::Migrated) return;
    std::int64_t all = 0, lag = v.lag, distance = kRequest * 100 / v.weight;
    for (const VcpuId other : queue.runnable) all += vcpus_[other].weight;
    if (why == EnqueueWhy::Wake && lag < 0)
      lag = std::min<std::int64_t>(0, lag + (now - v.left_at).count() * 100 / v.left_weight);
    if (why == EnqueueWhy::Fork || all == 0) lag = 0;
    if (lag != 0) lag = static_cast<std::int64_t>(static_cast<Wide>(lag) * (all + v.weight) / all);
    if (why == EnqueueWhy::Fork) distance /= 2;
    if (why == EnqueueWhy::Migrated) distance = v.distance;
    v.vtime = mean(queue) - lag;
    v.deadline = v.vtime + distance;
    v.home = rq;
    queue.runnable.insert(queue.runnable.begin(), vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time now) override {
    Queue& queue = queues_[rq];
    Vcpu& v = vcpus_[vcpu];
    const std::int64_t most = 2 * kRequest * 100 / v.weight;
    v.lag = std::max(-most, std::min(most, mean(queue) - v.vtime));
    v.distance = v.deadline - v.vtime;
    v.left_at = now;
    v.left_weight = 0;
    for (const VcpuId other : queue.runnable) v.left_weight += vcpus_[other].weight;
    queue.empty_mean = v.vtime;  // of the last one to leave
    std::erase(queue.runnable, vcpu);
    v.runs = false;
  }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    Queue& queue = queues_[rq];
    const auto allows = [&](VcpuId vcpu) { return request.allows(vcpu); };
    VcpuId next = best(queue, allows);
    if (next == kNoVcpu) next = least_served(queue, allows);
    if (next == kNoVcpu) return std::nullopt;
    std::erase(queue.runnable, next);
    queue.runnable.insert(queue.runnable.begin(), next);
    Vcpu& v = vcpus_[next];
    v.runs = v.before_deadline = true;
    std::int64_t ran = (v.deadline - v.vtime) * v.weight / 100 - 100;  // short of it, and on by single steps
    while ((ran * 100 + v.part) / v.weight < v.deadline - v.vtime) ++ran;
    return Pick{next, request.now + Duration(ran)};
  }
  void charge(RunqueueId, VcpuId running, Duration ran) override {
    Vcpu& v = vcpus_[running];
    v.part += ran.count() * 100;
    v.vtime += v.part / v.weight;
    v.part %= v.weight;
    if (v.vtime >= v.deadline) v.deadline = v.vtime + kRequest * 100 / v.weight, v.before_deadline = false;
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    const Vcpu& v = vcpus_.at(running);
    const Queue& queue = queues_.at(v.home);
    const bool eligible = v.vtime <= mean(queue);
    if (eligible && v.before_deadline) return false;
    const bool ahead = eligible && key(running) < key(waiting);
    return best(queue, [](VcpuId) { return true; }) == waiting && !ahead;
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    std::vector<VcpuId> all;
    if (const auto queue = queues_.find(rq); queue != queues_.end())
      for (const VcpuId vcpu : queue->second.runnable)
        if (!vcpus_.at(vcpu).runs) all.insert(all.begin(), vcpu);
    return all;
  }

 private:
  __extension__ using Wide = __int128;
  static constexpr std::int64_t kRequest = 2'800'000;

  struct Vcpu {
    std::int64_t vtime = 0, deadline = 0, part = 0, weight = 0, lag = 0, distance = 0, left_weight = 0;
    bool runs = false, before_deadline = false;
    RunqueueId home = kNoRunqueue;
    Time left_at{};
  };
  struct Queue {
    std::vector<VcpuId> runnable;  // who ran or came last stands first
    std::int64_t empty_mean = 0;
  };
  std::int64_t mean(const Queue& queue) const {
    Wide sum = 0, weight = 0;
    for (const VcpuId vcpu : queue.runnable) {
      sum += static_cast<Wide>(vcpus_.at(vcpu).vtime) * vcpus_.at(vcpu).weight;
      weight += vcpus_.at(vcpu).weight;
    }
    if (weight == 0) return queue.empty_mean;
    return static_cast<std::int64_t>(sum / weight - (sum % weight < 0));
  }
  std::pair<std::int64_t, VcpuId> key(VcpuId vcpu) const { return {vcpus_.at(vcpu).deadline, vcpu}; }
  /// Of those that are eligible.
  template <typename Allows>
  VcpuId best(const Queue& queue, Allows allows) const {
    const std::int64_t mean_now = mean(queue);
    VcpuId found = kNoVcpu;
    for (const VcpuId vcpu : queue.runnable)
      if (!vcpus_.at(vcpu).runs && vcpus_.at(vcpu).vtime <= mean_now && allows(vcpu) &&
          (found == kNoVcpu || key(vcpu) < key(found)))
        found = vcpu;
    return found;
  }
  template <typename Allows>
  VcpuId least_served(const Queue& queue, Allows allows) const {
    VcpuId found = kNoVcpu;
    const auto order = [&](VcpuId vcpu) { return std::pair(vcpus_.at(vcpu).vtime, key(vcpu)); };
    for (const VcpuId vcpu : queue.runnable)
      if (!vcpus_.at(vcpu).runs && allows(vcpu) && (found == kNoVcpu || order(vcpu) < order(found))) found = vcpu;
    return found;
  }

  std::map<VcpuId, Vcpu> vcpus_;
  std::map<RunqueueId, Queue> queues_;
};

}  // namespace roost::naive
