#include "tools/cli/topology_command.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sched/balance/domain_tunables.hpp"
#include "sched/topology/domains.hpp"
#include "tools/report/text_table.hpp"
#include "tools/report/units.hpp"

namespace roost {
namespace {

using Json = nlohmann::ordered_json;

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

Json domains_json(const Topology& topology) {
  const Domains domains(topology);
  Json list = Json::array();
  for (std::size_t d = 0; d < domains.size(); ++d) {
    const DomainTunables of = tunables_of(domains[d], {});
    Json pcpus = Json::array();
    for (std::size_t p = 0; p < topology.pcpu_count(); ++p)
      if (domains[d].span->contains(id_at<PcpuId>(p))) pcpus.push_back(p);
    list.push_back({{"level", name_of(domains[d].distance)},
                    {"node_distance", domains[d].node_distance},
                    {"pcpus", pcpus},
                    {"interval_ns", of.interval.count()},
                    {"slowest_ns", of.slowest.count()},
                    {"threshold_percent", of.threshold},
                    {"cost_ns", of.cost.count()},
                    {"damping_percent", of.damping},
                    {"patience", of.patience}});
  }
  return list;
}

}  // namespace

std::string topology_tree(const Topology& topology) {
  constexpr std::array kLevels{"node", "package", "LLC", "core"};
  std::string out;
  std::array<std::uint32_t, 4> last{};
  for (std::size_t i = 0; i < topology.pcpu_count(); ++i) {
    const PcpuPlace& place = topology.place(id_at<PcpuId>(i));
    const auto path = path_of(place);
    bool fresh = i == 0;
    for (std::size_t level = 0; level < kLevels.size(); ++level) {
      fresh = fresh || path[level] != last[level];
      if (fresh) out += fmt::format("{:{}}{} {}\n", "", 2 * level, kLevels[level], path[level]);
    }
    out += fmt::format("        pCPU {} (host CPU {}{})\n", i, place.host_cpu,
                       place.capacity == 1024 ? "" : fmt::format(", capacity {}/1024", place.capacity));
    last = path;
  }
  return topology.node_count() > 1 ? out + distance_table(topology) : out;
}

std::string domain_table(const Topology& topology) {
  struct Kind {
    std::size_t count = 0, least = SIZE_MAX, most = 0;
    DomainTunables of_largest{};
  };
  const Domains domains(topology);
  std::map<std::pair<Distance, std::uint32_t>, Kind> kinds;
  for (std::size_t d = 0; d < domains.size(); ++d) {
    Kind& kind = kinds[{domains[d].distance, domains[d].node_distance}];
    const std::size_t size = domains[d].span->count();
    ++kind.count;
    kind.least = std::min(kind.least, size);
    if (size > kind.most) kind.of_largest = tunables_of(domains[d], {});
    kind.most = std::max(kind.most, size);
  }
  if (kinds.empty()) return "no scheduling domain: one pCPU\n";
  TextTable table;
  table.column("scheduling domains", Align::Left).column("count").column("pCPUs").column("interval").column("slowest");
  table.column("threshold").column("cost").column("damping").column("patience");
  for (const auto& [key, kind] : kinds) {
    const DomainTunables& of = kind.of_largest;
    const bool remote = key.first == Distance::Remote;
    table.row({remote ? fmt::format("  nodes at {}", key.second) : fmt::format("  {}", name_of(key.first)),
               fmt::format("{}", kind.count),
               kind.least == kind.most ? fmt::format("{}", kind.most) : fmt::format("{}..{}", kind.least, kind.most),
               duration_text(of.interval), duration_text(of.slowest), fmt::format("{}%", of.threshold),
               duration_text(of.cost), fmt::format("{}%", of.damping), fmt::format("{}", of.patience)});
  }
  return table.text() +
         "tunables of the largest of each kind, under balance=domains; see 'roost policies show domains'\n";
}

std::string topology_json(const Topology& topology) {
  Json json{{"schema", "roost.topology/1"}, {"pcpus", Json::array()}, {"node_distances", Json::array()}};
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

std::string topology_dot(const Topology& topology) {
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
      out += fmt::format("{:{}}subgraph \"cluster_{}_{}\" {{\n{:{}}label=\"{} {}\";\n", "", 2 * open + 2,
                         kLevels[open], path[open], "", 2 * open + 4, kLevels[open], path[open]);
    out += fmt::format("          p{} [label=\"pCPU {}{}\"];\n", i, i,
                       place.capacity == 1024 ? "" : fmt::format("\\n{}/1024", place.capacity));
    first_of[index(place.node)] = std::min(first_of[index(place.node)], i);
    last = path;
  }
  for (; open > 0; --open) out += fmt::format("{:{}}}}\n", "", 2 * open);
  for (std::size_t a = 0; a < topology.node_count(); ++a)
    for (std::size_t b = a + 1; b < topology.node_count(); ++b)
      out += fmt::format("  p{} -- p{} [ltail=\"cluster_node_{}\", lhead=\"cluster_node_{}\", label=\"{}\"];\n",
                         first_of[a], first_of[b], a, b, topology.node_distance(id_at<NodeId>(a), id_at<NodeId>(b)));
  return out + "}\n";
}

}  // namespace roost
