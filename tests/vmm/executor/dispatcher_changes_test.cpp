// Changes while a run is on: who moves, who may not, and that nothing is lost whatever else goes on.

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "tests/kit/dispatcher_scene.hpp"
#include "tests/kit/llc_host.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/kit/wild_balancer.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr PcpuId P0{0}, P1{1};
constexpr VcpuId A{0}, B{1};

using Scene = kit::DispatcherScene;

PcpuSet only(PcpuId pcpu) {
  PcpuSet set;
  set.insert(pcpu);
  return set;
}

std::uint64_t moves(const RunReport& report, MigrateWhy why) {
  std::uint64_t sum = 0;
  for (const VcpuReport& vcpu : report.vcpus)
    for (const auto& causes : vcpu.migrations) sum += causes[static_cast<std::size_t>(why)];
  return sum;
}

TEST(DispatcherChanges, AnOfflinePcpuGivesAwayWhoRunsAndWhoWaitsThere) {
  Scene scene(2, 4);
  scene.next(P0), scene.next(P1);
  scene.world.advance(1ms);
  EXPECT_TRUE(scene.outside().set_online(P0, false).done);
  EXPECT_EQ(scene.world.kicks, std::vector<PcpuId>{P0});
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, kNoVcpu);
  scene.dispatcher->check_invariants();
  for (int i = 0; i < 8; ++i) {
    scene.world.advance(10ms);
    EXPECT_NE(scene.returned(P1, ExitWhy::BudgetSpent).vcpu, kNoVcpu);
    EXPECT_EQ(scene.next(P0).vcpu, kNoVcpu) << "it takes nothing";
  }
  EXPECT_EQ(moves(scene.report(), MigrateWhy::Hotplug), 1u) << "of the two one had run";
}

TEST(DispatcherChanges, TimersLeaveWithTheirPcpu) {
  Scene scene(2, 2);
  scene.next(P0), scene.next(P1);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted, scene.world.now() + 1s).vcpu, kNoVcpu);
  scene.outside().set_online(P0, false);
  EXPECT_EQ(scene.next(P0).until, kNever) << "nobody's timer is left here";
  scene.returned(P1, ExitWhy::Stopped);
  scene.world.advance(1us);
  EXPECT_EQ(scene.returned(P1, ExitWhy::Halted, scene.world.now() + 1s).until, scene.world.now() + 1s);
  scene.dispatcher->check_invariants();
}

TEST(DispatcherChanges, NobodyIsPlacedOnAnOfflinePcpuAndItTakesPartAgainOnceItIsBack) {
  Scene scene(2, 3);
  scene.next(P0), scene.next(P1);
  scene.outside().set_online(P1, false);
  scene.returned(P1, ExitWhy::Halted);
  scene.world.advance(1us);
  scene.outside().wake(B);
  scene.dispatcher->check_invariants();
  EXPECT_EQ(scene.next(P1).vcpu, kNoVcpu);
  scene.world.advance(5ms);
  scene.returned(P0, ExitWhy::BudgetSpent);
  scene.world.kicks.clear();
  scene.outside().set_online(P1, true);
  EXPECT_EQ(scene.world.kicks, std::vector<PcpuId>{P1});
  EXPECT_NE(scene.next(P1).vcpu, kNoVcpu) << "it pulls";
}

TEST(DispatcherChanges, WhoeverWouldHaveNowhereToRunIsNamedAndNothingChanges) {
  Scene scene(2, 2);
  scene.next(P0), scene.next(P1);
  EXPECT_TRUE(scene.outside().set_allowed(B, only(P1)).done);
  const ChangeAnswer off = scene.outside().set_online(P1, false);
  EXPECT_FALSE(off.done);
  EXPECT_EQ(off.homeless, B);
  EXPECT_TRUE(scene.outside().set_online(P0, false).done);
  EXPECT_FALSE(scene.outside().set_allowed(A, only(P0)).done);
  EXPECT_FALSE(scene.outside().set_online(P1, false).done) << "the last one";
  scene.returned(P0, ExitWhy::Kicked);
  EXPECT_EQ(scene.returned(P1, ExitWhy::Stopped).vcpu, A);
}

