// The room: the placement that spends the least energy on a vCPU that is not in a hurry.
// Rules, after Linux's energy-aware scheduling (6.1 kernel/sched/fair.c find_energy_efficient_cpu(),
//   Documentation/scheduler/sched-energy.rst):
//   Utilisation: of a pCPU, how much of its capacity was in use of late, published as a decaying average and decayed on
//   to now; of a vCPU, the same of its own run time, or what that was when it last went to sleep, if that was more.
//   1. Some pCPU is over-utilised, by more than 80 percent of its capacity; or the vCPU is new, or fits nowhere: the
//      nearest idle pCPU, else the lightest, as last_idle_least does.
//   2. Of each performance domain (energy_model) the pCPU with the most spare capacity that the vCPU may use and fits:
//      both together use less than 80 percent of it; the lowest id of equals. Besides, the one it ran on last.
//   3. Of these the one on which it adds the least energy; its last of equals, then the lowest domain.
// Deviations: a vCPU's run since its last placement counts as if it had come first and its sleep after. On hosts whose
//   pCPUs are all alike Linux does without; here the same rules hold. No deadlines, clamps or thermal pressure. Linux
//   does not balance while nothing is over-utilised; here the balancer is chosen apart: `pull` or `none` leave alone
//   what sleeps now and then, `active` moves it to fast pCPUs.
// Constants: half_life, 32 ms, as Linux's averages: shorter follows bursts and moves for them. kFits, 1280 / 1024: the
//   80 percent; nearer to 100 saves more and leaves less room for what comes.
// Cost: a read of each online pCPU's load at each wakeup, as for least_loaded; and runqueues publish one figure more.
// Not work-conserving when: what fits beside somebody waits for it while others idle: that is its purpose.
#pragma once

#include "sched/placement/energy_model.hpp"
#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class EnergyAware final : public Placer {
 public:
  static constexpr std::size_t kMostSeen = 32;
  static constexpr std::uint64_t kFits = 1280;
  static constexpr Duration kHalfLife = std::chrono::milliseconds(32);

  EnergyAware(Topology topology, std::size_t max_vcpus, Duration half_life)
      : topology_(std::move(topology)), model_(topology_), memory_{.length = half_life}, used_(max_vcpus) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;
  LoadMemory utilisation() const override { return memory_; }

 private:
  struct Used {  // by a vCPU
    LoadAverage average;
    Time seen_at{};
    Duration ran{0};              // in all, by then
    std::uint64_t when_it_slept = 0;  // the average
  };
  struct Best {
    PcpuId pcpu = kNoPcpu;
    std::uint64_t energy = 0;
  };
  std::uint64_t used_by(const PlacementRequest& request);
  std::uint64_t used_on(PcpuId pcpu, const PlacementRequest& request, const LoadView& view, std::uint64_t own) const;
  bool look_at(const EnergyModel::PerformanceDomain& domain, const PlacementRequest& request, const LoadView& view,
               std::uint64_t own, Best& best) const;

  Topology topology_;
  EnergyModel model_;
  LoadMemory memory_;
  IdVector<VcpuId, Used> used_;
};

extern const PlacementEntry kEnergyAwareEntry;

}  // namespace roost
