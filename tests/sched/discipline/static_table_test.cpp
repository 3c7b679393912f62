#include "sched/discipline/static_table.hpp"

#include <gtest/gtest.h>

#include <array>

#include "sched/policy/catalog.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/kit/toy_host.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/static_table_model.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};
constexpr StaticTableConstants kTwo{.frame = milliseconds(20), .window = milliseconds(10), .slice = milliseconds(4)};

/// Forks vCPUs 0, 1, ... of these VMs at `now`.
void fork_vms(StaticTable& discipline, std::initializer_list<std::uint32_t> vms, Time now = at_ms(0)) {
  std::uint32_t v = 0;
  for (const std::uint32_t vm : vms) {
    discipline.admit(VcpuId{v}, {.vm = VmId{vm}, .allowed = PcpuSet::first(1)});
    discipline.enqueue(kQueue, VcpuId{v++}, EnqueueWhy::Fork, now);
  }
}

TEST(StaticTable, EachVmRunsInItsOwnWindow) {
  StaticTable discipline(2, 1, {.frame = milliseconds(20), .window = milliseconds(10), .slice = milliseconds(10)});
  fork_vms(discipline, {0, 1});
  const std::vector<kit::Ran> expected{{0, 0, 10000}, {1, 10000, 20000}, {0, 20000, 30000}, {1, 30000, 40000}};
  EXPECT_EQ(kit::run_hogs(discipline, 4), expected);
}

TEST(StaticTable, NobodyRunsInAnothersWindowNorInTheRestOfTheFrame) {
  // Windows of 10 ms at 0, 10, 20 of a frame of 35; only VM 1 has anybody.
  StaticTable discipline(1, 1, {.frame = milliseconds(35), .window = milliseconds(10), .slice = milliseconds(10)});
  fork_vms(discipline, {1});
  const std::vector<kit::Ran> expected{{0, 10000, 20000}, {0, 45000, 55000}, {0, 80000, 90000}};
  EXPECT_EQ(kit::run_hogs(discipline, 3), expected);
}

TEST(StaticTable, ThoseOfAWindowTakeTurnsAndGoOnInTheNext) {
  // A, B of VM 0, C of VM 2, which shares its window: turns of 4 ms, the last cut at the window's end.
  StaticTable discipline(3, 1, kTwo);
  fork_vms(discipline, {0, 0, 2});
  const std::vector<kit::Ran> expected{{0, 0, 4000},      {1, 4000, 8000},    {2, 8000, 10000},
                                       {2, 20000, 22000}, {0, 22000, 26000}, {1, 26000, 30000}};
  EXPECT_EQ(kit::run_hogs(discipline, 6), expected);
}

TEST(StaticTable, ByVcpuTheWindowsAreTheirs) {
  StaticTable discipline(2, 1, {.slice = milliseconds(10), .by_vcpu = true});
  fork_vms(discipline, {0, 0});
  const std::vector<kit::Ran> expected{{0, 0, 10000}, {1, 10000, 20000}, {0, 20000, 30000}};
  EXPECT_EQ(kit::run_hogs(discipline, 3), expected);
}

TEST(StaticTable, SaysWhenSomebodyMayRun) {
  StaticTable discipline(2, 1, kTwo);
  fork_vms(discipline, {1, 1}, at_ms(3));
  EXPECT_EQ(discipline.dormant(kQueue, at_ms(3)), 2u);
  const auto later = discipline.pick(kQueue, at_ms(3));
  EXPECT_EQ(later->vcpu, kNoVcpu);
  EXPECT_EQ(later->until, at_ms(10));
  EXPECT_EQ(discipline.eligible_at(kA, at_ms(3)), at_ms(10));
  EXPECT_EQ(discipline.eligible_at(kA, at_ms(15)), at_ms(10)) << "since then";
  EXPECT_EQ(discipline.eligible_at(kA, at_ms(20)), at_ms(30));
  EXPECT_EQ(discipline.dormant(kQueue, at_ms(10)), 0u);
  EXPECT_EQ(discipline.pick(kQueue, at_ms(12))->until, at_ms(16));
}