TEST(DispatcherChanges, ANewAffinityMovesWhoRunsAtOnceAndWhoSleepsWhenItWakes) {
  Scene scene(2, 2);
  const VcpuId first = scene.next(P0).vcpu, second = scene.next(P1).vcpu;
  scene.outside().set_allowed(first, only(P1));
  EXPECT_EQ(scene.world.kicks.back(), P0);
  scene.world.advance(1us);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).vcpu, kNoVcpu);
  scene.world.advance(1us);
  EXPECT_EQ(scene.returned(P1, ExitWhy::Halted).vcpu, first);
  scene.outside().set_allowed(second, only(P0));
  scene.outside().wake(second);
  EXPECT_EQ(scene.next(P0).vcpu, second);
  scene.dispatcher->check_invariants();
}

TEST(DispatcherChanges, ANewWeightCountsForWhoRunsWaitsOrSleeps) {
  Scene scene(1, 3, "weighted_fair");
  scene.next(P0);
  const VcpuId sleeper = scene.returned(P0, ExitWhy::Halted).vcpu == A ? B : A;
  for (std::uint32_t v = 0; v < 3; ++v) scene.outside().set_weight(VcpuId{v}, Weight{100 * (v + 1)});
  scene.returned(P0, ExitWhy::Kicked);
  scene.outside().wake(sleeper), scene.outside().wake(A);
  std::array<Duration, 3> ran{};
  for (Time end = scene.world.now() + 6s; scene.world.now() < end;) {
    const auto next = scene.next(P0);
    ASSERT_NE(next.vcpu, kNoVcpu);
    ran[index(next.vcpu)] += next.until - scene.world.now();
    scene.world.advance(next.until - scene.world.now());
    scene.returned(P0, ExitWhy::BudgetSpent);
  }
  for (std::size_t v = 0; v < 3; ++v) {
    EXPECT_NEAR(static_cast<double>(ran[v].count()), 1e9 * static_cast<double>(v + 1), 2e7) << v;
    EXPECT_EQ(scene.dispatcher != nullptr, true);
  }
  EXPECT_EQ(scene.report().vcpus[VcpuId{2}].weight, Weight{300});
}

TEST(DispatcherChanges, ANewPolicyKeepsTheOrderAndRulesFromTheNextPickOn) {
  Scene scene(1, 3, "round_robin,slice=7ms");
  const VcpuId first = scene.next(P0).vcpu;
  scene.world.advance(1ms);
  scene.set_policy("round_robin,slice=2ms");
  EXPECT_EQ(scene.world.kicks, std::vector<PcpuId>{P0});
  std::vector<VcpuId> order;
  auto next = scene.returned(P0, ExitWhy::Kicked);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(next.until, scene.world.now() + 2ms);
    order.push_back(next.vcpu);
    scene.world.advance(2ms);
    next = scene.returned(P0, ExitWhy::BudgetSpent);
  }
  EXPECT_EQ(order, (std::vector{first, B, VcpuId{2}, first, B, VcpuId{2}}));
  const RunReport report = scene.report();
  EXPECT_EQ(report.policy, "round_robin,slice=7ms");
  ASSERT_EQ(report.policy_changes.size(), 1u);
  EXPECT_EQ(report.policy_changes[0].policy, "round_robin,slice=2ms");
  EXPECT_EQ(report.policy_changes[0].at, 1ms);
}

TEST(DispatcherChanges, IdleAndOfflinePcpusTakeTheNewDisciplineOverToo) {
  Scene scene(3, 2, "round_robin,slice=7ms");
  for (const PcpuId p : {P0, P1, PcpuId{2}}) scene.next(p);
  scene.outside().set_online(P1, false);
  scene.returned(P1, ExitWhy::Kicked);
  scene.next(PcpuId{2});
  EXPECT_EQ(scene.returned(PcpuId{2}, ExitWhy::Halted).vcpu, kNoVcpu);
  scene.world.kicks.clear();
  scene.set_policy("round_robin,slice=2ms");
  EXPECT_EQ(scene.world.kicks, (std::vector{P0, P1, PcpuId{2}}));
  scene.returned(P0, ExitWhy::Kicked);
  for (const PcpuId p : {P1, PcpuId{2}}) EXPECT_EQ(scene.next(p).vcpu, kNoVcpu);
  scene.dispatcher->check_invariants();
  EXPECT_NE(scene.dispatcher->policies().all()[0].policy.discipline, nullptr) << "until the next comes";
  scene.set_policy("roost");
  EXPECT_EQ(scene.dispatcher->policies().all()[0].policy.discipline, nullptr);
  EXPECT_EQ(scene.dispatcher->policies().all()[0].policy.balancer, nullptr);
  EXPECT_NE(scene.dispatcher->policies().all()[1].policy.discipline, nullptr) << "pCPUs are on their way";
}

