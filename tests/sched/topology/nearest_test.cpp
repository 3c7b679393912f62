#include "sched/topology/nearest.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

/// A host of a few levels, its ids in order or shuffled.
Topology some_host(kit::Seeded& random, std::size_t pcpus) {
  IdVector<PcpuId, PcpuPlace> places;
  const auto smt = static_cast<std::uint32_t>(1 + random.below(2));
  const auto cores = static_cast<std::uint32_t>(1 + random.below(20));
  const auto llcs = static_cast<std::uint32_t>(1 + random.below(4));
  for (std::uint32_t p = 0; p < pcpus; ++p) {
    const std::uint32_t core = p / smt, llc = core / cores, node = llc / llcs;
    places.push_back({.node = NodeId{node}, .package = node, .llc = llc, .core = core});
  }
  if (random.below(3) == 0)
    for (std::size_t p = pcpus - 1; p > 0; --p)
      std::swap(places[id_at<PcpuId>(p)], places[id_at<PcpuId>(random.below(p + 1))]);
  return Topology(std::move(places), {});
}

PcpuSet some(kit::Seeded& random, std::size_t pcpus) {
  PcpuSet set;
  for (std::uint64_t i = random.below(4) * random.below(pcpus); i > 0; --i)
    set.insert(id_at<PcpuId>(random.below(pcpus)));
  return set;
}

struct Scene {
  Topology topology;
  PcpuSet flagged;
  PcpuId centre;

  Distance far(PcpuId pcpu) const { return topology.distance(centre, pcpu); }
  auto flags() const {
    return [this](std::size_t w) { return flagged.word(w); };
  }
};

Scene some_scene(kit::Seeded& random) {
  const std::size_t pcpus = 1 + random.below(200);
  Topology topology = some_host(random, pcpus);
  PcpuSet flagged = some(random, pcpus);
  return {std::move(topology), std::move(flagged), id_at<PcpuId>(random.below(pcpus))};
}

TEST(Nearest, IsTheLeastDistanceThenTheLowestId) {
  kit::Seeded random(1);
  SCOPED_TRACE(random.told());
  for (int round = 0; round < 2000; ++round) {
    const Scene scene = some_scene(random);
    PcpuId expected = kNoPcpu;
    scene.flagged.for_each([&](PcpuId p) {
      if (expected == kNoPcpu || scene.far(p) < scene.far(expected)) expected = p;
    });
    ASSERT_EQ(nearest(scene.topology, scene.centre, scene.flags()), expected);
  }
}

TEST(SiblingsFlagged, AsksAllOthersOfTheCoreAndNobodyElse) {
  kit::Seeded random(2);
  SCOPED_TRACE(random.told());
  for (int round = 0; round < 2000; ++round) {
    const Scene scene = some_scene(random);
    bool expected = true;
    for (std::size_t p = 0; p < scene.topology.pcpu_count(); ++p)
      if (scene.far(id_at<PcpuId>(p)) == Distance::Smt && !scene.flagged.contains(id_at<PcpuId>(p)))
        expected = false;
    ASSERT_EQ(siblings_flagged(scene.topology, scene.centre, scene.flags()), expected);
  }
}

TEST(VisitSome, GoesUpwardsFromTheCentreAndRoundUpToItsLimit) {
  kit::Seeded random(1);
  SCOPED_TRACE(random.told());
  for (int round = 0; round < 2000; ++round) {
    const Scene scene = some_scene(random);
    const std::size_t pcpus = scene.topology.pcpu_count(), most = random.below(20);
    for (const Topology::Ring& ring : scene.topology.around(scene.centre)) {
      std::vector<PcpuId> expected, visited;
      for (std::size_t i = 1; i < pcpus && expected.size() < most; ++i) {
        const auto p = id_at<PcpuId>((index(scene.centre) + i) % pcpus);
        if (scene.flagged.contains(p) && scene.far(p) == ring.distance) expected.push_back(p);
      }
      const std::size_t seen = visit_some(ring, scene.centre, most, scene.flags(),
                                          [&](PcpuId p) { visited.push_back(p); });
      ASSERT_EQ(visited, expected);
      ASSERT_EQ(seen, visited.size());
    }
  }
}

}  // namespace
}  // namespace roost
