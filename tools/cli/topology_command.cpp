#include "tools/cli/topology_command.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "sched/balance/domain_tunables.hpp"
#include "sched/topology/domains.hpp"
#include "tools/report/text_table.hpp"
#include "tools/report/units.hpp"

namespace roost {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDomainWords =
    R"(Of the largest of each kind, under --policy roost,balance=domains ('roost policies show domains'):
interval between two looks while something moves; it doubles while a domain is balanced, up to 'balanced', and is reset
by a move. A look moves somebody if the busiest exceeds one's own load by the imbalance threshold and the move is worth
the migration cost, which counts no more after so many failures in a row; so many percent of the difference (damping).
)";

std::array<std::uint32_t, 4> path_of(const PcpuPlace& place) {
  return {static_cast<std::uint32_t>(place.node), place.package, place.llc, place.core};
}

std::string distance_table(const Topology& topology) {
  TextTable table;
  table.column("node distances", Align::Left);
  for (std::size_t to = 0; to < topology.node_count(); ++to) table.column(fmt::format("{}", to));
  for (std::size_t from = 0; from < topology.node_count(); ++from) {
    std::vector<std::string> cells{fmt::format("  {}", from)};
    for (std::size_t to = 0; to < topology.node_count(); ++to)
      cells.push_back(fmt::format("{}", topology.node_distance(id_at<NodeId>(from), id_at<NodeId>(to))));
    table.row(std::move(cells));
  }
  return table.text();
}

/// Of pCPUs, in ascending order.
std::vector<std::size_t> members(const Topology& topology, const Domain& span) {
  std::vector<std::size_t> pcpus;
  for (std::size_t p = 0; p < topology.pcpu_count(); ++p)
    if (span.contains(id_at<PcpuId>(p))) pcpus.push_back(p);
  return pcpus;
}

