// The room: the placement that gives each vCPU a home node and wakes it there.
// Rules: 1. A vCPU without a home gets one: of the nodes where it may run, the one with the most free memory and the
//      least load. Two nodes are compared by how much more of the one there is, as a part of the greater, and memory
//      counts three times as much as load, as libxl's automatic placement weighs them (xl-numa-placement(7)). Load is
//      weight per capacity of the node's pCPUs. Where free memory is not known, load alone decides; the lowest of
//      equals. While a vCPU has run for less than kSettles in all, its home is chosen anew each time: it has hardly
//      touched memory.
//   2. On its home: the pCPU it ran on last, if idle; else the nearest idle one whose core idles as a whole, else the
//      nearest idle one: a node that is filled from its first sibling on would leave cores idle.
//   3. Nobody idles there: the lightest there of the kMostSeen nearest, unless somebody idles on another node, the
//      nearest to the home, and that is worth the distance: with the vCPU on them, the weight per capacity at home is
//      more than `worth` percent of distance / 10 times that of the idle one. Memory that is d / 10 times as far may
//      slow it down as much, so the gain in its share must be greater than that.
//   4. It may not run on its home: the nearest idle pCPU to its last, else the lightest.
//   A rule that moves vCPUs to their memory (numa=follow_memory) moves the home too.
// Constants: worth, 100 percent: less leaves home sooner, more stays and waits. kSettles, 1 ms of run time; kMostSeen.
//   kMostCores, 16: so many idle pCPUs of 64 are asked whether their core idles.
// Deviations: balancers do not know of homes; `pull` and `push` between nodes cost what the distance costs them.
//   libxl looks at whole VMs and several nodes for one; here at vCPUs. In live runs free memory is not known.
// Cost: for a new vCPU a read of every load; afterwards as last_idle_least.
// Not work-conserving when: an idle pCPU of another node is not worth its distance: until the home's has time, or a
//   balancer moves it.
#pragma once

#include <vector>

#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class NumaHome final : public Placer {
 public:
  static constexpr std::size_t kMostSeen = 32, kMostCores = 16;
  static constexpr std::int64_t kWorth = 100;  // percent
  static constexpr Duration kSettles = std::chrono::milliseconds(1);

  NumaHome(Topology topology, std::size_t max_vcpus, std::uint64_t worth);
  Placement choose(const PlacementRequest& request, const LoadView& view) override;
  void follows_memory(VcpuId vcpu, PcpuId pcpu) override { homes_[vcpu] = {topology_.place(pcpu).node, true}; }

 private:
  struct Home {
    NodeId node{0};
    bool chosen = false;
  };
  struct Room {  // of a node
    std::uint64_t weight = 0, capacity = 0;
    std::optional<std::uint64_t> memory;
  };
  bool may_use(NodeId node, const PlacementRequest& request, const LoadView& view) const;
  Room room_of(NodeId node, const PlacementRequest& request, const LoadView& view) const;
  static bool roomier(const Room& a, const Room& b);
  NodeId choose_home(const PlacementRequest& request, const LoadView& view) const;
  Placement place_at(NodeId home, const PlacementRequest& request, const LoadView& view) const;
  template <typename May>
  PcpuId idle_around(PcpuId centre, May may, const LoadView& view) const;
  bool is_worth(PcpuId home, PcpuId away, const PlacementRequest& request, const LoadView& view) const;

  Topology topology_;
  std::uint64_t worth_;
  std::vector<Domain> nodes_;  // the pCPUs of each
  IdVector<VcpuId, Home> homes_;
};

extern const PlacementEntry kNumaHomeEntry;

}  // namespace roost
