// The room: first in, first out once more, as plainly as can be.
#pragma once

#include <deque>
#include <map>

#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class FirstIn final : public Model {
 public:
  void admit(VcpuId, Weight) override {}
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) override {
    const bool goes_on = why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd;
    goes_on ? queues_[rq].push_front(vcpu) : queues_[rq].push_back(vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time) override { std::erase(queues_[rq], vcpu); }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    const VcpuId next = first_allowed(queues_[rq], request);
    if (next == kNoVcpu) return std::nullopt;
    std::erase(queues_[rq], next);
    return Pick{next, kNever};
  }
  void charge(RunqueueId, VcpuId, Duration) override {}
  bool preempts(VcpuId, VcpuId) const override { return false; }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = queues_.find(rq);
    if (queue == queues_.end()) return {};
    return {queue->second.rbegin(), queue->second.rend()};
  }

 private:
  std::map<RunqueueId, std::deque<VcpuId>> queues_;
};

}  // namespace roost::naive
