#include "tools/cli/topology_command.hpp"

#include <array>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/report/text_table.hpp"

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
  return json.dump(2) + "\n";
}

}  // namespace roost
