#include "vmm/host/topology_source.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "tests/kit/scratch_file.hpp"

namespace roost {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view text) {
  const auto topology = described_topology(text);
  return topology ? "taken" : topology.error().sentence;
}

TEST(TopologySource, ReadsEveryLevelOfASyntheticHost) {
  const auto topology = described_topology("node:2 l3:2 core:4 pu:2");
  ASSERT_TRUE(topology) << topology.error().sentence;
  EXPECT_EQ(topology->pcpu_count(), 32u);
  EXPECT_EQ(topology->node_count(), 2u);
  const PcpuId first{0};
  EXPECT_EQ(topology->distance(first, PcpuId{1}), Distance::Smt);
  EXPECT_EQ(topology->distance(first, PcpuId{7}), Distance::Llc);
  EXPECT_EQ(topology->distance(first, PcpuId{8}), Distance::Package);
  EXPECT_EQ(topology->distance(first, PcpuId{16}), Distance::Remote);
  EXPECT_EQ(topology->around(first).size(), 4u);
}

TEST(TopologySource, AddsTheLastLevelWhereItIsLeftOut) {
  const auto topology = described_topology("node:2 core:4");
  ASSERT_TRUE(topology) << topology.error().sentence;
  EXPECT_EQ(topology->pcpu_count(), 8u);
  EXPECT_EQ(topology->distance(PcpuId{0}, PcpuId{3}), Distance::Llc) << "without caches a package is one LLC";
  EXPECT_EQ(topology->distance(PcpuId{0}, PcpuId{4}), Distance::Remote);
  EXPECT_EQ(described_topology("3")->pcpu_count(), 3u);
  EXPECT_EQ(described_topology(" core:2  pu:1 ")->pcpu_count(), 2u);
}

TEST(TopologySource, PackagesInANodeAndNodesInAPackage) {
  const auto two_packages = described_topology("node:1 pack:2 core:1");
  ASSERT_TRUE(two_packages) << two_packages.error().sentence;
  EXPECT_EQ(two_packages->distance(PcpuId{0}, PcpuId{1}), Distance::Node);
  const auto two_nodes = described_topology("pack:1 node:2 core:1");
  ASSERT_TRUE(two_nodes) << two_nodes.error().sentence;
  EXPECT_EQ(two_nodes->distance(PcpuId{0}, PcpuId{1}), Distance::Remote);
  const auto cache_over_nodes = described_topology("l3:1 node:2 core:2");
  ASSERT_TRUE(cache_over_nodes) << "a cache over two nodes counts as two";
  EXPECT_EQ(cache_over_nodes->distance(PcpuId{0}, PcpuId{2}), Distance::Remote);
}

TEST(TopologySource, RefusalsNameWhatIsWrongAndShowWhatIsRight) {
  for (const std::string_view bad : {"", " ", "foo:3", "node:0 core:2", "node:2 core:x", "pu:2 core:2", "node",
                                     "pu:2 pu:2"})
    EXPECT_THAT(refusal(bad), HasSubstr("\"node:2 l3:2 core:4 pu:2\"")) << bad;
  EXPECT_THAT(refusal("node:2 foo:3"), HasSubstr("no level \"foo\""));
  EXPECT_THAT(refusal("node:2 core:x"), HasSubstr("\"core:x\" is no level with a count"));
  EXPECT_THAT(refusal("node:2 ccx:3"), HasSubstr("no level \"ccx\", it calls that \"l3\""));
  EXPECT_THAT(refusal("node:-1"), HasSubstr("is no level with a count"));
}

TEST(TopologySource, RefusesMoreThanItCanHoldWithoutBuildingIt) {
  EXPECT_THAT(refusal("core:4097"), HasSubstr("more than 4096 CPUs"));
  EXPECT_THAT(refusal("node:65536 core:65536 pu:65536"), HasSubstr("more than 4096 CPUs"));
  EXPECT_THAT(refusal("core:18446744073709551617"), HasSubstr("is no level with a count"));
}

