// The room: a vCPU runs on one node and its memory lies on another: which of the two moves?
// Not here: samples of who touches what (the world's, vmm/caches), moving vCPUs (dispatcher) or pages (the world).
// Rules: `none`: nothing moves, whatever is sampled.
// Invariants: one answer moves a vCPU or lets its pages follow, never both.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/constants.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_set.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

/// What has been sampled of a vCPU that runs.
struct NumaLook {
  VcpuId vcpu;
  PcpuId at;
  std::span<const std::uint64_t> samples;  // recent accesses by node of the memory, decaying
  const PcpuSet* allowed = nullptr;
  Time now{};
};

struct NumaAdvice {
  PcpuId to = kNoPcpu;        // the vCPU shall go there; kNoPcpu: it stays
  bool pages_follow = false;  // its pages may come to it, until the next advice
};

class NumaRule {  // state is per vCPU and touched only by the owner of its record
 public:
  virtual ~NumaRule() = default;
  virtual NumaAdvice advise(const NumaLook& look, const LoadView& view) = 0;
  /// Work of a vCPU between two markings of its pages, unless the world has been told another.
  virtual Duration scan() const = 0;
};

/// What the catalog knows of one; `make` answers null where nothing ever moves.
struct NumaEntry {
  PieceInfo info;
  std::unique_ptr<NumaRule> (*make)(const Topology& topology, std::size_t max_vcpus, const ConstantValues& constants);
};

extern const NumaEntry kNoNumaEntry;

}  // namespace roost
