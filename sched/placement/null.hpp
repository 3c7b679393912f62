// The room: the placement of one vCPU to one pCPU; who finds none stands in line.
// Rules, as Xen's null scheduler has them (xen/common/sched/null.c):
//   1. A vCPU that has a pCPU of its own wakes there, whatever the others do.
//   2. One that has none gets a free one: where it ran last, if that is free; else the lowest. First of those that it
//      prefers (soft affinity), then of all that it may use.
//   3. None is free: it stands in line, in no runqueue, and does not run. When a pCPU becomes free (whoever had it
//      finishes, or goes elsewhere) or comes online, the first in line that prefers it gets it, else the first that
//      may use it.
//   4. Its pCPU goes offline, or it may not use it any more: it gives it back, and rules 2 and 3 hold anew. A change
//      of soft affinity alone moves it only if what it prefers now is free.
// Why placement says so, and not a discipline: the line is the whole host's, and a discipline orders one runqueue.
//   Under any discipline a runqueue then holds one vCPU at most, which it picks.
// Deviations: Xen moves a vCPU that sleeps while its affinity changes at once, here it moves when it wakes; until then
//   it keeps its pCPU. A run that changes to this policy gives pCPUs to vCPUs as they wake or move: until then several
//   may share one. Where pCPUs share a runqueue (`runqueue`), as many vCPUs as pCPUs run, but whichever of them is free
//   takes them. Balancers, reservations and numa=follow_memory know nothing of it: `balance=none` belongs to it; an
//   active one may put two on one pCPU until they sleep. Spare vCPUs and those of VMs that start later have pCPUs from
//   the beginning.
// Constants: none.
// Cost: a look at one entry; without a pCPU of its own a read of the flags of all, and whoever frees one looks at all
//   vCPUs. Live, one pCPU at a time.
// Not work-conserving when: whoever owns an idle pCPU sleeps and others stand in line or wait: as long as it sleeps.
#pragma once

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class NullPlacement final : public Placer {
 public:
  NullPlacement(Topology topology, std::size_t max_vcpus)
      : topology_(std::move(topology)), owners_(topology_.pcpu_count(), kNoVcpu), vcpus_(max_vcpus) {}

  Placement choose(const PlacementRequest& request, const LoadView& view) override;
  bool heeds_preferred() const override { return true; }
  bool holds_back() const override { return true; }
  void finish(VcpuId vcpu) override;
  VcpuId next_in_line(const LoadView& view) override;
  bool has_place(VcpuId vcpu) const override { return vcpus_[vcpu].own != kNoPcpu; }

 private:
  struct Vcpu {
    PcpuId own = kNoPcpu;
    std::uint64_t turn = 0;       // in line: whoever has less comes first; 0: it stands in none
    PcpuSet allowed, preferred;   // in line: copies
  };
  PcpuId find_free(const PcpuSet& among, PcpuId last, const LoadView& view) const;
  VcpuId first_for(PcpuId pcpu, bool preferred) const;
  void give(VcpuId vcpu, PcpuId pcpu);
  void give_back(VcpuId vcpu);

  Topology topology_;
  IdVector<PcpuId, VcpuId> owners_;  // kNoVcpu: free
  IdVector<VcpuId, Vcpu> vcpus_;
  std::uint64_t turns_ = 0;
  std::size_t in_line_ = 0;
};

extern const PlacementEntry kNullEntry;

}  // namespace roost
