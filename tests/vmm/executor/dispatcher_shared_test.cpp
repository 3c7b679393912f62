// Runqueues that several pCPUs share: who is told of a newcomer, who takes whom, and that nobody waits beside one that
// idles.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/kit/dispatcher_scene.hpp"
#include "tests/kit/llc_host.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr PcpuId P0{0}, P1{1}, P2{2};
constexpr VcpuId A{0}, B{1}, C{2}, D{3};
using Kicks = std::vector<PcpuId>;

PcpuSet set_of(std::initializer_list<PcpuId> pcpus) {
  PcpuSet set;
  for (const PcpuId pcpu : pcpus) set.insert(pcpu);
  return set;
}

/// One runqueue for all pCPUs, which have all looked once.
struct Machine : kit::DispatcherScene {
  Machine(std::size_t pcpus, const std::vector<PcpuSet>& allowed, std::string_view spec = "round_robin")
      : DispatcherScene(Topology::flat(pcpus), allowed, spec, Granularity::Machine), runs(pcpus, kNoVcpu) {
    for (std::size_t p = 0; p < pcpus; ++p) look(id_at<PcpuId>(p));
    kicks();
  }
  Machine(std::size_t pcpus, std::size_t vcpus, std::string_view spec = "round_robin")
      : Machine(pcpus, std::vector<PcpuSet>(vcpus, PcpuSet::first(pcpus)), spec) {}
  VcpuId look(PcpuId p) { return runs[index(p)] = next(p).vcpu; }
  VcpuId back(PcpuId p, ExitWhy why) { return runs[index(p)] = returned(p, why).vcpu; }
  PcpuId where(VcpuId vcpu) const {
    return id_at<PcpuId>(static_cast<std::size_t>(std::find(runs.begin(), runs.end(), vcpu) - runs.begin()));
  }
  Kicks kicks() { return std::exchange(world.kicks, {}); }
  Kicks wake(VcpuId vcpu) {
    outside().wake(vcpu);
    dispatcher->check_invariants();
    return kicks();
  }
  std::uint64_t moves(MigrateWhy why) {
    std::uint64_t sum = 0;
    for (const VcpuReport& vcpu : report().vcpus)
      for (const auto& causes : vcpu.migrations) sum += causes[static_cast<std::size_t>(why)];
    return sum;
  }
  std::vector<VcpuId> runs;
};

TEST(SharedRunqueues, ANewcomerCallsWhereItRanLastAndAnotherIfThatIsTaken) {
  Machine scene(3, 3);
  const PcpuId last = scene.where(B);
  for (const PcpuId p : {P0, P1, P2}) ASSERT_EQ(scene.back(p, ExitWhy::Halted), kNoVcpu);
  EXPECT_EQ(scene.wake(B), Kicks{last});
  EXPECT_EQ(scene.look(last), B);
  const PcpuId of_a = scene.dispatcher->vcpus()[A].last_ran;
  EXPECT_EQ(scene.wake(A), Kicks{of_a});
  const Kicks third = scene.wake(C);
  ASSERT_EQ(third.size(), 1u);
  EXPECT_NE(third[0], of_a) << "that one comes for another";
  EXPECT_NE(third[0], last) << "that one runs another";
}

TEST(SharedRunqueues, NobodyIsCalledTwice) {
  Machine scene(2, 3);
  scene.back(P0, ExitWhy::Halted), scene.back(P0, ExitWhy::Halted), scene.back(P1, ExitWhy::Halted);
  EXPECT_EQ(scene.wake(A).size(), 1u);
  EXPECT_EQ(scene.wake(B).size(), 1u);
  EXPECT_EQ(scene.wake(C), Kicks{}) << "both come already";
  EXPECT_NE(scene.look(P0), kNoVcpu);
  EXPECT_NE(scene.look(P1), kNoVcpu);
  EXPECT_EQ(scene.kicks(), Kicks{}) << "nobody is idle";
}

