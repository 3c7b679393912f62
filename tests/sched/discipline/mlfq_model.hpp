// The room: the multi-level feedback queue once more, as plainly as can be: one list, searched by level.
#pragma once

#include <algorithm>
#include <map>

#include "sched/discipline/mlfq.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class Levels final : public Model {
 public:
  explicit Levels(MlfqConstants constants) : constants_(constants) {}

  void admit(VcpuId vcpu, Weight) override { jobs_[vcpu] = {}; }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    boost_all(rq, now);
    Job& job = jobs_[vcpu];
    const bool boosted = boost(job, boosts_[rq]), spent = job.used >= whole(job);
    if (spent) job.used = Duration{0}, job.level = std::min(job.level + 1, constants_.levels - 1);
    std::vector<VcpuId>& waiting = waiting_[rq];
    const bool first = why == EnqueueWhy::Preempted && !boosted && !spent;
    waiting.insert(first ? waiting.begin() : waiting.end(), vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time) override { std::erase(waiting_[rq], vcpu); }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    boost_all(rq, request.now);
    std::vector<VcpuId> order = waiting_[rq];
    std::stable_sort(order.begin(), order.end(),
                     [&](VcpuId a, VcpuId b) { return jobs_[a].level < jobs_[b].level; });
    const VcpuId vcpu = first_allowed(order, request);
    if (vcpu == kNoVcpu) return std::nullopt;
    std::erase(waiting_[rq], vcpu);
    const Time boost = Time{} + constants_.boost * (boosts_[rq] + 1);
    return Pick{vcpu, std::min(request.now + whole(jobs_[vcpu]) - jobs_[vcpu].used, boost)};
  }
  void charge(RunqueueId, VcpuId running, Duration ran) override { jobs_[running].used += ran; }
  /// `waiting` has just come, so its boosts are those of its runqueue.
  bool preempts(VcpuId waiting, VcpuId running) const override {
    const Job& job = jobs_.at(running);
    return jobs_.at(waiting).level < (job.boosts == jobs_.at(waiting).boosts ? job.level : 0);
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = waiting_.find(rq);
    if (queue == waiting_.end()) return {};
    std::vector<VcpuId> all(queue->second.rbegin(), queue->second.rend());
    std::stable_sort(all.begin(), all.end(),
                     [&](VcpuId a, VcpuId b) { return jobs_.at(a).level > jobs_.at(b).level; });
    return all;
  }

 private:
  struct Job {
    std::int64_t level = 0, boosts = 0;
    Duration used{0};
  };
  Duration whole(const Job& job) const { return constants_.allotment * (std::int64_t{1} << job.level); }
  static bool boost(Job& job, std::int64_t boosts) {
    if (job.boosts == boosts) return false;
    job = {.level = 0, .boosts = boosts, .used = Duration{0}};
    return true;
  }
  /// Those who wait: by level, each level in its order.
  void boost_all(RunqueueId rq, Time now) {
    const std::int64_t boosts = (now - Time{}) / constants_.boost;
    if (boosts_[rq] == boosts) return;
    boosts_[rq] = boosts;
    std::stable_sort(waiting_[rq].begin(), waiting_[rq].end(),
                     [&](VcpuId a, VcpuId b) { return jobs_[a].level < jobs_[b].level; });
    for (const VcpuId vcpu : waiting_[rq]) boost(jobs_[vcpu], boosts);
  }

  MlfqConstants constants_;
  std::map<VcpuId, Job> jobs_;
  std::map<RunqueueId, std::vector<VcpuId>> waiting_;
  std::map<RunqueueId, std::int64_t> boosts_;
};

}  // namespace roost::naive
