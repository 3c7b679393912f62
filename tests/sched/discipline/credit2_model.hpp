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
  void reweigh(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].weight = value(weight), vcpus_[vcpu].part = 0; }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) override {
    Vcpu& v = vcpus_[vcpu];
    v.state = State::Waits;
    if (v.home != rq && v.home != kNoRunqueue) v.credit = v.left_credit;  // what was given there meanwhile is missed
    if (v.home != rq) v.pcpu = kNoPcpu;
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
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    const PcpuId pcpu = request.pcpu != kNoPcpu ? request.pcpu : id_at<PcpuId>(index(rq));
    const VcpuId put = put_here(rq, pcpu, request);
    put_[rq] = kNoVcpu;
    const VcpuId next = chosen(rq, pcpu, put, request);
    if (next == kNoVcpu) return std::nullopt;
    Vcpu& v = vcpus_[next];
    const std::int64_t top = vcpus_[in_order(rq).front()].credit;
    v.state = State::Runs;
    if (top <= 0) epoch(rq, top);
    if (next != put) v.ran = 0;
    if (v.pcpu != kNoPcpu && v.pcpu != pcpu) v.credit += 50'000;
    v.pcpu = pcpu;
    std::int64_t credit = v.credit;
    if (const auto rest = in_order(rq); !rest.empty() && vcpus_[rest.front()].credit > 0)
      credit -= vcpus_[rest.front()].credit;
    std::int64_t stint = credit > 0 ? credit * v.weight / max_weight_[rq] : 0;
    stint = std::min<std::int64_t>(stint, 10'000'000);
    stint = std::max({stint, std::int64_t{500'000}, kLimit - v.ran});
    return Pick{next, request.now + Duration(stint)};
  }
  void charge(RunqueueId rq, VcpuId running, Duration ran) override {
    Vcpu& v = vcpus_[running];
    v.ran += ran.count();
    v.part += ran.count() * max_weight_[rq];
    v.credit = std::max<std::int64_t>(v.credit - v.part / v.weight, -10'000'000);
    v.part %= v.weight;
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    return !resists(waiting, running, vcpus_.at(running).pcpu) && vcpus_.at(waiting).credit > vcpus_.at(running).credit;
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
    PcpuId pcpu = kNoPcpu;  // where it last ran there
  };
  /// Who ran on this pCPU until now, if it waits for it.
  VcpuId put_here(RunqueueId rq, PcpuId pcpu, const PickRequest& request) const {
    const VcpuId put = put_of(rq);
    return put != kNoVcpu && vcpus_.at(put).pcpu == pcpu && request.allows(put) ? put : kNoVcpu;
  }
  VcpuId chosen(RunqueueId rq, PcpuId pcpu, VcpuId put, const PickRequest& request) {
    if (put != kNoVcpu && !yields_[rq] && vcpus_[put].ran < kLimit) return put;
    std::vector<VcpuId> others = in_order(rq);
    std::erase_if(others, [&](VcpuId vcpu) {
      return vcpu == put || !request.allows(vcpu) || (put != kNoVcpu && resists(vcpu, put, pcpu));
    });
    if (others.empty()) return put;
    const bool goes_on = put != kNoVcpu && !yields_[rq] && vcpus_[put].credit >= vcpus_[others.front()].credit;
    return goes_on ? put : others.front();
  }
  bool resists(VcpuId mover, VcpuId against, PcpuId pcpu) const {
    const Vcpu& v = vcpus_.at(mover);
    return v.pcpu != kNoPcpu && v.pcpu != pcpu && v.credit < vcpus_.at(against).credit + 500'000;
  }
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
