// The room: sjf and stcf once more, as plainly as can be: one list, sorted when somebody asks.
#pragma once

#include <algorithm>
#include <map>
#include <tuple>

#include "sched/discipline/shortest_first.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class Shortest final : public Model {
 public:
  Shortest(bool preemptive, BurstConstants constants) : preemptive_(preemptive), constants_(constants) {}

  void at(Time now) override { now_ = nanoseconds(now); }
  void admit(VcpuId vcpu, Weight) override { jobs_[vcpu] = {.tau = constants_.first.count()}; }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    Job& job = jobs_[vcpu];
    if (why != EnqueueWhy::Migrated) job.came = nanoseconds(now);
    job.stands = {rest(job) + job.came * constants_.aging / 1024, job.came};
    if (!preemptive_ && (why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd)) job.stands.first = -1;
    if (why == EnqueueWhy::Yield)
      for (const VcpuId other : queues_[rq]) {
        const auto& [expected, since] = jobs_[other].stands;
        job.stands = std::max(job.stands, {expected, since + 1});
      }
    queues_[rq].push_back(vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) override {
    std::erase(queues_[rq], vcpu);
    if (why != LeaveWhy::Blocked) return;
    Job& job = jobs_[vcpu];
    job.tau += (job.ran - job.tau) * constants_.alpha / 1024;
    job.ran = 0;
  }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    if (queues_[rq].empty()) return std::nullopt;
    const VcpuId next = first_allowed(sorted(rq), request);
    if (next == kNoVcpu) return std::nullopt;
    std::erase(queues_[rq], next);
    return Pick{next, preemptive_ ? request.now + Duration(rest(jobs_[next])) : kNever};
  }
  void charge(RunqueueId, VcpuId running, Duration ran) override { jobs_[running].ran += ran.count(); }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    const Job& newcomer = jobs_.at(waiting);
    return preemptive_ && rest(newcomer) + newcomer.came * constants_.aging / 1024 <
                              rest(jobs_.at(running)) + now_ * constants_.aging / 1024;
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    if (!queues_.contains(rq)) return {};
    std::vector<VcpuId> all = sorted(rq);
    std::reverse(all.begin(), all.end());
    return all;
  }

 private:
  struct Job {
    std::int64_t tau = 0, ran = 0, came = 0;
    std::pair<std::int64_t, std::int64_t> stands{};
  };
  std::int64_t rest(const Job& job) const {
    if (!preemptive_) return job.tau;
    std::int64_t guess = std::max<std::int64_t>(job.tau, 1000);
    while (guess - job.ran <= 0) guess += guess;
    return guess - job.ran;
  }
  std::vector<VcpuId> sorted(RunqueueId rq) const {
    std::vector<VcpuId> all = queues_.at(rq);
    std::sort(all.begin(), all.end(), [&](VcpuId a, VcpuId b) {
      return std::tuple(jobs_.at(a).stands, a) < std::tuple(jobs_.at(b).stands, b);
    });
    return all;
  }

  bool preemptive_;
  BurstConstants constants_;
  std::int64_t now_ = 0;
  std::map<VcpuId, Job> jobs_;
  std::map<RunqueueId, std::vector<VcpuId>> queues_;
};

}  // namespace roost::naive