/// What hwloc 2.9 exports of two nodes of two CPUs at SLIT 10 / 21, without what nobody reads.
constexpr std::string_view kTwoNodes = R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc2.dtd">
<topology version="2.0">
 <object type="Machine" os_index="0" cpuset="0xf" complete_cpuset="0xf" allowed_cpuset="0xf" nodeset="0x3"
   complete_nodeset="0x3" allowed_nodeset="0x3" gp_index="1">
  <object type="Group" cpuset="0x5" complete_cpuset="0x5" nodeset="0x1" complete_nodeset="0x1" gp_index="7" kind="1001"
    subkind="0">
   <object type="NUMANode" os_index="0" cpuset="0x5" complete_cpuset="0x5" nodeset="0x1" complete_nodeset="0x1"
     gp_index="6" local_memory="1073741824"/>
   <object type="PU" os_index="0" cpuset="0x1" complete_cpuset="0x1" nodeset="0x1" complete_nodeset="0x1" gp_index="2"/>
   <object type="PU" os_index="2" cpuset="0x4" complete_cpuset="0x4" nodeset="0x1" complete_nodeset="0x1" gp_index="3"/>
  </object>
  <object type="Group" cpuset="0xa" complete_cpuset="0xa" nodeset="0x2" complete_nodeset="0x2" gp_index="13" kind="1001"
    subkind="0">
   <object type="NUMANode" os_index="1" cpuset="0xa" complete_cpuset="0xa" nodeset="0x2" complete_nodeset="0x2"
     gp_index="12" local_memory="1073741824"/>
   <object type="PU" os_index="1" cpuset="0x2" complete_cpuset="0x2" nodeset="0x2" complete_nodeset="0x2" gp_index="8"/>
   <object type="PU" os_index="3" cpuset="0x8" complete_cpuset="0x8" nodeset="0x2" complete_nodeset="0x2" gp_index="9"/>
  </object>
 </object>
 <distances2 type="NUMANode" nbobjs="2" kind="6" name="NUMALatency" indexing="os">
  <indexes length="4">0 1 </indexes>
  <u64values length="12">10 21 21 10 </u64values>
 </distances2>
</topology>
)";

TEST(TopologySource, ReadsNodeDistancesAndCpuNumbersFromXml) {
  const kit::ScratchFile file("host.xml", kTwoNodes);
  const auto topology = described_topology(file.path());
  ASSERT_TRUE(topology) << topology.error().sentence;
  EXPECT_EQ(topology->pcpu_count(), 4u);
  EXPECT_EQ(topology->node_distance(NodeId{0}, NodeId{1}), 21u);
  EXPECT_EQ(topology->node_distance(NodeId{1}, NodeId{1}), 10u);
  EXPECT_EQ(topology->place(PcpuId{1}).host_cpu, 2u) << "pCPUs are numbered along the tree, not as the OS does";
  EXPECT_EQ(topology->distance(PcpuId{0}, PcpuId{1}), Distance::Llc);
}

/// An element of hwloc's XML; `set`: its CPUs.
std::string element(const char* type, const char* extra, unsigned set, unsigned nodes, const std::string& inner = "") {
  return fmt::format("<object type=\"{0}\" {1} cpuset=\"{2:#x}\" complete_cpuset=\"{2:#x}\" nodeset=\"{3:#x}\" "
                     "complete_nodeset=\"{3:#x}\" gp_index=\"{4}\">{5}</object>\n",
                     type, extra, set, nodes, 1000 + 16 * set + std::strlen(type), inner);
}
std::string pu(unsigned cpu, unsigned nodes) {
  return element("PU", fmt::format("os_index=\"{}\"", cpu).c_str(), 1u << cpu, nodes);
}

