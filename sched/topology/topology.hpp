// The room: the host as a tree: machine > node > package > LLC > core > pCPU, as plain values.
// Not here: reading it from the host or from text (vmm/host, through hwloc).
// Invariants: every pCPU lies in exactly one core, LLC, package and node, each nested in the next; node ids are dense;
//   distances are nodes x nodes and 10 on the diagonal.
// Memory: each core, LLC, package and node has the bitmap of its pCPUs once, from its first word to its last. Where ids
//   follow the tree, as hwloc numbers them, that is linear in pCPUs; what is around one is a chain of such bitmaps.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
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

/// The pCPUs of one part of the host, as words of 64 pCPUs: bit i of word w is pCPU 64 w + i.
class Domain {
 public:
  void insert(PcpuId pcpu);
  void insert(const Domain& other);
  bool contains(PcpuId pcpu) const { return word(word_of(pcpu)) & bit_of(pcpu); }
  std::size_t count() const;
  std::size_t first_word() const { return first_; }
  std::size_t end_word() const { return first_ + words_.size(); }
  std::uint64_t word(std::size_t w) const { return w >= first_ && w < end_word() ? words_[w - first_] : 0; }

 private:
  void reach(std::size_t word);

  std::size_t first_ = 0;
  std::vector<std::uint64_t> words_;
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
  const IdVector<PcpuId, PcpuPlace>& places() const { return tree_->pcpus; }
  /// Row-major, nodes x nodes.
  const std::vector<std::uint32_t>& node_distances() const { return tree_->distances; }
  std::uint32_t node_distance(NodeId from, NodeId to) const;
  Distance distance(PcpuId from, PcpuId to) const {
    const PcpuPlace &a = place(from), &b = place(to);
    if (from == to) return Distance::Same;
    if (a.node != b.node) return Distance::Remote;
    if (a.package != b.package) return Distance::Node;
    if (a.llc != b.llc) return Distance::Package;
    return a.core != b.core ? Distance::Llc : Distance::Smt;
  }
  /// All other pCPUs, nearest ring first. Remote pCPUs make a ring for each node distance. A ring is what is in its
  /// `ball` and not in the next smaller one, nor the pCPU itself.
  struct Ring {
    Distance distance;
    const Domain* ball;
    const Domain* inner;
    std::uint64_t word(std::size_t w) const { return ball->word(w) & ~inner->word(w); }
  };
  std::span<const Ring> around(PcpuId pcpu) const { return tree_->around[tree_->chain_of[pcpu]]; }
  PcpuSet all() const { return PcpuSet::first(pcpu_count()); }

 private:
  struct Tree {
    IdVector<PcpuId, PcpuPlace> pcpus;
    std::vector<std::uint32_t> distances;
    std::size_t nodes = 0;
    std::deque<Domain> domains;               // what the rings point to
    std::vector<std::vector<Ring>> around;    // [chain]; pCPUs of one core have one between them
    IdVector<PcpuId, std::uint32_t> chain_of;
  };
  static void check_nested(const Tree& tree);
  static void add_chains(Tree& tree);
  static std::vector<Ring> remote_rings(Tree& tree, NodeId node, const std::vector<const Domain*>& nodes);

  std::shared_ptr<const Tree> tree_;
};

}  // namespace roost
