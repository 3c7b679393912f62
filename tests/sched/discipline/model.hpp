// The room: what a plain model of a discipline's rules must answer, to be walked beside the discipline itself.
// Not here: the models (naive.hpp, NAME_model.hpp), the walk (walk_beside.hpp).
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "sched/discipline/discipline.hpp"

namespace roost::naive {

/// What a test compares: who runs next and until when, and who would be given away in which order.
class Model {
 public:
  virtual ~Model() = default;
  /// The time of what comes next; for rules that charge() too applies by the clock.
  virtual void at(Time) {}
  virtual void admit(VcpuId vcpu, Weight weight) = 0;
  /// Nothing, where weights count for nothing.
  virtual void reweigh(VcpuId, Weight) {}
  virtual void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) = 0;
  virtual void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) = 0;
  virtual std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) = 0;
  virtual void charge(RunqueueId rq, VcpuId running, Duration ran) = 0;
  virtual bool preempts(VcpuId waiting, VcpuId running) const = 0;
  virtual std::vector<VcpuId> victims(RunqueueId rq) const = 0;
};

/// Of those in order; kNoVcpu: none.
template <typename Order>
VcpuId first_allowed(const Order& order, const PickRequest& request) {
  const auto first = std::find_if(order.begin(), order.end(), [&](VcpuId vcpu) { return request.allows(vcpu); });
  return first == order.end() ? kNoVcpu : *first;
}

}  // namespace roost::naive
