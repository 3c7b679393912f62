#include "sched/topology/granularity.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

/// One node of a CCX of 3 cores with two pCPUs each and one of 2 cores, of which one has a sibling; and a node of its
/// own for the last pCPU. pCPU 6 is numbered before the siblings of the second CCX.
Topology uneven() {
  struct Row {
    std::uint32_t node, llc, core;
  };
  IdVector<PcpuId, PcpuPlace> places;
  for (const Row& row : std::vector<Row>{{0, 0, 0}, {0, 0, 1}, {0, 0, 2}, {0, 1, 3}, {0, 1, 4},
                                         {0, 0, 0}, {1, 2, 5}, {0, 0, 1}, {0, 0, 2}, {0, 1, 3}})
    places.push_back({.node = NodeId{row.node}, .package = row.node, .llc = row.llc, .core = row.core});
  return Topology(std::move(places), {});
}

using Parts = std::vector<std::vector<std::uint32_t>>;

Parts parts(const RunqueueMap& map, std::size_t pcpus) {
  Parts out(map.size());
  for (std::uint32_t p = 0; p < pcpus; ++p) out[index(map.of(PcpuId{p}))].push_back(p);
  for (std::size_t rq = 0; rq < map.size(); ++rq) EXPECT_EQ(map.lead(id_at<RunqueueId>(rq)), PcpuId{out[rq].front()});
  for (std::size_t rq = 0; rq < map.size() && map.shares(); ++rq) {
    const Domain& members = map.members(id_at<RunqueueId>(rq));
    EXPECT_EQ(members.count(), out[rq].size());
    for (const std::uint32_t p : out[rq]) {
      EXPECT_TRUE(members.contains(PcpuId{p}));
      EXPECT_EQ(map.sharing(PcpuId{p}, 0), members.word(0));
    }
  }
  for (std::uint32_t p = 0; p < pcpus; ++p) {
    std::vector<std::uint32_t> visited;
    map.for_each_member(PcpuId{p}, [&](PcpuId other) { visited.push_back(static_cast<std::uint32_t>(other)); });
    EXPECT_EQ(visited, out[index(map.of(PcpuId{p}))]);
  }
  return out;
}

TEST(Granularity, FollowsTheTreeOfAnUnevenHost) {
  const Topology host = uneven();
  const auto by = [&](Granularity granularity) { return parts(RunqueueMap(host, granularity), 10); };
  EXPECT_EQ(by(Granularity::Pcpu), (Parts{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}}));
  EXPECT_EQ(by(Granularity::Core), (Parts{{0, 5}, {1, 7}, {2, 8}, {3, 9}, {4}, {6}}));
  EXPECT_EQ(by(Granularity::Llc), (Parts{{0, 1, 2, 5, 7, 8}, {3, 4, 9}, {6}}));
  EXPECT_EQ(by(Granularity::Node), (Parts{{0, 1, 2, 3, 4, 5, 7, 8, 9}, {6}}));
  EXPECT_EQ(by(Granularity::Machine), (Parts{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}));
}

TEST(Granularity, SaysWhetherAnythingIsShared) {
  EXPECT_FALSE(RunqueueMap(uneven(), Granularity::Pcpu).shares());
  EXPECT_TRUE(RunqueueMap(uneven(), Granularity::Core).shares());
  EXPECT_FALSE(RunqueueMap(Topology::flat(4), Granularity::Core).shares()) << "a core without siblings";
  EXPECT_TRUE(RunqueueMap(Topology::flat(4), Granularity::Llc).shares());
  EXPECT_FALSE(RunqueueMap(Topology::flat(1), Granularity::Machine).shares());
}

TEST(Granularity, SpansManyWords) {
  const RunqueueMap map(Topology::flat(200), Granularity::Machine);
  EXPECT_EQ(map.size(), 1u);
  EXPECT_EQ(map.sharing(PcpuId{199}, 1), ~0ULL);
  EXPECT_EQ(map.sharing(PcpuId{0}, 3), 0xffULL);
  const RunqueueMap own(Topology::flat(200), Granularity::Pcpu);
  EXPECT_EQ(own.sharing(PcpuId{130}, 2), 1ULL << 2);
  EXPECT_EQ(own.sharing(PcpuId{130}, 1), 0u);
}

TEST(Granularity, HasNames) {
  for (std::size_t g = 0; g < kGranularities; ++g) {
    const auto granularity = static_cast<Granularity>(g);
    EXPECT_EQ(granularity_named(name_of(granularity)), granularity);
  }
  EXPECT_EQ(granularity_named("package"), std::nullopt);
  EXPECT_EQ(granularity_named(""), std::nullopt);
}

}  // namespace
}  // namespace roost