std::vector<std::size_t> nodes_of(const Topology& topology, std::span<const std::size_t> pcpus) {
  std::vector<std::size_t> nodes;
  for (const std::size_t pcpu : pcpus) nodes.push_back(index(topology.place(id_at<PcpuId>(pcpu)).node));
  std::ranges::sort(nodes);
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

/// A domain as a user sees it. A balancer has one of several nodes for each node that it is seen from; where these are
/// the same pCPUs at the same distance, they are one here.
struct SeenDomain {
  SchedDomain domain;
  std::vector<std::size_t> pcpus, nodes, seen_from;  // the last: nodes
};

std::vector<SeenDomain> seen_domains(const Domains& domains, const Topology& topology) {
  std::vector<SeenDomain> seen;
  std::map<std::tuple<Distance, std::uint32_t, std::vector<std::size_t>>, std::size_t> known;
  for (std::size_t d = 0; d < domains.size(); ++d) {
    std::vector<std::size_t> pcpus = members(topology, *domains[d].span);
    const auto [at, is_new] = known.try_emplace({domains[d].distance, domains[d].node_distance, pcpus}, seen.size());
    if (is_new) {
      std::vector<std::size_t> nodes = nodes_of(topology, pcpus);
      seen.push_back({domains[d], std::move(pcpus), std::move(nodes), {}});
    }
    seen[at->second].seen_from.push_back(index(topology.place(domains[d].seen_from).node));
  }
  return seen;
}

Json domains_json(const Topology& topology) {
  const Domains domains(topology);
  Json list = Json::array();
  for (const SeenDomain& seen : seen_domains(domains, topology)) {
    const DomainTunables of = tunables_of(seen.domain, {});
    list.push_back({{"level", name_of(seen.domain.distance)},
                    {"node_distance", seen.domain.node_distance},
                    {"nodes", seen.nodes},
                    {"seen_from", seen.seen_from},
                    {"pcpus", seen.pcpus},
                    {"interval_ns", of.interval.count()},
                    {"balanced_interval_ns", of.slowest.count()},
                    {"imbalance_threshold_percent", of.threshold},
                    {"migration_cost_ns", of.cost.count()},
                    {"failure_count", of.patience},
                    {"damping_percent", of.damping}});
  }
  return list;
}

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// "machine: 24 pCPUs on 12 cores, 4 LLCs, 2 packages, 2 nodes".
std::string machine_words(const Topology& topology) {
  std::set<std::uint32_t> cores, llcs, packages;
  for (const PcpuPlace& place : topology.places())
    cores.insert(place.core), llcs.insert(place.llc), packages.insert(place.package);
  return fmt::format("machine: {} on {}, {}, {}, {}", counted(topology.pcpu_count(), "pCPU"),
                     counted(cores.size(), "core"), counted(llcs.size(), "LLC"), counted(packages.size(), "package"),
                     counted(topology.node_count(), "node"));
}

/// "1.50 GiB", "954 MiB".
std::string memory_text(std::uint64_t bytes) {
  constexpr double kGiB = 1 << 30;
  if (bytes >= 1ULL << 30) return fmt::format("{:.2f} GiB", static_cast<double>(bytes) / kGiB);
  return fmt::format("{} MiB", bytes >> 20);
}

/// " (host node 2, no memory)": of a node with pCPUs, what is not usual.
std::string node_words(const DescribedHost& host, std::uint32_t node) {
  const auto of = std::ranges::find(host.nodes, std::optional(NodeId{node}), &HostNode::node);
  if (of == host.nodes.end()) return "";
  std::vector<std::string> words;
  if (of->host_node != node) words.push_back(fmt::format("host node {}", of->host_node));
  if (of->bytes == 0) words.push_back("no memory");
  return words.empty() ? "" : fmt::format(" ({})", fmt::join(words, ", "));
}

std::string memory_lines(const DescribedHost& host) {
  std::string out;
  for (const HostNode& node : host.nodes)
    if (!node.node)
      out += fmt::format("  memory of host node {}: {}, no pCPUs of its own{}\n", node.host_node,
                         memory_text(node.bytes),
                         node.beside ? fmt::format(", beside node {}", index(*node.beside)) : "");
  return out;
}

/// Memory without pCPUs of its own, tied to the node that it lies beside; `first_of`: a pCPU of each node.
std::string memory_boxes(const DescribedHost& host, std::span<const std::size_t> first_of) {
  std::string out;
  for (const HostNode& node : host.nodes) {
    if (node.node) continue;
    out += fmt::format("  m{0} [shape=cylinder, label=\"host node {0}\\n{1}\"];\n", node.host_node,
                       memory_text(node.bytes));
    if (node.beside)
      out += fmt::format("  p{} -- m{} [ltail=\"cluster_node_{}\", style=dotted];\n", first_of[index(*node.beside)],
                         node.host_node, index(*node.beside));
  }
  return out;
}

std::string distance_edges(const Topology& topology, std::span<const std::size_t> first_of) {
  std::string out;
  for (std::size_t a = 0; a < topology.node_count(); ++a)
    for (std::size_t b = a + 1; b < topology.node_count(); ++b) {
      const std::uint32_t there = topology.node_distance(id_at<NodeId>(a), id_at<NodeId>(b));
      const std::uint32_t back = topology.node_distance(id_at<NodeId>(b), id_at<NodeId>(a));
      std::string label = fmt::format("label=\"{}\"", there);
      if (there != back)
        label = fmt::format("taillabel=\"{0} to {1}: {2}\", headlabel=\"{1} to {0}: {3}\"", a, b, there, back);
      out += fmt::format("  p{} -- p{} [ltail=\"cluster_node_{}\", lhead=\"cluster_node_{}\", {}];\n", first_of[a],
                         first_of[b], a, b, label);
    }
  return out;
}

Json nodes_json(const DescribedHost& host) {
  const auto number = [](const std::optional<NodeId>& node) { return node ? Json(index(*node)) : Json(nullptr); };
  Json list = Json::array();
  for (const HostNode& node : host.nodes)
    list.push_back({{"node", number(node.node)},
                    {"host_node", node.host_node},
                    {"memory_bytes", node.bytes},
                    {"beside", number(node.beside)}});
  return list;
}

}  // namespace

std::string topology_tree(const DescribedHost& host) {
  const Topology& topology = host.topology;
  constexpr std::array kLevels{"node", "package", "LLC", "core"};
  std::string out = machine_words(topology) + "\n";
  std::array<std::uint32_t, 4> last{};
  for (std::size_t i = 0; i < topology.pcpu_count(); ++i) {
    const PcpuPlace& place = topology.place(id_at<PcpuId>(i));
    const auto path = path_of(place);
    bool fresh = i == 0;
    for (std::size_t level = 0; level < kLevels.size(); ++level) {
      fresh = fresh || path[level] != last[level];
      if (fresh)
        out += fmt::format("{:{}}{} {}{}\n", "", 2 * level + 2, kLevels[level], path[level],
                           level == 0 ? node_words(host, path[level]) : "");
    }
    out += fmt::format("          pCPU {} (host CPU {}{})\n", i, place.host_cpu,
                       place.capacity == 1024 ? "" : fmt::format(", capacity {}/1024", place.capacity));
    last = path;
  }
  out += memory_lines(host);
  return topology.node_count() > 1 ? out + distance_table(topology) : out;
}

