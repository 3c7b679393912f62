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
DescribedHost host(const char* text) { return *described_host(text); }

/// Two nodes, the second the host's third and without memory; memory beside node 0, and some that is far from all.
DescribedHost host_of_odd_nodes() {
  return {described("node:2 core:1"),
          {{.host_node = 0, .bytes = 3ULL << 29, .node = NodeId{0}},
           {.host_node = 1, .bytes = 5ULL << 20, .beside = NodeId{0}},
           {.host_node = 2, .bytes = 0, .node = NodeId{1}},
           {.host_node = 3, .bytes = 1ULL << 30}}};
}

TEST(TopologyCommand, ListsADomainForEachKindOfDistance) {
  const std::string table = domain_table(described("node:2 l3:2 core:3 pu:2"));
  EXPECT_THAT(table, HasSubstr("smt"));
  EXPECT_THAT(table, HasSubstr("llc"));
  EXPECT_THAT(table, HasSubstr("package"));
  EXPECT_THAT(table, HasSubstr("nodes (all) at 20      1     24   24.0 ms    192 ms       125%          500 us  "))
      << "once, though either node has its own view of it";
  EXPECT_THAT(table, Not(HasSubstr("  node ")));
  EXPECT_EQ(domain_table(Topology::flat(1)), "no scheduling domain: one pCPU\n");
}

TEST(TopologyCommand, JsonHasEveryDomainWithItsTunables) {
  const auto json = nlohmann::json::parse(topology_json(host("node:2 core:2")));
  EXPECT_EQ(json["pcpus"].size(), 4u);
  EXPECT_EQ(json["schema"], "roost.topology/2");
  ASSERT_EQ(json["domains"].size(), 3u) << "two LLCs, and the host, which both nodes see alike";
  EXPECT_EQ(json["domains"][1], nlohmann::json::parse(R"({"level": "remote", "node_distance": 20, "nodes": [0, 1],
      "seen_from": [0, 1], "pcpus": [0, 1, 2, 3], "interval_ns": 4000000, "balanced_interval_ns": 32000000,
      "imbalance_threshold_percent": 125, "migration_cost_ns": 500000, "failure_count": 2, "damping_percent": 50})"));
}

TEST(TopologyCommand, ListsADomainOfSeveralNodesForEachSetOfThem) {
  // A ring of four: each node has its two neighbours at 16, and the one opposite at 22.
  const auto ring = *with_distances(described("node:4 core:2"), "10,16,22,16,16,10,16,22,22,16,10,16,16,22,16,10");
  EXPECT_THAT(domain_table(ring), HasSubstr("nodes at 16            4      6 "));
  EXPECT_THAT(domain_table(ring), HasSubstr("nodes (all) at 22      1      8 "));
  const auto json = nlohmann::json::parse(topology_json({ring, {}}));
  EXPECT_EQ(json["domains"][1]["nodes"], nlohmann::json::parse("[0, 1, 3]")) << "around node 0";
}

TEST(TopologyCommand, TheTreeBeginsWithTheMachine) {
  EXPECT_EQ(topology_tree(host("node:1 l3:1 core:1 pu:2")),
            "machine: 2 pCPUs on 1 core, 1 LLC, 1 package, 1 node\n"
            "  node 0\n    package 0\n      LLC 0\n        core 0\n"
            "          pCPU 0 (host CPU 0)\n          pCPU 1 (host CPU 1)\n");
}

TEST(TopologyCommand, DotShowsBothDistancesWhereTheyDiffer) {
  const auto two = *with_distances(described("node:2 core:1"), "10,17,28,10");
  EXPECT_THAT(topology_dot({two, {}}), HasSubstr("p0 -- p1 [ltail=\"cluster_node_0\", lhead=\"cluster_node_1\", "
                                            "taillabel=\"0 to 1: 17\", headlabel=\"1 to 0: 28\"];"));
}

TEST(TopologyCommand, NodesThatAreFarByTwoDistancesAreListedOnce) {
  const auto two = *with_distances(described("node:2 core:1"), "10,17,28,10");
  EXPECT_THAT(domain_table(two), HasSubstr("nodes (all) at 17, 28      1      2 "));
  EXPECT_THAT(domain_table(two), Not(HasSubstr("nodes (all) at 28")));
  const auto json = nlohmann::json::parse(topology_json({two, {}}));
  ASSERT_EQ(json["domains"].size(), 2u) << "a balancer has one from each node";
  EXPECT_EQ(json["domains"][0]["seen_from"], nlohmann::json::parse("[0]"));
  EXPECT_EQ(json["domains"][1]["seen_from"], nlohmann::json::parse("[1]"));
  EXPECT_EQ(json["domains"][1]["node_distance"], 28);
}

TEST(TopologyCommand, ShowsNodesWithoutMemoryAndMemoryWithoutPcpus) {
  EXPECT_THAT(topology_tree(host_of_odd_nodes()),
              AllOf(HasSubstr("\n  node 0\n"), HasSubstr("\n  node 1 (host node 2, no memory)\n"),
                    HasSubstr("\n  memory of host node 1: 5 MiB, no pCPUs of its own, beside node 0\n"
                              "  memory of host node 3: 1.00 GiB, no pCPUs of its own\nnode distances")));
  const auto json = nlohmann::json::parse(topology_json(host_of_odd_nodes()));
  EXPECT_EQ(json["nodes"], nlohmann::json::parse(R"([
      {"node": 0, "host_node": 0, "memory_bytes": 1610612736, "beside": null},
      {"node": null, "host_node": 1, "memory_bytes": 5242880, "beside": 0},
      {"node": 1, "host_node": 2, "memory_bytes": 0, "beside": null},
      {"node": null, "host_node": 3, "memory_bytes": 1073741824, "beside": null}])"));
  EXPECT_THAT(topology_dot(host_of_odd_nodes()),
              AllOf(HasSubstr("label=\"node 1 (host node 2, no memory)\""),
                    HasSubstr("  m1 [shape=cylinder, label=\"host node 1\\n5 MiB\"];\n"
                              "  p0 -- m1 [ltail=\"cluster_node_0\", style=dotted];\n"
                              "  m3 [shape=cylinder, label=\"host node 3\\n1.00 GiB\"];\n  p0 -- p1")));
}

TEST(TopologyCommand, DotHasABoxForEveryPlaceAndAnEdgeBetweenNodes) {
  const std::string dot = topology_dot(host("node:2 l3:1 core:2 pu:2"));
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
