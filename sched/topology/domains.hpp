// The room: scheduling domains: the parts of a host inside which a balancer looks for work, one level per kind of
//   distance, and one per distinct distance between nodes.
// Rules: around each pCPU the domains grow from its core to the whole host; each is a ring of Topology::around() and
//   all that lies inside it. A level that adds nothing to the one below it is left out, as in Linux: a core without
//   siblings makes no SMT domain, a package with one LLC no package domain. So unequal hosts have unequal chains.
//   What the pCPUs of a core (or of a node) share is one domain here, numbered once; domains that span several nodes
//   are seen from a node, since distances need not be the same both ways.
// Not here: how often and how much is balanced in them (balance/domain_tunables), loads.
// Invariants: chains are ordered from the smallest span to the largest, each inside the next; the last spans all pCPUs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sched/topology/topology.hpp"

namespace roost {

struct SchedDomain {
  Distance distance;            // between two of its pCPUs that no smaller domain has both of
  std::uint32_t node_distance;  // of Remote ones: the greatest between its nodes, seen from `seen_from`; else 10
  PcpuId seen_from;             // its lowest pCPU of those that it is around
  const Domain* span;
  const Domain* inner;          // the next smaller one's span, around `seen_from`
};

class Domains {
 public:
  explicit Domains(Topology topology);

  std::size_t size() const { return all_.size(); }
  const SchedDomain& operator[](std::size_t domain) const { return all_[domain]; }
  /// Around `pcpu`, from the smallest: positions in this list.
  std::span<const std::uint32_t> around(PcpuId pcpu) const { return chains_[chain_of_[pcpu]]; }

 private:
  Topology topology_;  // whose spans these are
  std::vector<SchedDomain> all_;
  std::vector<std::vector<std::uint32_t>> chains_;
  IdVector<PcpuId, std::uint32_t> chain_of_;
};

}  // namespace roost
