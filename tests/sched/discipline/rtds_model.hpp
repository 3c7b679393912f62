// The room: Xen's RTDS once more, plainly: one list, searched for the least.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "tests/kit/rq_walk.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class Rtds final : public Model {
 public:
  explicit Rtds(bool extratime) : extratime_(extratime) {}

  void at(Time now) override { now_ = nanoseconds(now); }
  void admit(VcpuId vcpu, Weight) override {
    const Reservation reserved = kit::RunqueueWalk::reservation(vcpu);
    const bool own = reserved.budget.count() > 0;
    vcpus_[vcpu] = {.budget = own ? reserved.budget.count() : 4'000'000,
                    .period = own ? reserved.period.count() : 10'000'000};
  }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) override {
    refill(rq);
    Vcpu& v = vcpus_[vcpu];
    refill(v);
    if (extratime_ && (v.left <= 0 || why == EnqueueWhy::Yield)) ++v.level;
    if (extratime_ && v.left <= 0) v.left = v.budget;
    queues_[rq].push_back(vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) override {
    std::erase(queues_[rq], vcpu);
    if (why == LeaveWhy::Migrating) refill(vcpus_[vcpu]);
  }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    refill(rq);
    const VcpuId next = first_allowed(sorted(rq), request);
    if (next == kNoVcpu) return std::nullopt;
    if (depleted(next)) return Pick{kNoVcpu, time_at(vcpus_[next].end)};
    std::int64_t until = INT64_MAX;
    for (const VcpuId vcpu : queues_[rq]) until = std::min(until, vcpus_[vcpu].end);
    std::erase(queues_[rq], next);
    return Pick{next, time_at(std::min(until, now_ + vcpus_[next].left))};
  }
  void charge(RunqueueId, VcpuId running, Duration ran) override {
    vcpus_[running].left -= ran.count();
    refill(vcpus_[running]);
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    const Vcpu &w = vcpus_.at(waiting), &r = vcpus_.at(running);
    if (depleted(waiting)) return w.end < std::min(now_ + r.left, r.end);
    return std::pair(w.level, w.end) < std::pair(r.level, r.end);
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    if (!queues_.contains(rq)) return {};
    std::vector<VcpuId> all = sorted(rq);
    std::reverse(all.begin(), all.end());
    std::stable_partition(all.begin(), all.end(), [&](VcpuId vcpu) { return !depleted(vcpu); });
    return all;
  }

 private:
  struct Vcpu {
    std::int64_t budget = 0, period = 0, left = 0, end = 0;
    int level = 0;
  };
  bool depleted(VcpuId vcpu) const { return vcpus_.at(vcpu).left <= 0; }
  std::vector<VcpuId> sorted(RunqueueId rq) const {  // who is ready, then who is not
    std::vector<VcpuId> all = queues_.at(rq);
    const auto key = [&](VcpuId v) {
      return std::tuple(depleted(v), depleted(v) ? 0 : vcpus_.at(v).level, vcpus_.at(v).end, v);
    };
    std::sort(all.begin(), all.end(), [&](VcpuId a, VcpuId b) { return key(a) < key(b); });
    return all;
  }
  void refill(Vcpu& v) const {
    if (v.end > now_) return;
    while (v.end <= now_) v.end += v.period;
    v.left = v.budget;
    v.level = 0;
  }
  void refill(RunqueueId rq) {
    for (const VcpuId vcpu : queues_[rq]) refill(vcpus_[vcpu]);
  }

  bool extratime_;
  std::int64_t now_ = 0;
  std::map<VcpuId, Vcpu> vcpus_;
  std::map<RunqueueId, std::vector<VcpuId>> queues_;
};

}  // namespace roost::naive