TEST(SharedRunqueues, WhoHasBeenCalledIsEnoughForAnother) {
  Machine scene(3, 2);
  const PcpuId of_a = scene.where(A), of_b = scene.where(B);
  ASSERT_EQ(scene.back(of_a, ExitWhy::Halted), kNoVcpu);
  ASSERT_EQ(scene.wake(A), Kicks{of_a});
  scene.world.advance(1s);
  EXPECT_EQ(scene.back(of_b, ExitWhy::BudgetSpent), A);
  EXPECT_EQ(scene.kicks(), Kicks{}) << "B waits alone, and one comes already";
  EXPECT_EQ(scene.look(of_a), B);
}

TEST(SharedRunqueues, WithNobodyIdleTheLeastUrgentIsPreempted) {
  Machine scene(2, 3, "weighted_fair");
  const VcpuId first = scene.runs[0], second = scene.runs[1];
  const VcpuId sleeper = id_at<VcpuId>(3 - index(first) - index(second));
  scene.world.advance(1ms);
  ASSERT_EQ(scene.back(P1, ExitWhy::Halted), sleeper);
  scene.world.advance(100us);
  ASSERT_EQ(scene.back(P1, ExitWhy::Halted), kNoVcpu);
  ASSERT_EQ(scene.wake(second), Kicks{P1});
  ASSERT_EQ(scene.look(P1), second);
  scene.world.advance(1ms);
  EXPECT_EQ(scene.wake(sleeper), Kicks{P0}) << "P0's has run for 2.1 ms, P1's for 2 ms";
  EXPECT_EQ(scene.back(P0, ExitWhy::Kicked), sleeper);
}

TEST(SharedRunqueues, APreemptionKeepsToTheAffinityOfWhoComes) {
  const PcpuSet all = PcpuSet::first(2);
  Machine scene(2, {all, all, set_of({P1})}, "weighted_fair");
  ASSERT_EQ(scene.back(P1, ExitWhy::Halted), C);
  scene.world.advance(100us);
  ASSERT_EQ(scene.back(P1, ExitWhy::Halted), kNoVcpu);
  ASSERT_EQ(scene.wake(B), Kicks{P1});
  ASSERT_EQ(scene.look(P1), B);
  scene.world.advance(2ms);
  EXPECT_EQ(scene.wake(C), Kicks{P1}) << "P0's has run longer, but C may not run there";
  EXPECT_EQ(scene.back(P1, ExitWhy::Kicked), C);
}

// A newcomer that may use P0 alone displaces a vCPU that is more urgent than what P1 runs.
TEST(SharedRunqueues, WhoIsPreemptedPreemptsInItsTurn) {
  const PcpuSet all = PcpuSet::first(2);
  Machine scene(2, {all, all, set_of({P0})}, "mlfq,boost=100s");
  while (scene.runs[0] != C) scene.back(P0, ExitWhy::Yielded);
  const VcpuId high = scene.back(P0, ExitWhy::Halted), low = scene.runs[1];
  ASSERT_EQ(scene.back(P0, ExitWhy::Halted), kNoVcpu) << "two sleep on the top level";
  for (const Duration allotment : {10ms, 20ms}) {
    scene.world.advance(allotment);
    ASSERT_EQ(scene.back(P1, ExitWhy::BudgetSpent), low) << "and one runs two levels down";
  }
  ASSERT_EQ(scene.wake(high), Kicks{P0});
  ASSERT_EQ(scene.look(P0), high);
  scene.world.advance(10ms);
  ASSERT_EQ(scene.back(P0, ExitWhy::BudgetSpent), high) << "one level down";
  scene.world.advance(1ms);
  EXPECT_EQ(scene.wake(C), Kicks{P0});
  EXPECT_EQ(scene.back(P0, ExitWhy::Kicked), C);
  EXPECT_EQ(scene.kicks(), Kicks{P1});
  EXPECT_EQ(scene.back(P1, ExitWhy::Kicked), high);
  EXPECT_EQ(scene.kicks(), Kicks{}) << "who ran there is less urgent than all";
  scene.dispatcher->check_invariants();
}

