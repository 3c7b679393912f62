// The room: what a stretch of a scripted vCPU's work costs beside the work: caches to warm, remote memory, hint faults.
// Not here: caches (cache_model) and pages (page_placement) by themselves, virtual time (executor).
// Invariants: begin() and end() alternate per vCPU; work without a working set costs nothing and is not looked at.
#pragma once

#include <optional>

#include "vmm/caches/cache_model.hpp"
#include "vmm/caches/page_placement.hpp"
#include "vmm/vcpu/stepped_vcpu.hpp"

namespace roost {

/// What memory has cost one vCPU.
struct MemoryCounts {
  Duration reload{0};    // fetching what a warm cache would have had: after a switch, a wakeup, a migration
  Duration remote{0};    // lines of other nodes that no cache of this size would have
  Duration sampling{0};  // hint faults, and the moves of pages that they led to
};

class MemoryModel {
 public:
  MemoryModel(const Topology& topology, const CacheFigures& caches, const MemoryFigures& memory, std::size_t vcpus);

  struct Stretch {
    VcpuId vcpu;
    VmId vm;
    PcpuId pcpu;
    MemoryUse use;  // with a working set
    Duration work;
  };
  /// How much later the stretch is done than its work alone.
  Duration begin(const Stretch& stretch);
  /// After `elapsed` of the `planned` time, delay included, it ends or is cut short.
  void end(VcpuId vcpu, PcpuId pcpu, Duration elapsed, Duration planned);

  /// Does the stretch of work on `pcpu` take samples of its memory?
  bool samples(PcpuId pcpu) const { return running_[pcpu].delay.sampling > Duration{0}; }
  /// From now on sampled pages of `vcpu` come to where it runs, or do not.
  void let_follow(VcpuId vcpu, bool follow) { pages_.let_follow(vcpu, follow); }

  const MemoryCounts& counts(VcpuId vcpu) const { return counts_[vcpu]; }
  const CacheModel& caches() const { return caches_; }
  const PagePlacement& pages() const { return pages_; }

 private:
  struct Running {
    VcpuId vcpu = kNoVcpu;
    MemoryCounts delay{};  // of the whole stretch, which begins with it; counted as far as it has passed
  };
  Topology topology_;
  MemoryFigures figures_;
  std::int64_t parallel_;
  CacheModel caches_;
  PagePlacement pages_;
  IdVector<VcpuId, MemoryCounts> counts_;
  IdVector<PcpuId, Running> running_;
};

}  // namespace roost
