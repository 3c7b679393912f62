// The room: on which nodes the pages of every VM's memory regions lie, what a line from there costs, who touched them
//   last.
// Not here: caches before memory (cache_model), deciding to move anything (sched/numa): this is mechanism with
//   counters.
// Invariants: a region's pages are the untouched ones and those of each node, and only move() and first touches shift
//   them; without a sampling period nothing is sampled and nothing is paid.
//
// Hint faults are Linux's automatic NUMA balancing: every period a vCPU's next pages are marked, and the first touch of
// each is a fault that tells who touched it. Which pages they are is not modelled: they lie on nodes as the region
// does.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/time.hpp"
#include "vmm/caches/node_latency.hpp"

namespace roost {

enum class RegionId : std::uint32_t {};

struct MemoryFigures {
  std::int64_t local_ns = 110, remote_ns = 190;  // a line from memory: of the same node, of the farthest one
  std::int64_t move_page_ns = 3000, hint_fault_ns = 1200;
  Duration sampling_period{0};                   // of a vCPU's work; 0: no sampling
  std::uint64_t sampled_pages = 65536;           // marked each period: 256 MiB
  bool moves_sampled = false;                    // a page whose last two samples come from one node moves there,
                                                 // whoever touches it; else only those of vCPUs that let_follow()
};

class PagePlacement {
 public:
  static constexpr std::uint64_t kPage = 4096;

  PagePlacement(const Topology& topology, const MemoryFigures& figures, std::size_t vcpus);

  /// The region `number` of `vm`, with at least `bytes`; untouched until somebody does.
  RegionId region(VmId vm, std::uint32_t number, std::uint64_t bytes);
  /// From `node`: as many of its untouched pages as there are, at most `pages`, come to lie there.
  void touch(RegionId region, NodeId node, std::uint64_t pages);
  /// A line of the region, read from `node`: the mean over its pages; local while it has none.
  std::int64_t line_ns(RegionId region, NodeId node) const;

  struct Work {
    VcpuId vcpu;
    RegionId region;
    NodeId node;
    Duration time;             // of the stretch
    std::uint64_t pages = 0;   // touched in it
  };
  /// Hint faults of this stretch, and the moves that they lead to: what they cost.
  Duration sample(const Work& work);
  /// Sampled pages of `vcpu` come to where it runs, as with moves_sampled, or do not.
  void let_follow(VcpuId vcpu, bool follow) { samplers_[vcpu].follow = follow; }
  /// Up to `pages` pages go from one node to another: what that costs.
  Duration move(RegionId region, NodeId from, NodeId to, std::uint64_t pages);

  std::uint64_t pages_on(RegionId region, NodeId node) const { return regions_[region].on[index(node)]; }
  /// Of all regions.
  std::uint64_t pages_on(NodeId node) const;
  std::uint64_t untouched(RegionId region) const { return regions_[region].untouched; }
  /// Hint faults of `vcpu` on pages of `node`; halved at each new period.
  std::uint64_t faults_on(VcpuId vcpu, NodeId node) const;
  /// Of all nodes; empty: none yet.
  std::span<const std::uint64_t> faults_of(VcpuId vcpu) const { return samplers_[vcpu].faults_on; }
  struct Samples {
    std::uint64_t all = 0, remote = 0;  // hint faults since the beginning; of these on pages of other nodes
  };
  const Samples& samples_of(VcpuId vcpu) const { return samplers_[vcpu].taken; }
  std::uint64_t hint_faults() const { return hint_faults_; }
  std::uint64_t pages_moved() const { return pages_moved_; }

 private:
  struct Region {
    std::uint64_t untouched = 0, touched = 0;
    std::vector<std::uint64_t> on;         // pages, by node
    std::vector<std::uint64_t> faults_by;  // recent hint faults, by the node that touched
  };
  struct Sampler {
    Duration worked{0};
    std::uint64_t marked = 0;
    bool follow = false;
    Samples taken;
    std::vector<std::uint64_t> faults_on;  // recent hint faults, by the page's node
  };
  void begin_period(Sampler& sampler, Region& region, std::uint64_t periods);
  Duration bring_here(RegionId region, NodeId node, const std::vector<std::uint64_t>& faults);

  Topology topology_;
  MemoryFigures figures_;
  NodeLatency latency_;
  std::map<std::pair<VmId, std::uint32_t>, RegionId> numbers_;
  IdVector<RegionId, Region> regions_;
  IdVector<VcpuId, Sampler> samplers_;
  std::uint64_t hint_faults_ = 0, pages_moved_ = 0;
};

}  // namespace roost
