#include "sched/placement/last_pcpu.hpp"

#include "sched/placement/candidates.hpp"
#include "sched/topology/nearest.hpp"

namespace roost {

constexpr PlacementEntry kLastPcpuEntry{
    {"last_pcpu", "where it ran last, whatever runs there", "what a scheduler without placement does", {}},
    make_placer<LastPcpu>};

Placement LastPcpu::choose(const PlacementRequest& request, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  const PcpuId home =
      request.last != kNoPcpu ? request.last : id_at<PcpuId>(index(request.vcpu) % topology_.pcpu_count());
  const PcpuId chosen = nearest(topology_, home, [&](std::size_t w) { return candidates(request, view, w); });
  check(chosen != kNoPcpu, "a vCPU may run on some online pCPU");
  return {chosen, PlacementWhy::Rule};
}

}  // namespace roost
