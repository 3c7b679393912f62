// The room: credit2 once more, as plainly as can be: an epoch is given to each by name, sleepers too.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class Credit2 final : public Model {
 public:
  void admit(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].weight = value(weight); }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) override {
    Vcpu& v = vcpus_[vcpu];
    v.state = State::Waits;
    if (v.home != rq && v.home != kNoRunqueue) v.credit = v.left_credit;  // what was given there meanwhile is missed
    v.home = rq;
    if (why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd || why == EnqueueWhy::Yield) {
      put_[rq] = vcpu;
      yields_[rq] = why == EnqueueWhy::Yield;
    }
    max_weight_[rq] = std::max(max_weight_[rq], v.weight);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time) override {
    vcpus_[vcpu].state = State::Sleeps;
    vcpus_[vcpu].left_credit = vcpus_[vcpu].credit;
    if (put_of(rq) == vcpu) put_[rq] = kNoVcpu;
  }
  std::optional<Pick> pick(RunqueueId rq, Time now) override {
    const std::vector<VcpuId> order = in_order(rq);
    const VcpuId put = put_of(rq);
    put_[rq] = kNoVcpu;
    if (order.empty()) return std::nullopt;
    VcpuId next = order.front() == put && order.size() > 1 ? order[1] : order.front();
    if (put != kNoVcpu && !yields_[rq] && (vcpus_[put].ran < kLimit || vcpus_[put].credit >= vcpus_[next].credit))
      next = put;
    if (vcpus_[order.front()].credit <= 0) epoch(rq, vcpus_[order.front()].credit);
    Vcpu& v = vcpus_[next];
    v.state = State::Runs;
    if (next != put) v.ran = 0;
    std::int64_t credit = v.credit;
    if (const auto rest = in_order(rq); !rest.empty() && vcpus_[rest.front()].credit > 0)
      credit -= vcpus_[rest.front()].credit;
    std::int64_t stint = credit > 0 ? credit * v.weight / max_weight_[rq] : 0;
    stint = std::min<std::int64_t>(stint, 10'000'000);
    stint = std::max({stint, std::int64_t{500'000}, kLimit - v.ran});
    return Pick{next, now + Duration(stint)};
  }
  void charge(RunqueueId rq, VcpuId running, Duration ran) override {
    Vcpu& v = vcpus_[running];
    v.ran += ran.count();
    v.part += ran.count() * max_weight_[rq];
    v.credit = std::max<std::int64_t>(v.credit - v.part / v.weight, -10'000'000);
    v.part %= v.weight;
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    return vcpus_.at(waiting).credit > vcpus_.at(running).credit;
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    std::vector<VcpuId> order = in_order(rq);
    std::reverse(order.begin(), order.end());
    return order;
  }

 private:
  static constexpr std::int64_t kLimit = 1'000'000;
  enum class State { Sleeps, Waits, Runs };
  struct Vcpu {
    std::int64_t credit = 10'000'000, part = 0, weight = 0, ran = 0, left_credit = 0;
    State state = State::Sleeps;
    RunqueueId home = kNoRunqueue;
  };
  VcpuId put_of(RunqueueId rq) const {
    const auto put = put_.find(rq);
    return put == put_.end() ? kNoVcpu : put->second;
  }
  std::vector<VcpuId> in_order(RunqueueId rq) const {
    std::vector<VcpuId> order;
    for (const auto& [vcpu, v] : vcpus_)
      if (v.home == rq && v.state == State::Waits) order.push_back(vcpu);
    std::stable_sort(order.begin(), order.end(),
                     [this](VcpuId a, VcpuId b) { return vcpus_.at(a).credit > vcpus_.at(b).credit; });
    return order;
  }
  void epoch(RunqueueId rq, std::int64_t top) {
    std::int64_t given = 10'000'000;
    while (top + given <= 0) given += 10'000'000;
    max_weight_[rq] = 1;
    for (auto& [vcpu, v] : vcpus_) {
      if (v.home != rq) continue;
      v.credit = std::min<std::int64_t>(v.credit + given, 10'500'000);
      if (v.state != State::Sleeps) max_weight_[rq] = std::max(max_weight_[rq], v.weight);
    }
  }

  std::map<VcpuId, Vcpu> vcpus_;
  std::map<RunqueueId, VcpuId> put_;
  std::map<RunqueueId, bool> yields_;
  std::map<RunqueueId, std::int64_t> max_weight_;
};

}  // namespace roost::naive
