// The room: the host as a tree: machine > node > package > LLC > core > pCPU, as plain values.
// Not here: reading it from the host or from text (vmm/host, through hwloc).
// Invariants: every pCPU lies in exactly one core, LLC, package and node, each nested in the next; node ids are dense;
//   distances are nodes x nodes and 10 on the diagonal.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_set.hpp"

namespace roost {

/// How far two pCPUs are from each other, nearest first.
enum class Distance : std::uint8_t { Same, Smt, Llc, Package, Node, Remote };
inline constexpr std::size_t kDistances = 6;
const char* name_of(Distance distance);

struct PcpuPlace {
  NodeId node{0};
  std::uint32_t package = 0;
  std::uint32_t llc = 0;
  std::uint32_t core = 0;           // unique in the machine
  std::uint32_t capacity = 1024;    // 1024 = a full core
  std::uint32_t host_cpu = 0;       // the OS's number of it (live host only)
};

class Topology {  // immutable: copies share one tree and are cheap
 public:
  Topology() : Topology(IdVector<PcpuId, PcpuPlace>{}, {}) {}
  /// `node_distances`: row-major, nodes x nodes, as in ACPI SLIT (10 = local); empty: 10 local, 20 remote.
  Topology(IdVector<PcpuId, PcpuPlace> pcpus, std::vector<std::uint32_t> node_distances);
  /// `count` pCPUs that share one LLC of one node, one to a core.
  static Topology flat(std::size_t count);

  std::size_t pcpu_count() const { return tree_->pcpus.size(); }
  std::size_t node_count() const { return tree_->nodes; }
  const PcpuPlace& place(PcpuId pcpu) const { return tree_->pcpus[pcpu]; }
  std::uint32_t node_distance(NodeId from, NodeId to) const;
  Distance distance(PcpuId from, PcpuId to) const;
  /// All other pCPUs, nearest ring first, lower ids first within one. Remote pCPUs make a ring for each node distance.
  struct Ring {
    Distance distance;
    std::vector<PcpuId> pcpus;
  };
  const std::vector<Ring>& around(PcpuId pcpu) const { return tree_->around[pcpu]; }
  PcpuSet all() const { return PcpuSet::first(pcpu_count()); }

 private:
  struct Tree {
    IdVector<PcpuId, PcpuPlace> pcpus;
    std::vector<std::uint32_t> distances;
    std::size_t nodes = 0;
    IdVector<PcpuId, std::vector<Ring>> around;  // computed once: pCPUs x pCPUs ids in all
  };
  static void check_nested(const Tree& tree);
  std::vector<Ring> rings_of(PcpuId centre) const;

  std::shared_ptr<const Tree> tree_;
};

}  // namespace roost
