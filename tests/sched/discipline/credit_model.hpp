// The room: Xen's credit scheduler once more, as plainly as can be: one list in order, sleepers paid period by period.
#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

/// With the usual constants, for one pCPU.
class Credit final : public Model {
 public:
  void at(Time now) override { now_ = now; }
  void admit(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].weight = value(weight); }
  void reweigh(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].weight = value(weight); }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    catch_up(rq, now);
    Vcpu& v = vcpus_[vcpu];
    if (why == EnqueueWhy::Fork || why == EnqueueWhy::Wake || why == EnqueueWhy::Migrated) {
      const std::int64_t missed = queues_[rq].period - v.left_period;
      for (std::int64_t i = 0; i < missed && v.active; ++i) earn(v, v.income);
      if (v.active) queues_[rq].active.insert(queues_[rq].active.begin(), vcpu);
      if (why == EnqueueWhy::Wake && v.priority == 1) v.priority = 0;
    }
    v.held = why == EnqueueWhy::Preempted && v.ran < 1'000'000;
    v.yielded = why == EnqueueWhy::Yield;
    auto& list = queues_[rq].list;
    auto at = std::find_if(list.begin(), list.end(), [&](VcpuId other) {
      return v.held ? !vcpus_[other].held : !vcpus_[other].held && class_of(list, other) > v.priority;
    });
    if (v.yielded && at != list.end()) ++at;
    list.insert(at, vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time now) override {
    catch_up(rq, now);
    Vcpu& v = vcpus_[vcpu];
    std::int64_t all = 0;
    for (const VcpuId other : queues_[rq].active) all += vcpus_[other].weight;
    if (v.active) v.income = std::min((kSlice * v.weight + all - 1) / all, kSlice);
    v.left_period = queues_[rq].period;
    std::erase(queues_[rq].list, vcpu);
    std::erase(queues_[rq].active, vcpu);
  }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    catch_up(rq, request.now);
    auto& list = queues_[rq].list;
    const VcpuId next = first_allowed(list, request);
    if (next == kNoVcpu) return std::nullopt;
    std::erase(list, next);
    Vcpu& v = vcpus_[next];
    if (!v.held) v.ran = 0;
    return Pick{next, request.now + Duration(v.held ? 1'000'000 - v.ran : kSlice)};
  }
  void charge(RunqueueId rq, VcpuId running, Duration ran) override {
    Vcpu& v = vcpus_[running];
    v.credit -= ran.count();
    v.ran += ran.count();
    if (now_.time_since_epoch().count() / 10'000'000 != (now_ - ran).time_since_epoch().count() / 10'000'000) {
      v.priority = std::max(v.priority, 1);
      if (!v.active) queues_[rq].active.insert(queues_[rq].active.begin(), running);
      v.active = true;
    }
    catch_up(rq, now_);
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    return vcpus_.at(waiting).priority < vcpus_.at(running).priority;
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    std::vector<VcpuId> order[3];
    if (const auto queue = queues_.find(rq); queue != queues_.end())
      for (const VcpuId vcpu : queue->second.list) {
        const Vcpu& v = vcpus_.at(vcpu);
        order[v.held ? 2 : class_of(queue->second.list, vcpu) > v.priority ? 1 : 0].push_back(vcpu);
      }
    for (int i : {1, 2}) order[0].insert(order[0].end(), order[i].begin(), order[i].end());
    return order[0];
  }

 private:
  static constexpr std::int64_t kSlice = 30'000'000;
  struct Vcpu {
    std::int64_t credit = 0, weight = 0, ran = 0, left_period = 0, income = 0;
    int priority = 1;
    bool active = false, held = false, yielded = false;
  };
  struct Queue {
    std::vector<VcpuId> list, active;
    std::int64_t period = 0, short_of = 0;
  };
  /// The priority of those among whom `vcpu` stands: a yielder's is that of who stands before it.
  int class_of(const std::vector<VcpuId>& list, VcpuId vcpu) const {
    int lowest = 0;
    for (const VcpuId other : list) {
      if (!vcpus_.at(other).held) lowest = std::max(lowest, vcpus_.at(other).priority);
      if (other == vcpu) break;
    }
    return lowest;
  }
  static void earn(Vcpu& v, std::int64_t share) {
    v.credit = std::max(v.credit + share, -kSlice);
    v.priority = v.credit < 0 ? 2 : 1;
    if (v.credit <= kSlice) return;
    v.active = false;
    v.credit /= 2;
  }
  void catch_up(RunqueueId rq, Time now) {
    Queue& queue = queues_[rq];
    const std::int64_t period = now.time_since_epoch().count() / kSlice;
    if (period == queue.period) return;
    for (; queue.period < period; ++queue.period) account(queue);
    std::stable_sort(queue.list.begin(), queue.list.end(), [this](VcpuId a, VcpuId b) {
      const auto key = [this](VcpuId v) { return vcpus_[v].held ? -1 : vcpus_[v].priority; };
      return key(a) < key(b);
    });
  }
  void account(Queue& queue) {
    std::int64_t all = 0, left, total = kSlice + queue.short_of, balance = 0;
    for (const VcpuId vcpu : queue.active) all += vcpus_[vcpu].weight;
    left = all;
    bool wanted = false;
    const std::vector<VcpuId> order = queue.active;
    for (const VcpuId vcpu : order) {
      Vcpu& v = vcpus_[vcpu];
      left -= v.weight;
      const std::int64_t most = kSlice + (queue.short_of * v.weight + all - 1) / all;
      std::int64_t share = (total * v.weight + all - 1) / all;
      if (share < most) {
        wanted = true;
      } else {
        if (left > 0) total += ((share - most) * all + left - 1) / left;
        if (wanted) std::erase(queue.active, vcpu), queue.active.insert(queue.active.begin(), vcpu);
        share = most;
      }
      earn(v, share);
      balance += v.credit;
      if (!v.active) std::erase(queue.active, vcpu);
    }
    queue.short_of = std::max<std::int64_t>(0, -balance);
  }

  std::map<VcpuId, Vcpu> vcpus_;
  std::map<RunqueueId, Queue> queues_;
  Time now_{};
};

}  // namespace roost::naive
