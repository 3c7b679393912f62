// Every placement but the default: its rules in scenes by hand, and what all owe in random ones.

#include <gtest/gtest.h>

#include <map>

#include "sched/placement/candidates.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/sched/placement/placement_scene.hpp"

namespace roost {
namespace {

using kit::busy;
using kit::idle;
using test::Around;
using test::make;

/// Two nodes of one LLC, each of two cores of two pCPUs: (0 1) (2 3) || (4 5) (6 7).
Topology two_nodes() { return kit::even_host({.pcpus = 8, .core = 2, .llc = 4, .node = 4}); }

class Placements : public testing::Test {
 protected:
  Placements() {
    for (std::size_t p = 0; p < 8; ++p) loads[p] = busy(0);
  }
  Placement place(Placer& placer, PcpuId last, std::uint64_t turn = 0, VcpuId vcpu = VcpuId{0}) const {
    return placer.choose({.vcpu = vcpu, .last = last, .allowed = &allowed, .turn = turn}, loads);
  }
  void set_idle(std::initializer_list<std::size_t> pcpus) {
    for (const std::size_t p : pcpus) loads[p] = idle();
  }
  void allow_only(std::initializer_list<std::uint32_t> pcpus) {
    allowed = PcpuSet{};
    for (const std::uint32_t p : pcpus) allowed.insert(PcpuId{p});
  }

