// The room: Linux's completely fair scheduler once more, as plainly as can be: sums and orders are made anew each time.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

/// With the usual constants on 8 CPUs: latency 24 ms, granularity 3 ms, wakeup granularity 4 ms.
class Cfs final : public Model {
 public:
  void admit(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].weight = value(weight); }
  void reweigh(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].weight = value(weight), vcpus_[vcpu].part = 0; }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    Queue& queue = queues_[rq];
    Vcpu& v = vcpus_[vcpu];
    const bool comes = why == EnqueueWhy::Fork || why == EnqueueWhy::Wake || why == EnqueueWhy::Migrated;
    if (comes) queue.runnable.insert(queue.runnable.begin(), vcpu);
    if (why == EnqueueWhy::Fork) v.v = queue.min_v + slice(queue, vcpu) * 100 / v.weight;
    if (why == EnqueueWhy::Migrated) v.v += queue.min_v - v.left_min_v;
    if (why == EnqueueWhy::Wake && v.home != rq)
      v.v += queue.min_v - v.left_min_v - (now - v.left_at).count() * 100 / std::max<std::int64_t>(v.left_weight, 100);
    if (why == EnqueueWhy::Wake) v.v = std::max(v.v, queue.min_v - 12'000'000);
    if (why == EnqueueWhy::Preempted && queue.runnable.size() >= 8) queue.last = vcpu;
    if (why == EnqueueWhy::Yield) queue.skip = vcpu;
    v.home = rq;
    v.waits = true;
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time now) override {
    Queue& queue = queues_[rq];
    Vcpu& v = vcpus_[vcpu];
    v.left_min_v = queue.min_v;
    v.left_weight = weight_of(queue);
    v.left_at = now;
    v.waits = false;
    forget(queue, vcpu);
    std::erase(queue.runnable, vcpu);
    const std::vector<VcpuId> waiting = in_order(queue);
    if (!waiting.empty() && waiting.size() == queue.runnable.size())
      queue.min_v = std::max(queue.min_v, vcpus_[waiting.front()].v);
  }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    Queue& queue = queues_[rq];
    std::vector<VcpuId> waiting = in_order(queue);
    std::erase_if(waiting, [&](VcpuId vcpu) { return !request.allows(vcpu); });
    if (waiting.empty()) return std::nullopt;
    VcpuId next = waiting[0];
    if (queue.skip == waiting[0] && waiting.size() > 1 && fair(waiting[1], waiting[0])) next = waiting[1];
    if (queue.last != kNoVcpu && request.allows(queue.last) && fair(queue.last, waiting[0])) next = queue.last;
    forget(queue, next);
    std::erase(queue.runnable, next);
    queue.runnable.insert(queue.runnable.begin(), next);
    Vcpu& v = vcpus_[next];
    v.waits = false;
    v.ran = 0;
    return Pick{next, request.now + Duration(stint(queue, next))};
  }
  void charge(RunqueueId rq, VcpuId running, Duration ran) override {
    Queue& queue = queues_[rq];
    Vcpu& v = vcpus_[running];
    v.ran += ran.count();
    v.part += ran.count() * 100;
    v.v += v.part / v.weight;
    v.part %= v.weight;
    std::int64_t least = v.v;
    for (const VcpuId other : in_order(queue)) least = std::min(least, vcpus_[other].v);
    queue.min_v = std::max(queue.min_v, least);
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    const Vcpu& v = vcpus_.at(running);
    return !fair(running, waiting) || v.ran > slice(queues_.at(v.home), running);
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    std::vector<VcpuId> all;
    if (const auto queue = queues_.find(rq); queue != queues_.end())
      for (const VcpuId vcpu : queue->second.runnable)
        if (vcpus_.at(vcpu).waits) all.insert(all.begin(), vcpu);
    return all;
  }

 private:
  struct Vcpu {
    std::int64_t v = 0, part = 0, weight = 0, ran = 0, left_min_v = 0, left_weight = 0;
    bool waits = false;
    RunqueueId home = kNoRunqueue;
    Time left_at{};
  };
  struct Queue {
    std::vector<VcpuId> runnable;  // who ran or came last stands first
    std::int64_t min_v = 0;
    VcpuId last = kNoVcpu, skip = kNoVcpu;
  };
  static void forget(Queue& queue, VcpuId vcpu) {
    if (queue.last == vcpu) queue.last = kNoVcpu;
    if (queue.skip == vcpu) queue.skip = kNoVcpu;
  }
  std::vector<VcpuId> in_order(const Queue& queue) const {
    std::vector<VcpuId> waiting;
    for (const VcpuId vcpu : queue.runnable)
      if (vcpus_.at(vcpu).waits) waiting.push_back(vcpu);
    std::sort(waiting.begin(), waiting.end(), [this](VcpuId a, VcpuId b) {
      return std::pair{vcpus_.at(a).v, a} < std::pair{vcpus_.at(b).v, b};
    });
    return waiting;
  }
  std::int64_t weight_of(const Queue& queue) const {
    std::int64_t sum = 0;
    for (const VcpuId vcpu : queue.runnable) sum += vcpus_.at(vcpu).weight;
    return sum;
  }
  std::int64_t slice(const Queue& queue, VcpuId vcpu) const {
    const auto runnable = static_cast<std::int64_t>(queue.runnable.size());
    const std::int64_t period = runnable > 8 ? runnable * 3'000'000 : 24'000'000;
    return std::max<std::int64_t>(period * vcpus_.at(vcpu).weight / weight_of(queue), 3'000'000);
  }
  bool fair(VcpuId instead, VcpuId least) const {
    return vcpus_.at(instead).v - vcpus_.at(least).v <= 4'000'000 * 100 / vcpus_.at(least).weight;
  }
  /// The first of: the slice is over; it is ahead of the least by a slice.
  std::int64_t stint(const Queue& queue, VcpuId vcpu) const {
    const Vcpu& v = vcpus_.at(vcpu);
    const std::int64_t of_slice = slice(queue, vcpu);
    const std::vector<VcpuId> waiting = in_order(queue);
    if (waiting.empty()) return of_slice;
    const long double gap = static_cast<long double>(vcpus_.at(waiting.front()).v - v.v);
    const long double ahead = static_cast<long double>(of_slice) + gap;
    const long double till_ahead = ahead * static_cast<long double>(v.weight) / 100;
    if (till_ahead >= static_cast<long double>(of_slice)) return of_slice;
    return std::max<std::int64_t>(static_cast<std::int64_t>(till_ahead), 3'000'000);
  }

  std::map<VcpuId, Vcpu> vcpus_;
  std::map<RunqueueId, Queue> queues_;
};

}  // namespace roost::naive
