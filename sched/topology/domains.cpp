#include "sched/topology/domains.hpp"

#include <bit>
#include <map>
#include <utility>

namespace roost {

namespace {

/// Around `pcpu` within `ring`, which is Remote: how far the nodes are that the ring adds.
std::uint32_t node_distance_of(const Topology& topology, PcpuId pcpu, const Topology::Ring& ring) {
  for (std::size_t w = ring.ball->first_word(); w < ring.ball->end_word(); ++w)
    if (const std::uint64_t added = ring.word(w)) {
      const auto other = lowest_in(w, added);
      return topology.node_distance(topology.place(pcpu).node, topology.place(other).node);
    }
  check_failed("a ring adds somebody", __FILE__, __LINE__);
}

}  // namespace

Domains::Domains(Topology topology) : topology_(std::move(topology)), chain_of_(topology_.pcpu_count()) {
  std::map<std::pair<const Domain*, const Domain*>, std::uint32_t> numbers;  // by address: looked up, never iterated
  std::map<std::vector<std::uint32_t>, std::uint32_t> chain_numbers;
  for (std::size_t p = 0; p < topology_.pcpu_count(); ++p) {
    const auto pcpu = id_at<PcpuId>(p);
    std::vector<std::uint32_t> chain;
    for (const Topology::Ring& ring : topology_.around(pcpu)) {
      // A domain of one node is the same seen from all its parts; of several nodes, the same seen from one of them.
      const Domain* const from = ring.distance == Distance::Remote ? ring.inner : nullptr;
      const auto next = static_cast<std::uint32_t>(all_.size());
      const auto [number, is_new] = numbers.emplace(std::pair{ring.ball, from}, next);
      if (is_new)
        all_.push_back({.distance = ring.distance,
                        .node_distance = from ? node_distance_of(topology_, pcpu, ring) : 10,
                        .seen_from = pcpu,
                        .span = ring.ball,
                        .inner = ring.inner});
      chain.push_back(number->second);
    }
    const auto number = chain_numbers.emplace(chain, static_cast<std::uint32_t>(chains_.size()));
    if (number.second) chains_.push_back(std::move(chain));
    chain_of_[pcpu] = number.first->second;
  }
}

}  // namespace roost
