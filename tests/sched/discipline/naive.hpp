// The room: round robin and weighted fair once more, as plainly as can be: what is sorted there is searched for here.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "sched/discipline/round_robin.hpp"
#include "sched/discipline/weighted_fair.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class Turns final : public Model {
 public:
  void admit(VcpuId, Weight) override {}
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) override {
    if (why == EnqueueWhy::Preempted && left_[vcpu] > Duration{0}) return queues_[rq].push_front(vcpu);
    left_[vcpu] = RoundRobin::kSlice;
    queues_[rq].push_back(vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time) override { std::erase(queues_[rq], vcpu); }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    const VcpuId next = first_allowed(queues_[rq], request);
    if (next == kNoVcpu) return std::nullopt;
    std::erase(queues_[rq], next);
    return Pick{next, request.now + left_[next]};
  }
  void charge(RunqueueId, VcpuId running, Duration ran) override { left_[running] -= ran; }
  bool preempts(VcpuId, VcpuId) const override { return false; }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = queues_.find(rq);
    if (queue == queues_.end()) return {};
    return {queue->second.rbegin(), queue->second.rend()};
  }

 private:
  std::map<RunqueueId, std::deque<VcpuId>> queues_;
  std::map<VcpuId, Duration> left_;
};

class Fair final : public Model {
 public:
  void admit(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].weight = value(weight); }
  void reweigh(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].weight = value(weight), vcpus_[vcpu].part = 0; }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    Queue& queue = queues_[rq];
    Vcpu& v = vcpus_[vcpu];
    const std::int64_t least = queue.floor - constants_.credit.count();
    if (why == EnqueueWhy::Fork) v.vtime = queue.floor, v.part = 0;
    if (why == EnqueueWhy::Migrated) v.vtime += queue.floor - v.left_floor;
    if (why == EnqueueWhy::Wake && v.home != rq)
      v.vtime += queue.floor - v.left_floor -
                 (now - v.left_at).count() * 100 / std::max<std::int64_t>(v.left_weight, 100);
    const bool ran = why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd || why == EnqueueWhy::Yield;
    if (why == EnqueueWhy::Wake || ran) v.vtime = std::max(v.vtime, least);
    v.stands = v.vtime;
    if (why == EnqueueWhy::Yield)
      for (const VcpuId other : queue.waiting) v.stands = std::max(v.stands, vcpus_[other].stands + 1);
    v.home = rq;
    queue.waiting.push_back(vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time now) override {
    Queue& queue = queues_[rq];
    Vcpu& v = vcpus_[vcpu];
    if (std::erase(queue.waiting, vcpu) > 0) v.vtime = std::max(v.vtime, queue.floor - constants_.credit.count());
    v.left_floor = queue.floor;
    v.left_weight = weight_of(queue);
    v.left_at = now;
  }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    Queue& queue = queues_[rq];
    const VcpuId next = first_allowed(in_order(queue), request);
    if (next == kNoVcpu) return std::nullopt;
    const Duration slice = constants_.latency * vcpus_[next].weight / weight_of(queue);
    std::erase(queue.waiting, next);
    vcpus_[next].vtime = std::max(vcpus_[next].vtime, queue.floor - constants_.credit.count());
    raise_floor(queue, vcpus_[next].vtime);
    return Pick{next, request.now + std::max(slice, constants_.slice)};
  }
  void charge(RunqueueId rq, VcpuId running, Duration ran) override {
    Queue& queue = queues_[rq];
    Vcpu& v = vcpus_[running];
    v.part += ran.count() * 100;
    v.vtime += v.part / v.weight;
    v.part %= v.weight;
    raise_floor(queue, v.vtime);
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    const Vcpu& v = vcpus_.at(waiting);
    return vcpus_.at(running).vtime - v.vtime > constants_.granularity.count() * 100 / v.weight;
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = queues_.find(rq);
    if (queue == queues_.end()) return {};
    std::vector<VcpuId> all = in_order(queue->second);
    std::reverse(all.begin(), all.end());
    return all;
  }

 private:
  struct Vcpu {
    std::int64_t vtime = 0, stands = 0, part = 0, weight = 0, left_floor = 0, left_weight = 0;
    RunqueueId home = kNoRunqueue;
    Time left_at{};
  };
  struct Queue {
    std::vector<VcpuId> waiting;
    std::int64_t floor = 0;
  };
  std::pair<std::int64_t, VcpuId> key(VcpuId vcpu) const { return {vcpus_.at(vcpu).stands, vcpu}; }
  void raise_floor(Queue& queue, std::int64_t running) const {
    if (!queue.waiting.empty()) running = std::min(running, vcpus_.at(in_order(queue).front()).stands);
    queue.floor = std::max(queue.floor, running);
  }
  std::vector<VcpuId> in_order(const Queue& queue) const {
    std::vector<VcpuId> all = queue.waiting;
    std::sort(all.begin(), all.end(), [this](VcpuId a, VcpuId b) { return key(a) < key(b); });
    return all;
  }
  std::int64_t weight_of(const Queue& queue) const {
    std::int64_t sum = 0;
    for (const VcpuId vcpu : queue.waiting) sum += vcpus_.at(vcpu).weight;
    return sum;
  }

  std::map<VcpuId, Vcpu> vcpus_;
  std::map<RunqueueId, Queue> queues_;
  WeightedFairConstants constants_;
};

}  // namespace roost::naive
