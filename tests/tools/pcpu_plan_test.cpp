#include "tools/cli/pcpu_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roost {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Two nodes of two cores each, host CPUs 4, 5 and 8, 9; the nodes are 25 apart.
Topology host() {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::uint32_t node = i / 2;
    places.push_back(
        {.node = NodeId{node}, .package = node, .llc = node, .core = i, .host_cpu = 4 + node * 4 + i % 2});
  }
  return Topology(std::move(places), {10, 25, 25, 10});
}

std::vector<std::uint32_t> host_cpus(const PcpuPlan& plan) {
  std::vector<std::uint32_t> cpus;
  for (std::size_t i = 0; i < plan.topology.pcpu_count(); ++i)
    cpus.push_back(plan.topology.place(id_at<PcpuId>(i)).host_cpu);
  return cpus;
}

PcpuPlan planned(std::string_view request, const Topology* described = nullptr) {
  return plan_pcpus(request.empty() ? PcpuRequest{} : parse_pcpu_request(request).value(), described, host()).value();
}

TEST(PcpuPlan, ANumberIsACountAndAListIsHostCpus) {
  EXPECT_EQ(parse_pcpu_request("2")->count, 2U);
  EXPECT_THAT(parse_pcpu_request("cpu:2")->host_cpus, ElementsAre(2));
  EXPECT_THAT(parse_pcpu_request("0-1,7")->host_cpus, ElementsAre(0, 1, 7));
  for (const char* text : {"0", "x", "cpu:", "1,,2", "99999"}) EXPECT_FALSE(parse_pcpu_request(text)) << text;
}

TEST(PcpuPlan, TheWholeHostWhenNothingIsAskedFor) {
  EXPECT_THAT(host_cpus(planned("")), ElementsAre(4, 5, 8, 9));
  EXPECT_THAT(planned("").notes, IsEmpty());
}

TEST(PcpuPlan, AListKeepsDistancesAndCountsPlacesAnew) {
  const PcpuPlan plan = planned("9,4");
  EXPECT_THAT(host_cpus(plan), ElementsAre(9, 4));
  EXPECT_EQ(plan.topology.node_count(), 2U);
  EXPECT_EQ(plan.topology.distance(PcpuId{0}, PcpuId{1}), Distance::Remote);
  EXPECT_EQ(plan.topology.node_distance(NodeId{0}, NodeId{1}), 25U);
  EXPECT_EQ(planned("8-9").topology.node_count(), 1U);
}

TEST(PcpuPlan, MoreThanTheHostHasTakeTurnsAndItIsSaid) {
  const PcpuPlan plan = planned("6");
  EXPECT_THAT(host_cpus(plan), ElementsAre(4, 5, 8, 9, 4, 5));
  ASSERT_EQ(plan.notes.size(), 1U);
  EXPECT_THAT(plan.notes[0], HasSubstr("6 pCPUs take turns on 4 host CPUs"));
}

TEST(PcpuPlan, AHostCpuThatIsNotThereIsASentence) {
  const auto plan = plan_pcpus(parse_pcpu_request("4,6").value(), nullptr, host());
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().sentence, "--pcpus: host CPU 6 is not there; this process may use 4,5,8,9");
}

TEST(PcpuPlan, DescribedPlacesArePinnedToRealCpusInTurn) {
  const Topology described = Topology::flat(3);
  const PcpuPlan plan = planned("5,9", &described);
  EXPECT_THAT(host_cpus(plan), ElementsAre(5, 9, 5));
  EXPECT_EQ(plan.topology.node_count(), 1U);
  EXPECT_THAT(plan.notes[0], HasSubstr("places are as described"));
  EXPECT_THAT(host_cpus(planned("2", &described)), ElementsAre(4, 5));
  EXPECT_FALSE(plan_pcpus(PcpuRequest{.count = 4, .host_cpus = {}}, &described, host()));
}

}  // namespace
}  // namespace roost