// The same, but a pCPU that was called for somebody else, whom another has taken meanwhile, is on its way.
TEST(SharedRunqueues, WhoIsPreemptedWaitsForAPcpuThatComesAnyway) {
  const PcpuSet all = PcpuSet::first(3);
  Machine scene(3, {all, all, set_of({P0}), all}, "mlfq,boost=100s");
  ASSERT_EQ(scene.runs, (std::vector<VcpuId>{A, B, D})) << "C may use P0 alone";
  for (const PcpuId p : {P0, P0, P1, P2}) scene.back(p, ExitWhy::Halted);
  ASSERT_EQ(scene.wake(D), Kicks{P2});
  ASSERT_EQ(scene.look(P2), D);
  scene.world.advance(10ms);
  ASSERT_EQ(scene.back(P2, ExitWhy::BudgetSpent), D) << "one level down";
  ASSERT_EQ(scene.back(P2, ExitWhy::Halted), kNoVcpu);
  ASSERT_EQ(scene.wake(B), Kicks{P1});
  ASSERT_EQ(scene.look(P1), B);
  for (const Duration allotment : {10ms, 20ms}) {
    scene.world.advance(allotment);
    ASSERT_EQ(scene.back(P1, ExitWhy::BudgetSpent), B) << "in the end two levels down";
  }
  ASSERT_EQ(scene.wake(A), Kicks{P0});
  ASSERT_EQ(scene.look(P0), A);
  ASSERT_EQ(scene.wake(D), Kicks{P2}) << "P2 will look";
  ASSERT_EQ(scene.back(P0, ExitWhy::Halted), D) << "and find nobody";
  ASSERT_EQ(scene.wake(C), Kicks{P0});
  EXPECT_EQ(scene.back(P0, ExitWhy::Kicked), C);
  EXPECT_EQ(scene.kicks(), Kicks{}) << "D could preempt B, but P2 comes";
  EXPECT_EQ(scene.look(P2), D);
}

TEST(SharedRunqueues, TwoWhoComePreemptTwo) {
  Machine scene(2, 4, "mlfq,boost=100s");
  const VcpuId first = scene.runs[0], second = scene.runs[1];
  scene.back(P0, ExitWhy::Halted), scene.back(P1, ExitWhy::Halted);
  scene.world.advance(10ms);
  scene.back(P0, ExitWhy::BudgetSpent), scene.back(P1, ExitWhy::BudgetSpent);  // both a level down
  EXPECT_EQ(scene.wake(first), Kicks{P0});
  EXPECT_EQ(scene.wake(second), Kicks{P1}) << "P0 has been told already";
  EXPECT_EQ(scene.back(P0, ExitWhy::Kicked), first);
  EXPECT_EQ(scene.back(P1, ExitWhy::Kicked), second);
}

// Nobody displaces whose slice is over: it has lost its turn.
TEST(SharedRunqueues, WhoseTurnIsOverPreemptsNobody) {
  Machine scene(2, 3, "weighted_fair");
  const VcpuId out = scene.runs[0];
  scene.world.advance(6ms);
  ASSERT_NE(scene.back(P0, ExitWhy::BudgetSpent), out);
  scene.world.advance(50ms);
  ASSERT_EQ(scene.back(P0, ExitWhy::BudgetSpent), out);
  EXPECT_EQ(scene.kicks(), Kicks{}) << "who has run for 50 ms waits, and P1's has run for 56 ms";
}