TEST(StaticTable, WhoWakesInItsWindowRunsAtOnceAndPreemptsNobody) {
  StaticTable discipline(2, 1, kTwo);
  fork_vms(discipline, {0, 0});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(1), at_ms(1));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(1));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1))->vcpu, kB);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(2));
  EXPECT_FALSE(discipline.preempts(kQueue, kA, kB, at_ms(2)));
  discipline.charge(kQueue, kB, milliseconds(2), at_ms(3));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Yield, at_ms(3));
  const auto pick = discipline.pick(kQueue, at_ms(3));
  EXPECT_EQ(pick->vcpu, kA);
  EXPECT_EQ(pick->until, at_ms(7)) << "a whole turn";
}

TEST(StaticTable, PicksOnlyWhoMayRunAndWaitsForThemAlone) {
  StaticTable discipline(3, 1, kTwo);
  fork_vms(discipline, {0, 0, 1});
  const kit::Only only_b{kB}, only_c{kC}, nobody{};
  EXPECT_EQ(discipline.pick(kQueue, only_b.at(at_ms(0)))->vcpu, kB);
  const auto later = discipline.pick(kQueue, only_c.at(at_ms(0)));
  EXPECT_EQ(later->vcpu, kNoVcpu);
  EXPECT_EQ(later->until, at_ms(10));
  EXPECT_FALSE(discipline.pick(kQueue, nobody.at(at_ms(0))));
}

TEST(StaticTable, GivesAwayFirstWhoMayRunNow) {
  StaticTable discipline(4, 1, {.frame = milliseconds(30), .window = milliseconds(10)});
  fork_vms(discipline, {0, 1, 1, 2}, at_ms(12));
  std::array<VcpuId, 4> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 4u);
  EXPECT_EQ(out, (std::array{kC, kB, kA, VcpuId{3}}));
}

TEST(StaticTable, AFrameShorterThanItsWindowIsOneWindow) {
  StaticTable discipline(2, 1, {.frame = milliseconds(5), .window = milliseconds(10), .slice = milliseconds(9)});
  fork_vms(discipline, {0, 1});  // both in the one window of 5 ms
  const std::vector<kit::Ran> expected{{0, 0, 5000}, {0, 5000, 9000}, {1, 9000, 10000}};
  EXPECT_EQ(kit::run_hogs(discipline, 3), expected);
}

TEST(StaticTable, DoesAsAPlainTable) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    StaticTable discipline(crowd.vcpus, naive::kRunqueues, naive::Table::kConstants);
    naive::Table model;
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

// Two pCPUs, whatever the balance: each VM has its share of both, and no more.
TEST(StaticTable, GivesEachVmItsWindowsOnAllPcpus) {
  const Topology topology = Topology::flat(2);
  std::vector<VcpuTraits> vcpus;
  for (std::uint32_t v = 0; v < 6; ++v) vcpus.push_back({.vm = VmId{v < 4 ? 0u : 1u}, .allowed = topology.all()});
  for (const char* policy : {"static_table", "static_table,balance=none", "static_table,balance=pull"}) {
    SCOPED_TRACE(policy);
    kit::ToyHost toys(std::move(*make_policy(policy, topology, 6)), topology, vcpus,
                      [](VcpuId, Time) { return kit::Life{}; });
    toys.run_until(time_at(0) + seconds(2));
    toys.check_invariants();
    Duration first{0}, second{0};
    for (std::uint32_t v = 0; v < 6; ++v) (v < 4 ? first : second) += toys.ran(VcpuId{v});
    EXPECT_EQ(first, seconds(2));
    EXPECT_EQ(second, seconds(2));
  }
}

}  // namespace
}  // namespace roost