std::string domain_table(const Topology& topology) {
  struct Kind {
    std::size_t count = 0, least = SIZE_MAX, most = 0;
    DomainTunables of_largest{};
    std::string nodes;  // of the last
  };
  const Domains domains(topology);
  const std::vector<SeenDomain> all = seen_domains(domains, topology);
  // Where distances differ by direction, the same nodes are far from each other by more than one.
  std::map<std::vector<std::size_t>, std::set<std::uint32_t>> distances;
  for (const SeenDomain& seen : all) distances[seen.pcpus].insert(seen.domain.node_distance);
  std::map<std::pair<Distance, std::set<std::uint32_t>>, Kind> kinds;
  for (const SeenDomain& seen : all) {
    const std::set<std::uint32_t>& at = distances[seen.pcpus];
    if (seen.domain.node_distance != *at.begin()) continue;  // each set of pCPUs once
    Kind& kind = kinds[{seen.domain.distance, at}];
    const std::size_t size = seen.pcpus.size();
    ++kind.count;
    kind.least = std::min(kind.least, size);
    if (size > kind.most) kind.of_largest = tunables_of(seen.domain, {});
    kind.most = std::max(kind.most, size);
    kind.nodes = seen.nodes.size() == topology.node_count() ? "all" : fmt::format("{}", fmt::join(seen.nodes, ","));
  }
  if (kinds.empty()) return "no scheduling domain: one pCPU\n";
  TextTable table;
  table.column("scheduling domains", Align::Left).column("count").column("pCPUs").column("interval");
  table.column("balanced").column("imbalance").column("migration cost").column("failures").column("damping");
  for (const auto& [key, kind] : kinds) {
    const DomainTunables& of = kind.of_largest;
    std::string name = fmt::format("  {}", name_of(key.first));
    if (key.first == Distance::Remote)
      name = fmt::format("  {} at {}", kind.count > 1 ? "nodes" : "nodes (" + kind.nodes + ")",
                         fmt::join(key.second, ", "));
    table.row({name, fmt::format("{}", kind.count),
               kind.least == kind.most ? fmt::format("{}", kind.most) : fmt::format("{}..{}", kind.least, kind.most),
               duration_text(of.interval), duration_text(of.slowest), fmt::format("{}%", of.threshold),
               duration_text(of.cost), fmt::format("{}", of.patience), fmt::format("{}%", of.damping)});
  }
  return table.text() + kDomainWords;
}

std::string topology_json(const DescribedHost& host) {
  const Topology& topology = host.topology;
  Json json{{"schema", "roost.topology/2"},
            {"pcpus", Json::array()},
            {"nodes", nodes_json(host)},
            {"node_distances", Json::array()}};
  for (std::size_t i = 0; i < topology.pcpu_count(); ++i) {
    const PcpuPlace& place = topology.place(id_at<PcpuId>(i));
    json["pcpus"].push_back({{"pcpu", i},
                             {"host_cpu", place.host_cpu},
                             {"node", index(place.node)},
                             {"package", place.package},
                             {"llc", place.llc},
                             {"core", place.core},
                             {"capacity", place.capacity}});
  }
  for (std::size_t from = 0; from < topology.node_count(); ++from) {
    Json row = Json::array();
    for (std::size_t to = 0; to < topology.node_count(); ++to)
      row.push_back(topology.node_distance(id_at<NodeId>(from), id_at<NodeId>(to)));
    json["node_distances"].push_back(row);
  }
  json["domains"] = domains_json(topology);
  return json.dump(2) + "\n";
}

std::string topology_dot(const DescribedHost& host) {
  const Topology& topology = host.topology;
  constexpr std::array kLevels{"node", "package", "LLC", "core"};
  std::string out = "graph host {\n  graph [compound=true, fontname=\"sans-serif\", style=rounded];\n"
                    "  node [shape=box, fontname=\"sans-serif\"];\n";
  std::array<std::uint32_t, 4> last{};
  std::size_t open = 0;  // clusters
  std::vector<std::size_t> first_of(topology.node_count(), SIZE_MAX);
  for (std::size_t i = 0; i < topology.pcpu_count(); ++i) {
    const PcpuPlace& place = topology.place(id_at<PcpuId>(i));
    const auto path = path_of(place);
    std::size_t same = 0;
    while (same < open && path[same] == last[same]) ++same;
    for (; open > same; --open) out += fmt::format("{:{}}}}\n", "", 2 * open);
    for (; open < kLevels.size(); ++open)
      out += fmt::format("{:{}}subgraph \"cluster_{}_{}\" {{\n{:{}}label=\"{} {}{}\";\n", "", 2 * open + 2,
                         kLevels[open], path[open], "", 2 * open + 4, kLevels[open], path[open],
                         open == 0 ? node_words(host, path[open]) : "");
    out += fmt::format("          p{} [label=\"pCPU {}{}\"];\n", i, i,
                       place.capacity == 1024 ? "" : fmt::format("\\n{}/1024", place.capacity));
    first_of[index(place.node)] = std::min(first_of[index(place.node)], i);
    last = path;
  }
  for (; open > 0; --open) out += fmt::format("{:{}}}}\n", "", 2 * open);
  return out + memory_boxes(host, first_of) + distance_edges(topology, first_of) + "}\n";
}

}  // namespace roost