  kit::FakeLoads loads{8};
  PcpuSet allowed = PcpuSet::first(8);
};

TEST_F(Placements, LastPcpuComesBackWhateverRunsThere) {
  const auto placer = make("last_pcpu", two_nodes());
  set_idle({0, 1, 2, 3});
  EXPECT_EQ(place(*placer, PcpuId{5}).pcpu, PcpuId{5});
  EXPECT_EQ(place(*placer, PcpuId{5}).why, PlacementWhy::Rule);
  EXPECT_EQ(place(*placer, kNoPcpu, 0, VcpuId{11}).pcpu, PcpuId{3}) << "11 modulo 8";
  allow_only({0, 6, 7});
  EXPECT_EQ(place(*placer, PcpuId{5}).pcpu, PcpuId{6}) << "the nearest that it may use";
  loads.take_offline(6);
  EXPECT_EQ(place(*placer, PcpuId{5}).pcpu, PcpuId{7});
}

TEST_F(Placements, RandomDrawsEvenlyAndTheSameAgain) {
  const auto placer = make("random", two_nodes());
  allow_only({1, 4, 6});
  std::map<PcpuId, int> times;
  for (std::uint64_t turn = 0; turn < 3000; ++turn) {
    const PcpuId chosen = place(*placer, PcpuId{1}, turn).pcpu;
    EXPECT_EQ(place(*placer, PcpuId{1}, turn).pcpu, chosen);
    ++times[chosen];
  }
  ASSERT_EQ(times.size(), 3u);
  for (const auto& [pcpu, count] : times)  // 1000 expected, standard deviation 26
    EXPECT_NEAR(count, 1000, 104) << "pCPU " << index(pcpu);
}

TEST_F(Placements, RoundRobinGoesRoundThosePcpusThatItMayUse) {
  const auto placer = make("round_robin", two_nodes());
  allow_only({1, 4, 6});
  std::vector<std::size_t> order;
  for (std::uint64_t turn = 0; turn < 5; ++turn)
    order.push_back(index(place(*placer, PcpuId{1}, turn, VcpuId{1}).pcpu));
  EXPECT_EQ(order, (std::vector<std::size_t>{4, 6, 1, 4, 6}));
}

TEST_F(Placements, LeastLoadedReadsAll) {
  const auto placer = make("least_loaded", two_nodes());
  loads[6].weight = 99;
  EXPECT_EQ(place(*placer, PcpuId{1}).pcpu, PcpuId{6}) << "lighter beats nearer";
  loads[6].capacity = 512;  // (99 + 100) / 512 against (100 + 100) / 1024
  EXPECT_EQ(place(*placer, PcpuId{1}).pcpu, PcpuId{1}) << "all others are equal: it stays";
}

TEST_F(Placements, TwoChoicesTakesTheLighterOfTwo) {
  const auto placer = make("two_choices", two_nodes());
  allow_only({2, 5});
  loads[5].weight = 300;
  for (std::uint64_t turn = 0; turn < 50; ++turn) EXPECT_EQ(place(*placer, PcpuId{5}, turn).pcpu, PcpuId{2});
  allow_only({5});
  EXPECT_EQ(place(*placer, PcpuId{2}).pcpu, PcpuId{5});
}

/// 10,000 balls in 10,000 bins: one choice leaves about ln n / ln ln n = 4 (7 in practice) in the fullest, two
/// choices ln ln n / ln 2 + O(1) = 3.2 (4 in practice). Mitzenmacher, The Power of Two Choices, table 1.
TEST(TwoChoices, FillTheFullestBinLessThanOneChoice) {
  constexpr std::size_t kPcpus = 4096;
  const PcpuSet allowed = PcpuSet::first(kPcpus);
  const auto fullest = [&](std::string_view name) {
    kit::FakeLoads loads(kPcpus);
    const auto placer = make(name, Topology::flat(kPcpus));
    std::uint32_t most = 0;
    for (std::uint32_t v = 0; v < kPcpus; ++v) {
      const PcpuId chosen = placer->choose({.vcpu = VcpuId{v}, .allowed = &allowed}, loads).pcpu;
      loads[index(chosen)].weight += 100;
      most = std::max(most, ++loads[index(chosen)].waiting);
    }
    return most;
  };
  EXPECT_LE(fullest("two_choices"), 4u);
  EXPECT_GE(fullest("random"), 5u);
}

TEST_F(Placements, IdleFirstPrefersAnIdleCoreOfTheLlc) {
  const auto placer = make("idle_first", two_nodes());
  set_idle({1, 2, 3, 4, 5});
  EXPECT_EQ(place(*placer, PcpuId{1}).pcpu, PcpuId{2}) << "its own sibling runs something: the idle core of the LLC";
  set_idle({0});
  EXPECT_EQ(place(*placer, PcpuId{1}).pcpu, PcpuId{1}) << "its own core idles";
  EXPECT_EQ(place(*placer, PcpuId{1}).why, PlacementWhy::Last);
}

TEST_F(Placements, IdleFirstTakesASiblingBeforeAnotherLlc) {
  const auto placer = make("idle_first", two_nodes());
  set_idle({1, 4, 5});
  EXPECT_EQ(place(*placer, PcpuId{0}).pcpu, PcpuId{1}) << "an idle core of the other node is farther";
  loads[1] = busy(0);
  set_idle({6});
  EXPECT_EQ(place(*placer, PcpuId{0}).pcpu, PcpuId{4}) << "there, the idle core before the lone sibling";
  allow_only({0, 6});
  EXPECT_EQ(place(*placer, PcpuId{0}).pcpu, PcpuId{6});
}

TEST_F(Placements, IdleFirstLooksAtABoundedNumberOfCores) {
  const auto placer = make("idle_first", two_nodes(), {{"scan", 1}});
  set_idle({4, 6, 7});
  EXPECT_EQ(place(*placer, PcpuId{0}).pcpu, PcpuId{4}) << "the only one that it looks at";
  const auto all = make("idle_first", two_nodes());
  EXPECT_EQ(place(*all, PcpuId{0}).pcpu, PcpuId{6}) << "whose core idles";
}

TEST_F(Placements, AntiStackingKeepsAVmApart) {
  Around around;
  const auto placer = make("anti_stacking", two_nodes());
  const auto chosen = [&] {
    return placer->choose({.vcpu = VcpuId{0}, .last = PcpuId{0}, .allowed = &allowed, .around = &around}, loads);
  };
  around.siblings_at = 0b11;  // pCPUs 0 and 1
  loads[0].weight = loads[1].weight = 10;
  EXPECT_EQ(chosen().pcpu, PcpuId{2}) << "the others are lighter, and nearer, but siblings are there";
  loads[7].weight = 50;
  EXPECT_EQ(chosen().pcpu, PcpuId{7}) << "the lightest of those without";
  around.siblings_at = 0xff;
  EXPECT_EQ(chosen().pcpu, PcpuId{0}) << "they are everywhere: the lightest";
  set_idle({4});
  EXPECT_EQ(chosen().pcpu, PcpuId{4}) << "an idle one, whoever is said to be there";
}

TEST_F(Placements, PackFillsTheLowest) {
  const auto one = make("pack", two_nodes());
  set_idle({3, 7});
  EXPECT_EQ(place(*one, PcpuId{7}).pcpu, PcpuId{3}) << "not where it was";
  const auto two = make("pack", two_nodes(), {{"most", 2}});
  loads[0] = busy(1);
  EXPECT_EQ(place(*two, PcpuId{7}).pcpu, PcpuId{1}) << "the lowest with less than two";
  for (std::size_t p = 0; p < 8; ++p) loads[p] = busy(p == 4 ? 1 : 2);
  EXPECT_EQ(place(*two, PcpuId{7}).pcpu, PcpuId{4}) << "all are full: the one with the fewest";
  EXPECT_EQ(place(*two, PcpuId{7}).why, PlacementWhy::LeastLoaded);
}

TEST_F(Placements, SpreadGoesDownFromTheLightestNode) {
  const auto placer = make("spread", two_nodes());
  set_idle({3, 5, 6});  // node 0 weighs 300, node 1 200; of its cores (4 5) and (6 7) each 100
  EXPECT_EQ(place(*placer, PcpuId{0}).pcpu, PcpuId{5}) << "the lowest of equal cores, and there the idle one";
  EXPECT_EQ(place(*placer, PcpuId{7}).pcpu, PcpuId{6}) << "the core that holds the last one";
  loads[6] = busy(3);
  EXPECT_EQ(place(*placer, PcpuId{7}).pcpu, PcpuId{3}) << "now node 0 is lighter, and in it core (2 3)";
  allow_only({0, 1});
  EXPECT_EQ(place(*placer, PcpuId{7}).pcpu, PcpuId{0}) << "within what it may use";
}

TEST_F(Placements, SpreadWeighsByCapacity) {
  const auto placer = make("spread", two_nodes());
  for (std::size_t p = 0; p < 4; ++p) loads[p].capacity = 512;
  for (std::size_t p = 4; p < 8; ++p) loads[p].weight = 190;
  EXPECT_EQ(place(*placer, kNoPcpu).pcpu, PcpuId{4}) << "760 on 4096 is less than 400 on 2048";
}

/// Whatever the loads: an online pCPU that it may use, or none if it holds back; the same when asked again.
TEST(EveryPlacement, AnswersWithAnOnlinePcpuThatTheVcpuMayUse) {
  kit::Seeded random(20261122);
  SCOPED_TRACE(random.told());
  const Catalog catalog = standard_catalog();
  const Topology host = two_nodes();
  for (const PlacementEntry* entry : catalog.placements) {
    SCOPED_TRACE(entry->info.name);
    const auto placer = entry->make({.topology = host, .max_vcpus = 100, .seed = random.next()},
                                    ConstantValues(entry->info));
    for (int round = 0; round < 20'000; ++round) {
      kit::FakeLoads view(8);
      PcpuSet may;
      bool any = false;
      for (std::uint32_t p = 0; p < 8; ++p) {
        view[p] = random.below(4) == 0 ? idle() : busy(static_cast<std::uint32_t>(random.below(5)));
        const bool offline = random.below(4) == 0, allows = random.below(2) == 0;
        if (offline) view.take_offline(p);
        if (allows) may.insert(PcpuId{p});
        any |= allows && !offline;
      }
      if (!any) continue;
      Around around;
      around.has_run = Duration(random.below(5'000'000));
      around.woken_by = {.vcpu = id_at<VcpuId>(random.below(100)), .blocks = random.below(2) == 0};
      const PlacementRequest request{.vcpu = id_at<VcpuId>(random.below(100)),
                                     .last = random.below(9) == 8 ? kNoPcpu : id_at<PcpuId>(random.below(8)),
                                     .waker = random.below(9) == 8 ? kNoPcpu : id_at<PcpuId>(random.below(8)),
                                     .allowed = &may, .now = time_at(std::int64_t{round} * 1'000'000),
                                     .around = &around, .turn = random.next()};
      const Placement placed = placer->choose(request, view);
      if (placed.pcpu == kNoPcpu) {
        ASSERT_TRUE(placer->holds_back());
        continue;
      }
      ASSERT_TRUE(may.contains(placed.pcpu) && view.online(placed.pcpu));
      ASSERT_EQ(placer->choose(request, view).pcpu, placed.pcpu);
      const bool says_idle = placed.why == PlacementWhy::Idle || placed.why == PlacementWhy::Last;
      ASSERT_TRUE(!says_idle || view[index(placed.pcpu)].idle()) << "who says that it is idle is believed";
      ASSERT_TRUE(placed.why != PlacementWhy::Last || placed.pcpu == request.last);
    }
  }
}

TEST(EveryPlacement, WithoutAnyPcpuTheRequestIsWrong) {
  const Catalog catalog = standard_catalog();
  kit::FakeLoads nobody(8);
  for (std::size_t p = 0; p < 8; ++p) nobody.take_offline(p);
  const PcpuSet all = PcpuSet::first(8);
  const Topology host = two_nodes();
  for (const PlacementEntry* entry : catalog.placements)
    EXPECT_THROW(entry->make({.topology = host, .max_vcpus = 1}, ConstantValues(entry->info))
                     ->choose({.vcpu = VcpuId{0}, .last = PcpuId{3}, .allowed = &all}, nobody),
                 CheckFailure)
        << entry->info.name;
}

}  // namespace
}  // namespace roost
