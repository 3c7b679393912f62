#include "tools/cli/node_distances.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace roost {

Result<Topology> with_distances(const Topology& topology, std::vector<std::uint32_t> distances) {
  const std::size_t nodes = topology.node_count();
  if (distances.size() != nodes * nodes)
    return Error{fmt::format("the host has {0} nodes, so {0} rows of {0} distances are expected, {1} in all, not {2}",
                             nodes, nodes * nodes, distances.size())};
  for (std::size_t i = 0; i < distances.size(); ++i) {
    const bool own = i / nodes == i % nodes;
    if (own && distances[i] != 10) return Error{"a node's distance to itself is 10"};
    if (distances[i] < 10 || distances[i] > 254)
      return Error{fmt::format("{} is no distance between nodes; they lie in 10 .. 254, as in ACPI's SLIT",
                               distances[i])};
  }
  return Topology(topology.places(), std::move(distances));
}

Result<Topology> with_distances(const Topology& topology, std::string_view text) {
  if (text.empty()) return topology;
  std::vector<std::uint32_t> distances;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    std::uint32_t distance = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), distance);
    if (error != std::errc{} || end != word.data() + word.size())
      return Error{fmt::format("--distances: '{}' is no number; write rows one after the other, as in 10,21,21,10",
                               word)};
    distances.push_back(distance);
  }
  auto changed = with_distances(topology, std::move(distances));
  if (!changed) return Error{"--distances: " + changed.error().sentence};
  return changed;
}

}  // namespace roost