TEST(SharedRunqueues, WhoIsPutBackGoesToAnIdlePcpuThatMayRunIt) {
  const PcpuSet both = PcpuSet::first(2);
  Machine scene(2, {both, set_of({P0})});
  const auto& vcpus = scene.dispatcher->vcpus();
  while (vcpus[A].state != VcpuState::Blocked || vcpus[B].state != VcpuState::Blocked)
    for (const PcpuId p : {P0, P1}) scene.runs[index(p)] == kNoVcpu ? scene.look(p) : scene.back(p, ExitWhy::Halted);
  scene.kicks();
  scene.outside().wake(A);
  ASSERT_EQ(scene.kicks(), Kicks{P0});
  ASSERT_EQ(scene.look(P0), A);
  EXPECT_EQ(scene.wake(B), Kicks{}) << "it may run on P0 alone, and round robin preempts nobody";
  scene.world.advance(1s);
  EXPECT_EQ(scene.back(P0, ExitWhy::BudgetSpent), B);
  EXPECT_EQ(scene.kicks(), Kicks{P1}) << "A waits, and P1 is idle";
  EXPECT_EQ(scene.look(P1), A);
  EXPECT_EQ(scene.moves(MigrateWhy::Shared), 1u);
}

TEST(SharedRunqueues, AVcpuIsHandedToAPollerOfItsRunqueue) {
  Machine scene(2, 1);
  const PcpuId last = scene.where(A);
  scene.back(last, ExitWhy::Halted);
  scene.world.await_vcpu(last);
  EXPECT_EQ(scene.wake(A), Kicks{});
  ASSERT_EQ(scene.world.handed.size(), 1u);
  EXPECT_EQ(scene.world.handed[0].vcpu, A);
  scene.dispatcher->take(last, A, scene.world.handed[0].slice, scene.world.now());
  EXPECT_EQ(scene.returned(last, ExitWhy::Halted).vcpu, kNoVcpu);
  scene.dispatcher->check_invariants();
}

TEST(SharedRunqueues, TheLastToStopTakesTheNewDisciplineOver) {
  Machine scene(2, 3);
  scene.world.advance(10us);
  scene.set_policy("fifo");
  EXPECT_EQ(scene.kicks(), (Kicks{P0, P1}));
  EXPECT_EQ(scene.back(P0, ExitWhy::Kicked), kNoVcpu) << "P1 still runs somebody by the old one";
  scene.dispatcher->check_invariants();
  EXPECT_NE(scene.back(P1, ExitWhy::Kicked), kNoVcpu);
  EXPECT_EQ(scene.kicks(), Kicks{P0});
  EXPECT_NE(scene.look(P0), kNoVcpu);
  scene.dispatcher->check_invariants();
}

TEST(SharedRunqueues, WhoRanOnAPcpuThatGoesWaitsForAnotherOfTheRunqueue) {
  Machine scene(2, 2);
  const VcpuId there = scene.runs[0];
  EXPECT_TRUE(scene.outside().set_online(P0, false).done);
  EXPECT_EQ(scene.back(P0, ExitWhy::Kicked), kNoVcpu);
  scene.dispatcher->check_invariants();
  EXPECT_EQ(scene.dispatcher->loads().load(P1).capacity, 1024u);
  scene.world.advance(1s);
  EXPECT_EQ(scene.back(P1, ExitWhy::BudgetSpent), there);
  EXPECT_EQ(scene.moves(MigrateWhy::Shared), 1u);
  EXPECT_EQ(scene.moves(MigrateWhy::Hotplug), 0u);
}

TEST(SharedRunqueues, APcpuThatHasGoneIsNotCalledAndOneThatComesBackOnlyOnce) {
  Machine scene(2, 2);
  ASSERT_EQ(scene.runs, (std::vector<VcpuId>{A, B}));
  for (const PcpuId p : {P0, P1}) scene.back(p, ExitWhy::Halted);
  const auto set_online = [&](bool online) {
    EXPECT_TRUE(scene.outside().set_online(P0, online).done);
    scene.dispatcher->check_invariants();
    scene.kicks();
  };
  set_online(false);
  EXPECT_EQ(scene.wake(A), Kicks{P1}) << "where A ran last idles, but has gone";
  EXPECT_EQ(scene.look(P1), A);
  set_online(true);
  EXPECT_EQ(scene.look(P0), kNoVcpu);
  EXPECT_EQ(scene.wake(B), Kicks{P0});
  set_online(false);
  set_online(true);
  EXPECT_EQ(scene.look(P0), B);
}