TEST(DispatcherChanges, VcpusCrossBetweenRunqueuesOfTwoDisciplines) {
  Scene scene(2, 6, "round_robin,balance=pull");
  scene.next(P0), scene.next(P1);
  const VcpuId sleeper = scene.dispatcher->pcpus()[P1].current;
  scene.returned(P1, ExitWhy::Halted);
  scene.outside().set_weight(sleeper, Weight{300});
  scene.set_policy("weighted_fair");
  for (int i = 0; i < 3; ++i) scene.returned(P0, ExitWhy::Halted);  // pCPU 0 takes it over, runs dry and pulls
  EXPECT_NE(scene.dispatcher->pcpus()[P0].current, kNoVcpu);
  scene.dispatcher->check_invariants();
  EXPECT_TRUE(scene.dispatcher->pcpus()[P1].has_news);
  scene.outside().set_allowed(sleeper, only(P1));
  scene.outside().wake(sleeper);  // from neither to the old one
  EXPECT_EQ(scene.dispatcher->vcpus()[sleeper].where.load(), P1);
  scene.dispatcher->check_invariants();
  scene.returned(P1, ExitWhy::Yielded);
  EXPECT_FALSE(scene.dispatcher->pcpus()[P1].has_news);
  scene.dispatcher->check_invariants();
}

TEST(DispatcherChanges, APollerThatIsHandedAVcpuByTheOldDisciplineStillComesToTheNew) {
  Scene scene(1, 1, "round_robin,slice=7ms");
  scene.next(P0);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Halted).vcpu, kNoVcpu);
  scene.set_policy("round_robin,slice=2ms");
  scene.world.await_vcpu(P0);
  scene.outside().wake(A);
  ASSERT_EQ(scene.world.handed.size(), 1u);
  EXPECT_EQ(scene.world.handed[0].slice, 7ms);
  scene.world.act_as(P0);
  scene.dispatcher->take(P0, A, scene.world.handed[0].slice, scene.world.now());
  scene.world.advance(1us);
  EXPECT_EQ(scene.returned(P0, ExitWhy::Kicked).until, scene.world.now() + 2ms);
  scene.dispatcher->check_invariants();
}

TEST(DispatcherChanges, ASleeperWakesIntoTheNewDisciplineWithItsPresentWeight) {
  Scene scene(1, 2, "round_robin");
  const VcpuId sleeper = scene.next(P0).vcpu;
  const VcpuId other = scene.returned(P0, ExitWhy::Halted).vcpu;
  scene.set_policy("weighted_fair,latency=4ms,slice=1ms");
  scene.returned(P0, ExitWhy::Kicked);
  scene.outside().set_weight(sleeper, Weight{300});
  scene.outside().wake(sleeper);
  std::array<Duration, 2> ran{};
  for (Time end = scene.world.now() + 4s; scene.world.now() < end;) {
    const auto next = scene.next(P0);
    ran[index(next.vcpu)] += next.until - scene.world.now();
    scene.world.advance(next.until - scene.world.now());
    scene.returned(P0, ExitWhy::BudgetSpent);
  }
  EXPECT_NEAR(static_cast<double>(ran[index(sleeper)].count()), 3e9, 2e7);
  EXPECT_NEAR(static_cast<double>(ran[index(other)].count()), 1e9, 2e7);
}

/// A run at random with changes at random: nobody is lost, runs where it may not, or is left on a pCPU that has gone.
class RandomChanges {
 public:
  RandomChanges(kit::Seeded& random, std::string_view spec, Granularity granularity, bool has_pools = false)
      : random_(random), pcpus_(1 + random.below(6)), vcpus_(1 + random.below(12)), pools_(pcpus_),
        allowed_(drawn(has_pools)), online_(PcpuSet::first(pcpus_)),
        scene_(kit::llc_host({pcpus_ - pcpus_ / 3, pcpus_ / 3}), Scene::traits_of(allowed_), spec,
               Scene::Divided{granularity, beside_}, std::vector<PcpuSet>(vcpus_)) {
    if (!has_pools) go_wild(spec);
  }

