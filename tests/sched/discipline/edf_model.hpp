// The room: earliest deadline first over bandwidth servers once more, plainly: one list, searched for the least.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "tests/kit/rq_walk.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class Edf final : public Model {
 public:
  explicit Edf(bool hard) : hard_(hard) {}

  void at(Time now) override { now_ = nanoseconds(now); }
  void admit(VcpuId vcpu, Weight) override {
    const Reservation reserved = kit::RunqueueWalk::reservation(vcpu);
    Vcpu& v = vcpus_[vcpu];
    v.budget = reserved.budget.count() > 0 ? reserved.budget.count() : 4'000'000;
    v.period = reserved.budget.count() > 0 ? reserved.period.count() : 10'000'000;
  }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time at) override {
    const std::int64_t now = nanoseconds(at);
    replenish(rq, now);
    Vcpu& v = vcpus_[vcpu];
    if (!v.begun) anew(v, now);
    const std::int64_t rest = v.d - now;
    const bool ahead = rest > v.period || (rest > 0 && v.q * v.period < rest * v.budget);
    if (why == EnqueueWhy::Wake && !ahead) anew(v, now);
    v.depleted = hard_ && v.q <= 0;
    while (!v.depleted && v.q <= 0) v.d += v.period, v.q += v.budget;
    v.stands = v.d;
    if (why == EnqueueWhy::Yield && !v.depleted)
      for (const VcpuId other : queues_[rq])
        if (!vcpus_[other].depleted) v.stands = std::max(v.stands, vcpus_[other].stands + 1);
    queues_[rq].push_back(vcpu);
    replenish(rq, now);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time) override { std::erase(queues_[rq], vcpu); }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    replenish(rq, nanoseconds(request.now));
    const std::vector<VcpuId> order = sorted(rq);
    const VcpuId next = first_allowed(order, request);
    if (next == kNoVcpu) return std::nullopt;
    if (vcpus_[next].depleted) return Pick{kNoVcpu, time_at(vcpus_[next].d)};
    std::int64_t first_back = INT64_MAX;
    for (const VcpuId vcpu : order)
      if (vcpus_[vcpu].depleted) first_back = std::min(first_back, vcpus_[vcpu].d);
    std::erase(queues_[rq], next);
    return Pick{next, time_at(std::min(nanoseconds(request.now) + vcpus_[next].q, first_back))};
  }
  void charge(RunqueueId, VcpuId running, Duration ran) override { vcpus_[running].q -= ran.count(); }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    const Vcpu &w = vcpus_.at(waiting), &r = vcpus_.at(running);
    return w.depleted ? w.d < now_ + r.q : w.stands < r.d;
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    if (!queues_.contains(rq)) return {};
    std::vector<VcpuId> all = sorted(rq);
    std::reverse(all.begin(), all.end());
    std::stable_partition(all.begin(), all.end(), [&](VcpuId vcpu) { return !vcpus_.at(vcpu).depleted; });
    return all;
  }

 private:
  struct Vcpu {
    std::int64_t budget = 0, period = 0, q = 0, d = 0, stands = 0;
    bool begun = false, depleted = false;
  };
  static void anew(Vcpu& v, std::int64_t now) {
    v.begun = true;
    v.d = now + v.period;
    v.q = v.budget;
  }
  std::vector<VcpuId> sorted(RunqueueId rq) const {  // who is ready, then who is not
    std::vector<VcpuId> all = queues_.at(rq);
    const auto key = [&](VcpuId v) {
      return std::tuple(vcpus_.at(v).depleted, vcpus_.at(v).depleted ? vcpus_.at(v).d : vcpus_.at(v).stands, v);
    };
    std::sort(all.begin(), all.end(), [&](VcpuId a, VcpuId b) { return key(a) < key(b); });
    return all;
  }
  void replenish(RunqueueId rq, std::int64_t now) {
    for (const VcpuId vcpu : queues_[rq]) {
      Vcpu& v = vcpus_[vcpu];
      if (!v.depleted || v.d > now) continue;
      while (v.q <= 0) v.d += v.period, v.q += v.budget;
      if (v.d <= now) anew(v, now);
      v.depleted = false;
      v.stands = v.d;
    }
  }

  bool hard_;
  std::int64_t now_ = 0;
  std::map<VcpuId, Vcpu> vcpus_;
  std::map<RunqueueId, std::vector<VcpuId>> queues_;
};

}  // namespace roost::naive
