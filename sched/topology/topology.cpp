#include "sched/topology/topology.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace roost {

const char* name_of(Distance distance) {
  switch (distance) {
    case Distance::Same: return "same";
    case Distance::Smt: return "smt";
    case Distance::Llc: return "llc";
    case Distance::Package: return "package";
    case Distance::Node: return "node";
    case Distance::Remote: return "remote";
  }
  check_failed("a distance has a name", __FILE__, __LINE__);
}

Topology::Topology(IdVector<PcpuId, PcpuPlace> pcpus, std::vector<std::uint32_t> node_distances) {
  auto tree = std::make_shared<Tree>();
  tree->pcpus = std::move(pcpus);
  for (const PcpuPlace& place : tree->pcpus) tree->nodes = std::max(tree->nodes, index(place.node) + 1);
  tree->distances = std::move(node_distances);
  if (tree->distances.empty()) {
    tree->distances.assign(tree->nodes * tree->nodes, 20);
    for (std::size_t n = 0; n < tree->nodes; ++n) tree->distances[n * tree->nodes + n] = 10;
  }
  check_nested(*tree);

  add_chains(*tree);
  tree_ = std::move(tree);
}

Topology Topology::flat(std::size_t count) {
  IdVector<PcpuId, PcpuPlace> pcpus(count);
  for (std::size_t p = 0; p < count; ++p) {
    pcpus[id_at<PcpuId>(p)].core = static_cast<std::uint32_t>(p);
    pcpus[id_at<PcpuId>(p)].host_cpu = static_cast<std::uint32_t>(p);
  }
  return Topology(std::move(pcpus), {});
}

std::uint32_t Topology::node_distance(NodeId from, NodeId to) const {
  check(index(from) < tree_->nodes && index(to) < tree_->nodes, "a node id lies within the machine");
  return tree_->distances[index(from) * tree_->nodes + index(to)];
}

void Domain::reach(std::size_t word) {
  if (words_.empty()) first_ = word;
  if (word < first_) {
    words_.insert(words_.begin(), first_ - word, 0);
    first_ = word;
  }
  if (word >= end_word()) words_.resize(word - first_ + 1);
}

void Domain::insert(PcpuId pcpu) {
  reach(word_of(pcpu));
  words_[word_of(pcpu) - first_] |= bit_of(pcpu);
}

void Domain::insert(const Domain& other) {
  for (std::size_t w = other.first_word(); w < other.end_word(); ++w) {
    reach(w);
    words_[w - first_] |= other.word(w);
  }
}

std::size_t Domain::count() const {
  std::size_t count = 0;
  for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

/// What is around each core: itself, its LLC, its package, its node, and from there node by node outwards.
void Topology::add_chains(Tree& tree) {
  std::map<std::uint32_t, Domain*> cores, llcs, packages;
  std::vector<const Domain*> nodes(tree.nodes, nullptr);
  std::map<std::uint32_t, std::uint32_t> chains;  // of cores
  std::vector<PcpuId> of_chain;                   // one pCPU each
  const Domain& nobody = tree.domains.emplace_back();
  const auto add = [&](auto& parts, std::uint32_t part, PcpuId pcpu) {
    Domain*& domain = parts[part];
    if (domain == nullptr) domain = &tree.domains.emplace_back();
    domain->insert(pcpu);
  };
  std::map<std::uint32_t, Domain*> by_node;
  for (std::size_t p = 0; p < tree.pcpus.size(); ++p) {
    const auto pcpu = id_at<PcpuId>(p);
    const PcpuPlace& place = tree.pcpus[pcpu];
    add(cores, place.core, pcpu), add(llcs, place.llc, pcpu), add(packages, place.package, pcpu);
    add(by_node, static_cast<std::uint32_t>(place.node), pcpu);
    const auto [chain, is_new] = chains.emplace(place.core, static_cast<std::uint32_t>(chains.size()));
    if (is_new) of_chain.push_back(pcpu);
    tree.chain_of.push_back(chain->second);
  }
  for (const auto& [node, domain] : by_node) nodes[node] = domain;
  std::vector<std::vector<Ring>> remote;
  for (std::size_t n = 0; n < tree.nodes; ++n) remote.push_back(remote_rings(tree, id_at<NodeId>(n), nodes));

  for (const PcpuId pcpu : of_chain) {
    const PcpuPlace& place = tree.pcpus[pcpu];
    const Domain* const core = cores[place.core];
    std::vector<Ring>& rings = tree.around.emplace_back();
    if (core->count() > 1) rings.push_back({Distance::Smt, core, &nobody});
    const Domain* inner = core;
    const auto widen = [&](Distance distance, const Domain* ball) {
      if (ball->count() > inner->count()) rings.push_back({distance, ball, inner});
      inner = ball;
    };
    widen(Distance::Llc, llcs[place.llc]);
    widen(Distance::Package, packages[place.package]);
    widen(Distance::Node, nodes[index(place.node)]);
    for (const Ring& ring : remote[index(place.node)]) rings.push_back(ring);
  }
}

std::vector<Topology::Ring> Topology::remote_rings(Tree& tree, NodeId node, const std::vector<const Domain*>& nodes) {
  std::map<std::uint32_t, std::vector<std::size_t>> by_distance;
  for (std::size_t other = 0; other < tree.nodes; ++other)
    if (other != index(node)) by_distance[tree.distances[index(node) * tree.nodes + other]].push_back(other);
  std::vector<Ring> rings;
  const Domain* inner = nodes[index(node)];
  for (const auto& [distance, others] : by_distance) {
    Domain& ball = tree.domains.emplace_back(*inner);
    for (const std::size_t other : others) ball.insert(*nodes[other]);
    rings.push_back({Distance::Remote, &ball, inner});
    inner = &ball;
  }
  return rings;
}

/// A core lies in one LLC, an LLC in one package, a package in one node; whoever describes a host sees to that.
void Topology::check_nested(const Tree& tree) {
  check(tree.distances.size() == tree.nodes * tree.nodes, "node distances are nodes x nodes");
  for (std::size_t n = 0; n < tree.nodes; ++n)
    check(tree.distances[n * tree.nodes + n] == 10, "a node is at distance 10 from itself");

  std::map<std::uint32_t, std::uint32_t> llc_of_core, package_of_llc;
  std::map<std::uint32_t, NodeId> node_of_package;
  std::vector<bool> node_used(tree.nodes, false);
  for (const PcpuPlace& place : tree.pcpus) {
    check(place.capacity > 0, "a pCPU has a capacity");
    check(llc_of_core.emplace(place.core, place.llc).first->second == place.llc, "a core lies in one LLC");
    check(package_of_llc.emplace(place.llc, place.package).first->second == place.package,
          "an LLC lies in one package");
    check(node_of_package.emplace(place.package, place.node).first->second == place.node,
          "a package lies in one node");
    node_used[index(place.node)] = true;
  }
  check(std::all_of(node_used.begin(), node_used.end(), [](bool used) { return used; }), "node ids are dense");
}

}  // namespace roost
