// The room: the table of windows once more, plainly: one list, searched for those whose window it is.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "sched/discipline/static_table.hpp"
#include "tests/kit/rq_walk.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

/// VM k has window k of three, 2 ms each, in a frame of 7 ms; slices of 0.7 ms.
class Table final : public Model {
 public:
  static constexpr StaticTableConstants kConstants{.frame = std::chrono::milliseconds(7),
                                                   .window = std::chrono::milliseconds(2),
                                                   .slice = std::chrono::microseconds(700)};
  void at(Time now) override { now_ = now; }
  void admit(VcpuId, Weight) override {}
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    Queue& queue = queues_[rq];
    queue.looked = now;
    std::int64_t& left = left_.try_emplace(vcpu, kSlice).first->second;
    if ((why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd) && left > 0) {
      queue.all.insert(queue.all.begin(), vcpu);
      return;
    }
    left = kSlice;
    queue.all.push_back(vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time) override { std::erase(queues_[rq].all, vcpu); }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    Queue& queue = queues_[rq];
    const Time now = queue.looked = request.now;
    std::vector<VcpuId> all = queue.all;
    std::erase_if(all, [&](VcpuId vcpu) { return !request.allows(vcpu); });
    if (all.empty()) return std::nullopt;
    for (const VcpuId vcpu : all) {
      if (!open(vcpu, nanoseconds(now))) continue;
      std::erase(queue.all, vcpu);
      std::int64_t until = nanoseconds(now) + left_[vcpu];
      const std::int64_t end = (nanoseconds(now) % kFrame / kWindow + 1) * kWindow + nanoseconds(now) / kFrame * kFrame;
      return Pick{vcpu, time_at(std::min(until, end))};
    }
    std::int64_t opens = INT64_MAX;
    for (const VcpuId vcpu : all)
      for (std::int64_t frame = nanoseconds(now) / kFrame; frame <= nanoseconds(now) / kFrame + 1; ++frame) {
        const std::int64_t at = frame * kFrame + window(vcpu) * kWindow;
        if (at > nanoseconds(now)) opens = std::min(opens, at);
      }
    return Pick{kNoVcpu, time_at(opens)};
  }
  void charge(RunqueueId rq, VcpuId running, Duration ran) override {
    left_[running] -= ran.count();
    queues_[rq].looked = now_;
  }
  bool preempts(VcpuId, VcpuId) const override { return false; }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = queues_.find(rq);
    if (queue == queues_.end()) return {};
    std::vector<VcpuId> all(queue->second.all.rbegin(), queue->second.all.rend());
    const std::int64_t looked = nanoseconds(queue->second.looked);
    std::stable_sort(all.begin(), all.end(), [&](VcpuId a, VcpuId b) {
      return std::pair(!open(a, looked), window(a)) < std::pair(!open(b, looked), window(b));
    });
    return all;
  }

 private:
  static constexpr std::int64_t kFrame = 7'000'000, kWindow = 2'000'000, kSlice = 700'000;
  struct Queue {
    std::vector<VcpuId> all;
    Time looked{};
  };
  static std::int64_t window(VcpuId vcpu) {
    return static_cast<std::int64_t>(index(vcpu) % kit::RunqueueWalk::kVms % 3);
  }
  static bool open(VcpuId vcpu, std::int64_t at) { return at % kFrame / kWindow == window(vcpu); }

  std::map<RunqueueId, Queue> queues_;
  std::map<VcpuId, std::int64_t> left_;
  Time now_{};
};

}  // namespace roost::naive