/// Package 0: an LLC of three cores, the first with two CPUs, and an LLC of one core. Package 1: one core, its node
/// without memory. CPU 6 is offline. CPUs 0 to 3 are the fast ones.
std::string uneven_host() {
  const std::string cores = element("Core", "os_index=\"0\"", 0x3, 1, pu(0, 1) + pu(1, 1)) +
                            element("Core", "os_index=\"1\"", 0x4, 1, pu(2, 1)) +
                            element("Core", "os_index=\"2\"", 0x8, 1, pu(3, 1));
  const char* const l3 = "cache_size=\"16777216\" depth=\"3\" cache_linesize=\"64\" cache_associativity=\"0\" "
                         "cache_type=\"0\"";
  const std::string first =
      element("NUMANode", "os_index=\"0\" local_memory=\"1073741824\"", 0x1f, 1) +
      element("L3Cache", l3, 0x0f, 1, cores) +
      element("L3Cache", l3, 0x10, 1, element("Core", "os_index=\"3\"", 0x10, 1, pu(4, 1)));
  const std::string second = element("NUMANode", "os_index=\"1\" local_memory=\"0\"", 0x20, 2) +
                             element("Core", "os_index=\"4\"", 0x20, 2, pu(5, 2));
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n"
         "<topology version=\"2.0\"><object type=\"Machine\" os_index=\"0\" cpuset=\"0x3f\" "
         "complete_cpuset=\"0x7f\" allowed_cpuset=\"0x3f\" nodeset=\"0x3\" complete_nodeset=\"0x3\" "
         "allowed_nodeset=\"0x3\" gp_index=\"1\">\n" +
         element("Package", "os_index=\"0\"", 0x1f, 1, first) + element("Package", "os_index=\"1\"", 0x20, 2, second) +
         "</object>\n"
         "<cpukind cpuset=\"0x0f\"><info name=\"LinuxCapacity\" value=\"1024\"/></cpukind>\n"
         "<cpukind cpuset=\"0x30\"><info name=\"LinuxCapacity\" value=\"446\"/></cpukind></topology>\n";
}

TEST(TopologySource, ReadsUnequalParts) {
  const kit::ScratchFile file("host.xml", uneven_host());
  const auto topology = described_topology(file.path());
  ASSERT_TRUE(topology) << topology.error().sentence;
  ASSERT_EQ(topology->pcpu_count(), 6u) << "a CPU that is offline is not there";
  EXPECT_EQ(topology->node_count(), 2u) << "a node without memory is one";
  EXPECT_EQ(topology->distance(PcpuId{0}, PcpuId{1}), Distance::Smt);
  EXPECT_EQ(topology->distance(PcpuId{2}, PcpuId{3}), Distance::Llc) << "cores without siblings beside one with";
  EXPECT_EQ(topology->distance(PcpuId{0}, PcpuId{4}), Distance::Package);
  EXPECT_EQ(topology->distance(PcpuId{4}, PcpuId{5}), Distance::Remote);
  for (const std::uint32_t pcpu : {0u, 3u}) EXPECT_EQ(topology->place(PcpuId{pcpu}).capacity, 1024u);
  for (const std::uint32_t pcpu : {4u, 5u}) EXPECT_EQ(topology->place(PcpuId{pcpu}).capacity, 446u);
}

/// Capacities of two cores, each of one kind of CPU, as these elements describe the kinds.
std::vector<std::uint32_t> capacities_by(const std::string& slow, const std::string& fast) {
  const std::string node = element("NUMANode", "os_index=\"0\" local_memory=\"1073741824\"", 0x3, 1);
  const kit::ScratchFile file(
      "kinds.xml", "<topology version=\"2.0\">" +
                       element("Machine", "os_index=\"0\" allowed_cpuset=\"0x3\" allowed_nodeset=\"0x1\"", 0x3, 1,
                               node + pu(0, 1) + pu(1, 1)) +
                       "<cpukind cpuset=\"0x1\"" + slow + "<cpukind cpuset=\"0x2\"" + fast + "</topology>\n");
  const auto topology = described_topology(file.path());
  EXPECT_TRUE(topology) << topology.error().sentence;
  return {topology->place(PcpuId{0}).capacity, topology->place(PcpuId{1}).capacity};
}
std::string told(const char* name, const char* value) {
  return fmt::format("><info name=\"{}\" value=\"{}\"/></cpukind>", name, value);
}