TEST(SharedRunqueues, OnlyWhoMayGoNowhereElseLeavesWithItsPcpu) {
  const Topology host = kit::llc_host({2, 1});
  const PcpuSet ends = set_of({P0, P2}), all = PcpuSet::first(3);
  kit::DispatcherScene scene(host, {ends, all, all, all}, "round_robin,balance=none", Granularity::Llc);
  for (const PcpuId p : {P0, P1, P2}) scene.next(p);
  scene.world.kicks.clear();
  const PcpuId of_a = scene.dispatcher->vcpus()[A].where.load();
  ASSERT_EQ(of_a, P0);
  scene.outside().set_online(P0, false);
  scene.returned(P0, ExitWhy::Kicked);
  scene.dispatcher->check_invariants();
  EXPECT_EQ(scene.dispatcher->vcpus()[A].where.load(), P2) << "of P0's LLC it may use nothing else";
}

/// Any order of exits, wakeups and time on runqueues of any granularity.
void random_walk(kit::Seeded& random, std::string_view spec, Granularity granularity) {
  const Topology host = kit::llc_host({1 + random.below(4), random.below(4)});
  const std::size_t pcpus = host.pcpu_count(), vcpus = 1 + random.below(14);
  std::vector<PcpuSet> allowed;
  for (std::size_t v = 0; v < vcpus; ++v) {
    PcpuSet set;
    for (std::size_t p = 0; p < pcpus; ++p)
      if (random.below(3) != 0) set.insert(id_at<PcpuId>(p));
    allowed.push_back(set.empty() || random.below(2) == 0 ? host.all() : set);
  }
  kit::DispatcherScene scene(host, allowed, spec, granularity);
  std::vector<VcpuId> runs(pcpus, kNoVcpu);
  for (int step = 0; step < 1500; ++step) {
    const auto id = id_at<PcpuId>(random.below(pcpus));
    scene.world.advance(Duration(random.between(0, 400'000)));
    scene.world.act_as(random.below(4) ? id : kNoPcpu);
    if (random.below(3) == 0) scene.dispatcher->wake(id_at<VcpuId>(random.below(vcpus)));
    constexpr std::array kWhys{ExitWhy::BudgetSpent, ExitWhy::Kicked, ExitWhy::Halted, ExitWhy::Halted,
                               ExitWhy::Yielded};
    const Time wake_at = random.below(2) ? kNever : scene.world.now() + Duration(random.between(0, 1'000'000));
    const auto next = runs[index(id)] == kNoVcpu ? scene.next(id) : scene.returned(id, kWhys[random.below(5)], wake_at);
    runs[index(id)] = next.vcpu;
    ASSERT_TRUE(next.vcpu == kNoVcpu || allowed[index(next.vcpu)].contains(id));
    ASSERT_TRUE(scene.world.holds_nothing());
    scene.dispatcher->check_invariants();
  }
  EXPECT_EQ(scene.report().vcpus.size(), vcpus);  // close() checks the sums
}

TEST(SharedRunqueues, SurviveRandomWalks) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    for (const char* const spec : {"round_robin", "roost", "credit2,balance=domains"})
      for (const Granularity granularity : {Granularity::Llc, Granularity::Machine}) {
        kit::Seeded random(seed);
        SCOPED_TRACE(random.told() + " policy " + spec + " by " + name_of(granularity));
        random_walk(random, spec, granularity);
        if (testing::Test::HasFailure()) return;
      }
}

}  // namespace
}  // namespace roost
