#include "sched/topology/topology.hpp"

#include <gtest/gtest.h>

#include "tests/kit/even_host.hpp"

namespace roost {
namespace {

/// node, package, LLC, core
using Row = std::array<std::uint32_t, 4>;

Topology of(const std::vector<Row>& rows, std::vector<std::uint32_t> distances = {}) {
  IdVector<PcpuId, PcpuPlace> places;
  for (const Row& row : rows)
    places.push_back({.node = NodeId{row[0]}, .package = row[1], .llc = row[2], .core = row[3]});
  return Topology(std::move(places), std::move(distances));
}

using Rings = std::vector<std::pair<Distance, std::vector<std::uint32_t>>>;

Rings rings(const Topology& topology, std::uint32_t centre) {
  Rings out;
  for (const Topology::Ring& ring : topology.around(PcpuId{centre})) {
    out.push_back({ring.distance, {}});
    for (std::uint32_t p = 0; p < topology.pcpu_count(); ++p)
      if (p != centre && ring.word(p / 64) >> (p % 64) & 1) out.back().second.push_back(p);
  }
  return out;
}

TEST(Topology, ASinglePcpuHasNothingAround) {
  const Topology topology = Topology::flat(1);
  EXPECT_EQ(topology.pcpu_count(), 1u);
  EXPECT_EQ(topology.node_count(), 1u);
  EXPECT_TRUE(topology.around(PcpuId{0}).empty());
  EXPECT_EQ(topology.node_distance(NodeId{0}, NodeId{0}), 10u);
  EXPECT_EQ(topology.all().count(), 1u);
}

TEST(Topology, AnEmptyOneIsAllowed) {
  EXPECT_EQ(Topology().pcpu_count(), 0u);
  EXPECT_EQ(Topology().node_count(), 0u);
}

TEST(Topology, FlatSharesOneCache) {
  const Topology topology = Topology::flat(3);
  EXPECT_EQ(rings(topology, 1), (Rings{{Distance::Llc, {0, 2}}}));
  EXPECT_EQ(topology.place(PcpuId{2}).host_cpu, 2u);
}

TEST(Topology, RingsGoOutwardsThroughEveryLevelOfAnUnevenHost) {
  // node 0: package 0 {LLC 0 {core 0: 0 1, core 1: 2}, LLC 1 {core 2: 3}}, package 1 {LLC 2 {core 3: 4}}; node 1: 5 6
  const Topology topology = of({{0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 1, 2}, {0, 1, 2, 3}, {1, 2, 3, 4},
                                {1, 2, 3, 5}});
  EXPECT_EQ(rings(topology, 0), (Rings{{Distance::Smt, {1}},
                                       {Distance::Llc, {2}},
                                       {Distance::Package, {3}},
                                       {Distance::Node, {4}},
                                       {Distance::Remote, {5, 6}}}));
  EXPECT_EQ(rings(topology, 6), (Rings{{Distance::Llc, {5}}, {Distance::Remote, {0, 1, 2, 3, 4}}}));
  EXPECT_EQ(topology.distance(PcpuId{4}, PcpuId{4}), Distance::Same);
  EXPECT_EQ(topology.node_distance(NodeId{0}, NodeId{1}), 20u);
}

TEST(Topology, RemoteRingsAreOrderedByNodeDistance) {
  const Topology topology = of({{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}},
                               {10, 32, 21, 32, 32, 10, 32, 21, 21, 32, 10, 32, 32, 21, 32, 10});
  EXPECT_EQ(rings(topology, 0), (Rings{{Distance::Remote, {2}}, {Distance::Remote, {1, 3}}}));
  EXPECT_EQ(rings(topology, 1), (Rings{{Distance::Remote, {3}}, {Distance::Remote, {0, 2}}}));
}

TEST(Topology, DistanceIsSymmetricAndRingsHoldEveryOtherPcpuOnce) {
  const Topology topology = of({{0, 0, 0, 0}, {1, 1, 1, 1}, {0, 0, 0, 0}, {1, 1, 2, 2}, {0, 3, 3, 3}});
  for (std::uint32_t a = 0; a < 5; ++a) {
    std::size_t others = 0;
    for (const auto& [distance, pcpus] : rings(topology, a)) {
      others += pcpus.size();
      for (const std::uint32_t b : pcpus) {
        EXPECT_EQ(topology.distance(PcpuId{a}, PcpuId{b}), distance);
        EXPECT_EQ(topology.distance(PcpuId{b}, PcpuId{a}), distance);
      }
    }
    EXPECT_EQ(others, 4u);
  }
}

TEST(Topology, RefusesWhatDoesNotNest) {
  EXPECT_THROW(of({{0, 0, 0, 0}, {0, 0, 1, 0}}), CheckFailure) << "a core in two LLCs";
  EXPECT_THROW(of({{0, 0, 0, 0}, {0, 1, 0, 1}}), CheckFailure) << "an LLC in two packages";
  EXPECT_THROW(of({{0, 0, 0, 0}, {1, 0, 1, 1}}), CheckFailure) << "a package in two nodes";
  EXPECT_THROW(of({{1, 0, 0, 0}}), CheckFailure) << "no node 0";
  EXPECT_THROW(of({{0, 0, 0, 0}}, {10, 20}), CheckFailure) << "two distances for one node";
  EXPECT_THROW(of({{0, 0, 0, 0}}, {11}), CheckFailure) << "far from itself";
}

TEST(Topology, CopiesOutliveTheOriginal) {
  Topology copy;
  {
    const Topology original = Topology::flat(4);
    copy = original;
  }
  EXPECT_EQ(copy.around(PcpuId{3}).front().ball->count(), 4u);
}

TEST(Topology, DomainsOfALargeHostAreAsLongAsTheyNeed) {
  const Topology topology = kit::even_host({.pcpus = 4096, .core = 2, .llc = 16, .node = 128});
  std::size_t words = 0;
  for (const Topology::Ring& ring : topology.around(PcpuId{1000}))
    words += ring.ball->end_word() - ring.ball->first_word();
  EXPECT_EQ(words, 1u + 1 + 2 + 64) << "its core, its LLC, its node, all";
  EXPECT_EQ(topology.around(PcpuId{1000}).data(), topology.around(PcpuId{1001}).data()) << "a core has one chain";
}

TEST(Topology, DomainsMayGrowDownwards) {
  Domain domain;
  for (const std::uint32_t p : {200, 70, 3}) domain.insert(PcpuId{p});
  EXPECT_EQ(domain.first_word(), 0u);
  EXPECT_EQ(domain.end_word(), 4u);
  EXPECT_EQ(domain.count(), 3u);
  EXPECT_TRUE(domain.contains(PcpuId{70}));
  EXPECT_FALSE(domain.contains(PcpuId{71}));
  EXPECT_FALSE(domain.contains(PcpuId{2000}));
}

TEST(Topology, DistancesHaveNames) {
  EXPECT_STREQ(name_of(Distance::Same), "same");
  EXPECT_STREQ(name_of(Distance::Remote), "remote");
}

}  // namespace
}  // namespace roost