TEST(TopologySource, CapacitiesAreOfWhatIsToldOfAllKindsOfCpu) {
  const std::vector<std::uint32_t> alike{1024, 1024}, half{512, 1024};
  EXPECT_EQ(capacities_by(told("LinuxCapacity", "446"), told("LinuxCapacity", "1024"))[0], 446u);
  EXPECT_EQ(capacities_by(told("FrequencyMaxMHz", "2400"), told("FrequencyMaxMHz", "4800")), half);
  EXPECT_EQ(capacities_by(told("FrequencyBaseMHz", "1800"), told("FrequencyBaseMHz", "3600")), half);
  EXPECT_EQ(capacities_by(told("LinuxCapacity", "446"), told("FrequencyMaxMHz", "4800")), alike)
      << "no unit is told of both";
  EXPECT_EQ(capacities_by(told("LinuxCapacity", "fast"), told("LinuxCapacity", "0")), alike);
  EXPECT_EQ(capacities_by(" forced_efficiency=\"3\"/>", " forced_efficiency=\"7\"/>"), half)
      << "ranks alone: evenly spread";
  EXPECT_EQ(capacities_by(" forced_efficiency=\"3\">" + told("CoreType", "IntelAtom").substr(1),
                          " forced_efficiency=\"7\">" + told("CoreType", "IntelCore").substr(1)),
            half);
  EXPECT_EQ(capacities_by("/>", "/>"), alike) << "kinds, and nothing told of them";
}

/// Package 0 with a node of its own and a second one; package 1, whose node has no memory; a node without CPUs.
std::string host_of_four_nodes() {
  const auto node = [](unsigned number, unsigned cpus, const char* bytes) {
    const std::string extra = fmt::format("os_index=\"{}\" local_memory=\"{}\"", number, bytes);
    return element("NUMANode", extra.c_str(), cpus, 1u << number);
  };
  const std::string first = node(0, 0x1, "3221225472") + node(1, 0x1, "1048576") + pu(0, 3);
  return "<topology version=\"2.0\">" +
         element("Machine", "os_index=\"0\" allowed_cpuset=\"0x3\" allowed_nodeset=\"0xf\"", 0x3, 0xf,
                 node(3, 0, "2097152") + element("Package", "os_index=\"0\"", 0x1, 3, first) +
                     element("Package", "os_index=\"1\"", 0x2, 4, node(2, 0x2, "0") + pu(1, 4))) +
         "</topology>\n";
}

TEST(TopologySource, TellsOfNodesWithoutMemoryAndOfMemoryWithoutCpus) {
  const kit::ScratchFile file("HOST.XML", host_of_four_nodes());
  const auto host = described_host(file.path());
  ASSERT_TRUE(host) << host.error().sentence;
  EXPECT_EQ(host->topology.node_count(), 2u);
  const auto of = [&](std::uint32_t number) {
    return *std::ranges::find(host->nodes, number, &HostNode::host_node);
  };
  ASSERT_EQ(host->nodes.size(), 4u);
  EXPECT_EQ(of(0).node, NodeId{0});
  EXPECT_EQ(of(0).bytes, 3221225472u);
  EXPECT_EQ(of(1).node, std::nullopt);
  EXPECT_EQ(of(1).beside, NodeId{0});
  EXPECT_EQ(of(2).node, NodeId{1});
  EXPECT_EQ(of(2).bytes, 0u);
  EXPECT_EQ(of(3).node, std::nullopt);
  EXPECT_EQ(of(3).beside, std::nullopt) << "it is as near to one as to the other";
}

TEST(TopologySource, RefusesXmlThatIsNone) {
  EXPECT_THAT(refusal("nowhere/at-all.xml"), HasSubstr("nowhere/at-all.xml: cannot open this file"));
  const kit::ScratchFile file("host.xml", "<topology");
  EXPECT_THAT(refusal(file.path()), HasSubstr("host.xml: line 1: what begins there has no '>'"));
  const kit::ScratchFile odd("host.xml", "<topology version=\"2.0\"><object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" "
                                         "complete_cpuset=\"0x1\"/></topology>");
  EXPECT_THAT(refusal(odd.path()), HasSubstr("host.xml: hwloc refuses what it describes")) << "no machine";
  const kit::ScratchFile other("host.txt", kTwoNodes);
  EXPECT_THAT(refusal(other.path()), HasSubstr("host.txt: a file is taken for hwloc's XML if its name ends in .xml"));
  const std::string folder = testing::TempDir() + "folder_of_topology_source.xml";
  std::filesystem::create_directory(folder);
  EXPECT_THAT(refusal(folder), HasSubstr("this is no regular file"));
}

TEST(TopologySource, ReadsTheHostThatWeRunOn) {
  const auto topology = live_topology();
  ASSERT_TRUE(topology) << topology.error().sentence;
  EXPECT_GE(topology->pcpu_count(), 1u);
  EXPECT_GE(topology->node_count(), 1u);
}

}  // namespace
}  // namespace roost
