// The room: an asker that may run only some vCPUs, as where pCPUs share a runqueue.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "sched/discipline/discipline.hpp"

namespace roost::kit {

class Only final : public MayRun {
 public:
  Only(std::initializer_list<VcpuId> allowed) : allowed_(allowed) {}
  bool operator()(VcpuId vcpu) const override {
    return std::find(allowed_.begin(), allowed_.end(), vcpu) != allowed_.end();
  }
  /// What the asker of this set says at `now`.
  PickRequest at(Time now) const { return {now, PcpuId{0}, this}; }

 private:
  std::vector<VcpuId> allowed_;
};

}  // namespace roost::kit