  void walk(int steps) {
    for (int i = 0; i < steps; ++i) {
      scene_.world.advance(Duration(static_cast<std::int64_t>(random_.below(300'000))));
      if (random_.below(8) == 0) change();
      else if (random_.below(4) == 0) scene_.outside().wake(id_at<VcpuId>(random_.below(vcpus_)));
      else come_back(id_at<PcpuId>(random_.below(pcpus_)));
      scene_.dispatcher->check_invariants();
    }
    settle();
    const RunReport report = scene_.report();
    EXPECT_EQ(total_of(report), static_cast<std::size_t>(vcpus_));
    for (const PcpuReport& pcpu : report.pcpus) sent += pcpu.sent;
  }
  std::uint64_t refused = 0, made = 0, sent = 0;

 private:
  /// Two pools of some pCPUs each, if there are to be any; each vCPU begins in one, or beside them.
  std::vector<PcpuSet> drawn(bool has_pools) {
    beside_.resize(has_pools ? 2 : 0);
    for (std::size_t p = 0; p < pcpus_ && has_pools; ++p)
      if (const std::uint64_t pool = random_.below(3); pool < 2) beside_[pool].insert(id_at<PcpuId>(p));
    for (const PcpuSet& pcpus : beside_) pools_.add(pcpus);
    std::vector<PcpuSet> allowed;
    while (allowed.size() < vcpus_)
      if (const PcpuSet& some = pools_.members(drawn_pool()); !some.empty()) allowed.push_back(some);
    return allowed;
  }
  PoolId drawn_pool() { return id_at<PoolId>(random_.below(pools_.size())); }
  static std::size_t total_of(const RunReport& report) {
    for (const VcpuReport& vcpu : report.vcpus) EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted, vcpu.lifetime);
    return report.vcpus.size();
  }
  void come_back(PcpuId p) {
    constexpr std::array<ExitWhy, 5> kWhys{ExitWhy::BudgetSpent, ExitWhy::Kicked, ExitWhy::Halted, ExitWhy::Yielded,
                                           ExitWhy::Halted};
    const bool runs = running_.contains(p) && running_[p] != kNoVcpu;
    const ExitWhy why = kWhys[random_.below(kWhys.size())];
    const Time wake_at = random_.below(2) ? kNever : scene_.world.now() + Duration{random_.between(1'000, 500'000)};
    const auto next = runs ? scene_.returned(p, why, wake_at) : scene_.next(p);
    running_[p] = next.vcpu;
    if (next.vcpu == kNoVcpu) return;
    EXPECT_TRUE(allowed_[index(next.vcpu)].contains(p)) << "vCPU " << index(next.vcpu) << " on pCPU " << index(p);
    EXPECT_TRUE(online_.contains(p));
  }
  void go_wild(std::string_view spec) {
    scene_.outside().set_policy(kit::gone_wild(scene_.policy(spec, vcpus_), pcpus_, random_.below(1'000'000)));
  }
  void change() {
    const auto vcpu = id_at<VcpuId>(random_.below(vcpus_));
    const auto pcpu = id_at<PcpuId>(random_.below(pcpus_));
    ChangeAnswer answer;
    switch (random_.below(5)) {
      case 0:
        answer = scene_.outside().set_weight(vcpu, Weight{1 + static_cast<std::uint32_t>(random_.below(500))});
        break;
      case 1: {
        PcpuSet set;
        pools_.members(drawn_pool()).for_each([&](PcpuId p) {
          if (random_.below(2)) set.insert(p);
        });
        answer = scene_.outside().set_allowed(vcpu, set);
        if (answer.done) allowed_[index(vcpu)] = set;
        break;
      }
      case 2: {
        constexpr std::array<const char*, 9> kSpecs{
            "roost", "round_robin", "round_robin,slice=20us,balance=none", "weighted_fair,balance=push,period=50us",
            "roost,balance=pull", "round_robin,place=null,balance=none", "roost,place=null", "roost,place=energy_aware",
            "roost,place=wake_affine"};
        const char* const spec = kSpecs[random_.below(kSpecs.size())];
        if (pools_.any()) scene_.outside().set_policy(scene_.policy(spec, vcpus_, drawn_pool()));
        else random_.below(2) ? go_wild(spec) : scene_.set_policy(spec);
        break;
      }
      case 3: {
        PcpuSet set;
        for (std::size_t p = 0; p < pcpus_; ++p)
          if (random_.below(3) == 0) set.insert(id_at<PcpuId>(p));
        answer = scene_.outside().set_preferred(vcpu, set);
        break;
      }
      default: {
        const bool on = !online_.contains(pcpu);
        answer = scene_.outside().set_online(pcpu, on);
        if (answer.done && on) online_.insert(pcpu);
        if (answer.done && !on) online_.erase(pcpu);
      }
    }
    ++(answer.done ? made : refused);
    for (const PcpuId kicked : std::exchange(scene_.world.kicks, {})) come_back(kicked);  // the kick arrives
  }
  /// Everybody runs to its end.
  void settle() {
    for (int turns = 0; turns < 10'000 && !scene_.dispatcher->all_finished(); ++turns) {
      for (std::uint32_t v = 0; v < vcpus_; ++v) scene_.outside().wake(VcpuId{v});
      for (std::uint32_t p = 0; p < pcpus_; ++p) {
        scene_.world.advance(1us);
        const auto id = PcpuId{p};
        running_[id] = running_[id] == kNoVcpu ? scene_.next(id).vcpu : scene_.returned(id, ExitWhy::Stopped).vcpu;
      }
    }
    EXPECT_TRUE(scene_.dispatcher->all_finished()) << "nobody is lost";
    scene_.dispatcher->check_invariants();
  }

  kit::Seeded& random_;
  std::size_t pcpus_, vcpus_;
  Pools pools_;
  std::vector<PcpuSet> beside_;
  std::vector<PcpuSet> allowed_;
  PcpuSet online_;
  Scene scene_;
  IdVector<PcpuId, VcpuId> running_{8, kNoVcpu};
};

class ChangesAtRandom : public testing::TestWithParam<Granularity> {};

TEST_P(ChangesAtRandom, LoseNobodyAndKeepEveryoneWhereItMayRun) {
  std::uint64_t refused = 0, made = 0, sent = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed)
    for (const char* spec : {"round_robin", "weighted_fair", "roost,balance=none", "roost,place=null"}) {
      kit::Seeded random(seed);
      SCOPED_TRACE(random.told() + " policy " + spec);
      RandomChanges walk(random, spec, GetParam());
      walk.walk(600);
      refused += walk.refused, made += walk.made, sent += walk.sent;
      if (testing::Test::HasFailure()) return;
    }
  EXPECT_GT(refused, 100u);
  EXPECT_GT(made, 1000u);
  EXPECT_EQ(sent > 100, GetParam() != Granularity::Machine) << "who runs must have been asked to move, too";
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kUsualScenes = 300;
#else
constexpr std::uint64_t kUsualScenes = 33'334;  // of each granularity: 10^5 in all
#endif

/// As many scenes as ROOST_TEST_SCENES says, of 100 steps each; kUsualScenes if it says nothing.
TEST_P(ChangesAtRandom, OfPoolsEachWithItsPolicyLoseNobodyEither) {
  const char* const wanted = std::getenv("ROOST_TEST_SCENES");
  const std::uint64_t scenes = wanted == nullptr ? kUsualScenes : std::strtoull(wanted, nullptr, 0);
  constexpr std::array kSpecs{"round_robin", "weighted_fair", "roost", "roost,place=null", "linux-cfs", "mqms-push"};
  std::uint64_t made = 0;
  for (std::uint64_t seed = 1; seed <= scenes; ++seed) {
    kit::Seeded random(seed);
    const char* const spec = kSpecs[seed % kSpecs.size()];
    SCOPED_TRACE(random.told() + " policy " + spec);
    RandomChanges walk(random, spec, GetParam(), true);
    walk.walk(100);
    made += walk.made;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(made, 3 * scenes);
}

INSTANTIATE_TEST_SUITE_P(Runqueues, ChangesAtRandom,
                         testing::Values(Granularity::Pcpu, Granularity::Llc, Granularity::Machine),
                         [](const auto& granularity) { return std::string(name_of(granularity.param)); });

}  // namespace
}  // namespace roost
