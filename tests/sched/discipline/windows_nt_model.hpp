// The room: the dispatcher of Windows NT once more, plainly: one list in the order of arrival, searched for the highest
//   level.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "sched/vocabulary/nice.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class WindowsNt final : public Model {
 public:
  void admit(VcpuId vcpu, Weight weight) override { reweigh(vcpu, weight); }
  void reweigh(VcpuId vcpu, Weight weight) override {
    const int nice = nice_of(weight);
    Vcpu& v = vcpus_[vcpu];
    v.base = v.level = nice == -20 ? 24 : 8 - nice / 3;
    v.decrement = 0;
  }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    scan(rq, now);
    Vcpu& v = vcpus_[vcpu];
    const bool stopped = why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd;
    const bool front = stopped && v.left > 0;
    const bool critical = v.base >= 14, anew = critical || v.decrement == 0;
    if (why == EnqueueWhy::Wake) v.left = (anew ? 2 * kTick : v.left) - (critical ? 0 : kUnit);
    if (why == EnqueueWhy::Yield || v.left <= 0) quantum_end(v);
    const bool boosts = why == EnqueueWhy::Wake && v.base < 16 && v.decrement == 0;
    if (boosts) v.level = std::max(v.level, std::min(15, v.base + 1));
    if (why != EnqueueWhy::Migrated) v.since = now;
    auto& all = queues_[rq].all;
    all.insert(front ? all.begin() : all.end(), vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time) override { std::erase(queues_[rq].all, vcpu); }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    const Time now = request.now;
    scan(rq, now);
    const VcpuId next = first_allowed(victims(rq), request);
    if (next == kNoVcpu) return std::nullopt;
    std::erase(queues_[rq].all, next);
    return Pick{next, std::min(now + Duration(vcpus_[next].left), time_at((second(now) + 1) * 1'000'000'000))};
  }
  void charge(RunqueueId, VcpuId running, Duration ran) override { vcpus_[running].left -= ran.count(); }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    return vcpus_.at(waiting).level > vcpus_.at(running).level;
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = queues_.find(rq);
    if (queue == queues_.end()) return {};
    std::vector<VcpuId> all = queue->second.all;
    std::stable_sort(all.begin(), all.end(),
                     [&](VcpuId a, VcpuId b) { return vcpus_.at(a).level > vcpus_.at(b).level; });
    return all;
  }
  std::size_t lifted() const { return lifted_; }

 private:
  static constexpr std::int64_t kTick = 15'625'000, kUnit = kTick / 3;
  struct Vcpu {
    int base = 8, level = 8;
    std::int64_t left = 2 * kTick;
    Time since{};
    int decrement = 0;  // what it owes for having starved
  };
  struct Queue {
    std::vector<VcpuId> all;
    std::int64_t scanned = 0;
    int resume = 0;
  };
  static std::int64_t second(Time now) { return nanoseconds(now) / 1'000'000'000; }
  static void quantum_end(Vcpu& v) {
    v.level = std::max(v.base, v.level - v.decrement - 1);
    v.decrement = 0;
    v.left = 2 * kTick;
  }
  void scan(RunqueueId rq, Time now) {
    Queue& queue = queues_[rq];
    if (second(now) == queue.scanned) return;
    queue.scanned = second(now);
    std::vector<VcpuId> order;  // levels from where it stopped, upwards and around
    for (int i = 0; i < 15; ++i)
      for (const VcpuId vcpu : queue.all)
        if (vcpus_[vcpu].level == (queue.resume + i) % 15) order.push_back(vcpu);
    queue.resume = 0;
    int found = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      Vcpu& v = vcpus_[order[i]];
      if (i == 16 || found == 10) {
        queue.resume = v.level;
        return;
      }
      if (now - v.since < std::chrono::seconds(4)) continue;
      v.decrement += 15 - v.level;
      v.level = 15;
      v.left = 4 * kUnit;
      std::erase(queue.all, order[i]);
      queue.all.push_back(order[i]);
      ++found, ++lifted_;
    }
  }

  std::map<VcpuId, Vcpu> vcpus_;
  std::map<RunqueueId, Queue> queues_;
  std::size_t lifted_ = 0;
};

}  // namespace roost::naive
