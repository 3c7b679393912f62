#include "tools/cli/topology_command.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tools/cli/node_distances.hpp"
#include "vmm/host/topology_source.hpp"

namespace roost {
namespace {

using testing::HasSubstr;
using testing::Not;

Topology described(const char* text) { return *described_topology(text); }

TEST(TopologyCommand, ListsADomainForEachKindOfDistance) {
  const std::string table = domain_table(described("node:2 l3:2 core:3 pu:2"));
  EXPECT_THAT(table, HasSubstr("smt"));
  EXPECT_THAT(table, HasSubstr("llc"));
  EXPECT_THAT(table, HasSubstr("package"));
  EXPECT_THAT(table, HasSubstr("nodes at 20"));
  EXPECT_THAT(table, Not(HasSubstr("  node ")));
  EXPECT_EQ(domain_table(Topology::flat(1)), "no scheduling domain: one pCPU\n");
}

TEST(TopologyCommand, JsonHasEveryDomainWithItsTunables) {
  const auto json = nlohmann::json::parse(topology_json(described("node:2 core:2")));
  EXPECT_EQ(json["pcpus"].size(), 4u);
  ASSERT_EQ(json["domains"].size(), 4u) << "two LLCs, and the host as seen from either node";
  EXPECT_EQ(json["domains"][1]["level"], "remote");
  EXPECT_EQ(json["domains"][1]["node_distance"], 20);
  EXPECT_EQ(json["domains"][1]["pcpus"], nlohmann::json::parse("[0, 1, 2, 3]"));
  EXPECT_EQ(json["domains"][1]["interval_ns"], 4'000'000);
}

TEST(TopologyCommand, DotHasABoxForEveryPlaceAndAnEdgeBetweenNodes) {
  const std::string dot = topology_dot(described("node:2 l3:1 core:2 pu:2"));
  for (const char* part : {"cluster_node_1", "cluster_LLC_1", "cluster_core_3", "p7 [label=\"pCPU 7\"]",
                           "p0 -- p4 [ltail=\"cluster_node_0\", lhead=\"cluster_node_1\", label=\"20\"]"})
    EXPECT_THAT(dot, HasSubstr(part));
  EXPECT_EQ(std::count(dot.begin(), dot.end(), '{'), std::count(dot.begin(), dot.end(), '}'));
}

std::string refusal(const char* distances) {
  const auto topology = with_distances(described("node:2 core:1"), distances);
  return topology ? "taken" : topology.error().sentence;
}

TEST(NodeDistances, TakeThePlaceOfTheTopologys) {
  const auto topology = with_distances(described("node:2 core:1"), "10,31,32,10");
  ASSERT_TRUE(topology) << topology.error().sentence;
  EXPECT_EQ(topology->node_distance(NodeId{0}, NodeId{1}), 31u);
  EXPECT_EQ(topology->node_distance(NodeId{1}, NodeId{0}), 32u);
}

TEST(NodeDistances, RefusalsSayWhatIsRight) {
  EXPECT_THAT(refusal("10,21,21"), HasSubstr("--distances: the host has 2 nodes, so 2 rows of 2 distances"));
  EXPECT_THAT(refusal("11,21,21,10"), HasSubstr("to itself is 10"));
  EXPECT_THAT(refusal("10,255,21,10"), HasSubstr("255 is no distance"));
  EXPECT_THAT(refusal("10,9,21,10"), HasSubstr("9 is no distance"));
  EXPECT_THAT(refusal("10,x,21,10"), HasSubstr("'x' is no number"));
  EXPECT_THAT(refusal("10,,21,10"), HasSubstr("'' is no number"));
}

}  // namespace
}  // namespace roost
