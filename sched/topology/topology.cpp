#include "sched/topology/topology.hpp"

#include <algorithm>
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

  tree_ = tree;  // rings_of() reads the places and distances through it
  for (std::size_t p = 0; p < tree->pcpus.size(); ++p) tree->around.push_back(rings_of(id_at<PcpuId>(p)));
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

Distance Topology::distance(PcpuId from, PcpuId to) const {
  const PcpuPlace& a = place(from);
  const PcpuPlace& b = place(to);
  if (from == to) return Distance::Same;
  if (a.node != b.node) return Distance::Remote;
  if (a.package != b.package) return Distance::Node;
  if (a.llc != b.llc) return Distance::Package;
  if (a.core != b.core) return Distance::Llc;
  return Distance::Smt;
}

std::vector<Topology::Ring> Topology::rings_of(PcpuId centre) const {
  struct Keyed {
    std::uint32_t node_distance;
    Ring ring;
  };
  std::vector<Keyed> rings;  // a handful
  for (std::size_t p = 0; p < pcpu_count(); ++p) {
    const auto other = id_at<PcpuId>(p);
    if (other == centre) continue;
    const Distance near = distance(centre, other);
    const std::uint32_t far = node_distance(place(centre).node, place(other).node);
    auto ring = std::find_if(rings.begin(), rings.end(), [&](const Keyed& keyed) {
      return keyed.ring.distance == near && keyed.node_distance == far;
    });
    if (ring == rings.end()) ring = rings.insert(ring, Keyed{far, {near, {}}});
    ring->ring.pcpus.push_back(other);
  }
  std::sort(rings.begin(), rings.end(), [](const Keyed& a, const Keyed& b) {
    return std::pair(a.ring.distance, a.node_distance) < std::pair(b.ring.distance, b.node_distance);
  });

  std::vector<Ring> nearest_first;
  for (Keyed& keyed : rings) nearest_first.push_back(std::move(keyed.ring));
  return nearest_first;
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
