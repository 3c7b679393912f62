#include "sched/topology/domains.hpp"

#include <gtest/gtest.h>

#include <set>

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

struct Seen {
  Distance distance;
  std::uint32_t node_distance;
  std::vector<std::uint32_t> pcpus;
  friend bool operator==(const Seen&, const Seen&) = default;
};

std::vector<std::uint32_t> members(const Domain& domain) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t p = 0; p < 64 * domain.end_word(); ++p)
    if (domain.contains(PcpuId{p})) out.push_back(p);
  return out;
}

std::vector<Seen> around(const Domains& domains, std::uint32_t pcpu) {
  std::vector<Seen> out;
  for (const std::uint32_t d : domains.around(PcpuId{pcpu}))
    out.push_back({domains[d].distance, domains[d].node_distance, members(*domains[d].span)});
  return out;
}

TEST(Domains, ASinglePcpuHasNone) { EXPECT_EQ(Domains(Topology::flat(1)).size(), 0u); }

TEST(Domains, LevelsThatAddNothingAreLeftOut) {
  // One LLC in the package, one package in the node: of these three only the LLC is a domain.
  const Domains domains(Topology::flat(4));
  ASSERT_EQ(domains.size(), 1u);
  for (std::uint32_t p = 0; p < 4; ++p)
    EXPECT_EQ(around(domains, p), (std::vector<Seen>{{Distance::Llc, 10, {0, 1, 2, 3}}}));
}

TEST(Domains, OfAHostOfTwoNodesWithSiblings) {
  const Domains domains(of({{0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 0, 1},
                            {1, 1, 1, 2}, {1, 1, 1, 2}, {1, 1, 1, 3}, {1, 1, 1, 3}}));
  EXPECT_EQ(around(domains, 2), (std::vector<Seen>{{Distance::Smt, 10, {2, 3}},
                                                   {Distance::Llc, 10, {0, 1, 2, 3}},
                                                   {Distance::Remote, 20, {0, 1, 2, 3, 4, 5, 6, 7}}}));
  // Four cores, two LLCs, and the host as seen from each of the nodes.
  EXPECT_EQ(domains.size(), 8u);
  EXPECT_EQ(domains.around(PcpuId{2}).data(), domains.around(PcpuId{3}).data()) << "siblings share one chain";
}

TEST(Domains, OneLevelForEachDistanceBetweenNodes) {
  // A ring of four nodes: neighbours at 16, the opposite one at 22.
  const Domains domains(of({{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}},
                           {10, 16, 22, 16, 16, 10, 16, 22, 22, 16, 10, 16, 16, 22, 16, 10}));
  EXPECT_EQ(around(domains, 1), (std::vector<Seen>{{Distance::Remote, 16, {0, 1, 2}},
                                                   {Distance::Remote, 22, {0, 1, 2, 3}}}));
  EXPECT_EQ(around(domains, 3), (std::vector<Seen>{{Distance::Remote, 16, {0, 2, 3}},
                                                   {Distance::Remote, 22, {0, 1, 2, 3}}}));
}

TEST(Domains, OfUnequalPartsAreUnequal) {
  // An LLC of three cores (one of them with a sibling), and an LLC of one core, in one package.
  const Domains domains(of({{0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 0, 2}, {0, 0, 1, 3}}));
  EXPECT_EQ(around(domains, 0), (std::vector<Seen>{{Distance::Smt, 10, {0, 1}},
                                                   {Distance::Llc, 10, {0, 1, 2, 3}},
                                                   {Distance::Package, 10, {0, 1, 2, 3, 4}}}));
  EXPECT_EQ(around(domains, 3), (std::vector<Seen>{{Distance::Llc, 10, {0, 1, 2, 3}},
                                                   {Distance::Package, 10, {0, 1, 2, 3, 4}}}));
  EXPECT_EQ(around(domains, 4), (std::vector<Seen>{{Distance::Package, 10, {0, 1, 2, 3, 4}}}));
}

TEST(Domains, ChainsGrowUpToTheWholeHost) {
  std::vector<Row> rows;
  for (std::uint32_t p = 0; p < 96; ++p) rows.push_back({p / 24, p / 24, p / 6, p / 2});
  const Topology topology = of(rows);
  const Domains domains(topology);
  for (std::uint32_t p = 0; p < 96; ++p) {
    const std::vector<Seen> chain = around(domains, p);
    std::set<std::uint32_t> inner{p};
    for (const Seen& seen : chain) {
      const std::set<std::uint32_t> span(seen.pcpus.begin(), seen.pcpus.end());
      EXPECT_TRUE(std::includes(span.begin(), span.end(), inner.begin(), inner.end()));
      EXPECT_GT(span.size(), inner.size());
      inner = span;
    }
    EXPECT_EQ(inner.size(), 96u);
    ASSERT_EQ(chain.size(), topology.around(PcpuId{p}).size()) << "a domain for each ring";
  }
}

}  // namespace
}  // namespace roost
