// The room: soft affinity: any placement, for vCPUs that prefer some of the pCPUs which they may use.
// Not here: the other half of soft affinity, that balancers do not draw a vCPU out of it (vmm/executor).
// Rules: 1. While a pCPU idles that the vCPU prefers, it is placed among those, by the rules of the placement within.
//        2. Else, while one idles that it may use, among all these, by the same rules.
//        3. Nobody idles: among those that it prefers. To wait elsewhere would gain it nothing.
//   A placement that does not look for an idle pCPU may take a busy one in any of these. Source: Xen's two steps, soft
//   affinity and then hard (xen/common/sched/private.h, for_each_affinity_balance_step()).
// Constants: none.
// Cost: for vCPUs with soft affinity, a read of the idle flags of these pCPUs' words; for others a question.
#pragma once

#include <memory>
#include <utility>

#include "sched/placement/placer.hpp"

namespace roost {

class Preferring final : public Placer {
 public:
  explicit Preferring(std::unique_ptr<Placer> inner) : inner_(std::move(inner)) {}

  Placement choose(const PlacementRequest& request, const LoadView& view) override;
  bool heeds_preferred() const override { return true; }
  LoadMemory utilisation() const override { return inner_->utilisation(); }
  void follows_memory(VcpuId vcpu, PcpuId pcpu) override { inner_->follows_memory(vcpu, pcpu); }

 private:
  std::unique_ptr<Placer> inner_;
};

}  // namespace roost
