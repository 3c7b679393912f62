#include "sched/discipline/stride.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/stride_model.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};
constexpr RunqueueId kOther{1};

std::vector<std::uint32_t> order(const std::vector<kit::Ran>& trace) {
  std::vector<std::uint32_t> order;
  for (const kit::Ran& ran : trace) order.push_back(ran.vcpu);
  return order;
}

TEST(Stride, TheExampleOfThePaper) {
  // Tickets 3 : 2 : 1, here 300 : 200 : 100. Strides 3495, 5242 and 10485, and passes begin there:
  //   A 3495 runs, 6990; B 5242 runs, 10484; A 6990 runs, 10485; B 10484 runs, 15726 or so; A and C at 10485: A runs,
  //   13981; C runs, 20971; A 13981 ...: after each six quanta 3, 2 and 1.
  Stride discipline(3, 1);
  kit::fork_all(discipline, {300, 200, 100});
  EXPECT_EQ(order(kit::run_hogs(discipline, 6)), (std::vector<std::uint32_t>{0, 1, 0, 1, 0, 2}));
}

TEST(Stride, AFractionOfAQuantumCostsAFractionOfAStride) {
  // Equal tickets. A yields after 2 ms of its 10: its pass has grown by a fifth of a stride, and it runs again, four
  // times more, until both have come to the same pass; the lower id then goes first.
  Stride discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(10), at_ms(10));
  discipline.enqueue(kQueue, kA, EnqueueWhy::SliceEnd, at_ms(10));
  for (int turn = 0; turn < 5; ++turn) {
    const Time now = at_ms(10 + 2 * turn);
    ASSERT_EQ(discipline.pick(kQueue, now)->vcpu, kB);
    discipline.charge(kQueue, kB, milliseconds(2), now + milliseconds(2));
    discipline.enqueue(kQueue, kB, EnqueueWhy::Yield, now + milliseconds(2));
  }
  EXPECT_EQ(discipline.pick(kQueue, at_ms(20))->vcpu, kA);
}

TEST(Stride, ASleeperComesBackAsFarFromTheGlobalPassAsItLeft) {
  // Two of 100 tickets, passes 10485. A runs 10 ms (20971; global 5242) and sleeps: remain 15728. B alone runs 1 s, and
  // the global pass with it by 100 strides. A wakes one and a half strides ahead of the global pass, B is one ahead.
  Stride discipline(2, 1);
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, milliseconds(10), at_ms(10));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(10));
  EXPECT_EQ(order(kit::run_hogs(discipline, 100, at_ms(10))), std::vector<std::uint32_t>(100, 1));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(1010));
  EXPECT_EQ(discipline.urgency_of(kA), -15728);  // 10485 + 10485 (.76 is kept aside) - 5242 (.88)
  EXPECT_EQ(discipline.urgency_of(kB), -5243);  // 1059061 of B less 1053818 (.88) of all
  EXPECT_EQ(order(kit::run_hogs(discipline, 2, at_ms(1010))), (std::vector<std::uint32_t>{1, 0}));
}

TEST(Stride, WhoMigratesKeepsItsDistance) {
  Stride discipline(3, 2);
  kit::fork_all(discipline, {100, 100, 100});
  kit::run_hogs(discipline, 31);  // A has run 11 times, the others 10
  const Urgency ahead = discipline.urgency_of(kA);
  discipline.leave(kQueue, kA, LeaveWhy::Migrating, at_ms(310));
  discipline.enqueue(kOther, kA, EnqueueWhy::Migrated, at_ms(310));
  EXPECT_EQ(discipline.urgency_of(kA), ahead);
  EXPECT_EQ(discipline.urgency(kOther), ahead);
  discipline.check_invariants(kQueue);
  discipline.check_invariants(kOther);
}

TEST(Stride, ANewWeightScalesWhatRemains) {
  // A's remain is its stride, 10485; with four times the tickets it is 2621: before B's 10485.
  Stride discipline(2, 1);
  for (const VcpuId vcpu : {kA, kB}) discipline.admit(vcpu, {.allowed = PcpuSet::first(1)});
  discipline.reweigh(kB, Weight{400});
  discipline.enqueue(kQueue, kA, EnqueueWhy::Fork, at_ms(0));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Fork, at_ms(0));
  EXPECT_EQ(discipline.urgency_of(kB), -2621);
  EXPECT_EQ(order(kit::run_hogs(discipline, 5)), (std::vector<std::uint32_t>{1, 1, 1, 0, 1}));
}

TEST(Stride, TheGreatestPassIsGivenAwayFirstAndAnAskerGetsTheLeastThatItMayRun) {
  Stride discipline(3, 1);
  EXPECT_EQ(discipline.urgency(kQueue), kNoUrgency);
  kit::fork_all(discipline, {300, 200, 100});
  std::array<VcpuId, 3> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 3u);
  EXPECT_EQ(out, (std::array{kC, kB, kA}));
  EXPECT_FALSE(discipline.preempts(kQueue, kA, kC, at_ms(0)));
  EXPECT_EQ(discipline.pick(kQueue, kit::Only{kC, kB}.at(at_ms(0)))->vcpu, kB);
  EXPECT_FALSE(discipline.pick(kQueue, kit::Only{kB}.at(at_ms(0))).has_value());
  EXPECT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
}

// ---- theory, row 10 ----

TEST(Stride, AnyTwoAreNeverMoreThanAQuantumApart) {
  kit::Seeded random(1);
  SCOPED_TRACE(random.told());
  for (int run = 0; run < 20; ++run) {
    constexpr std::size_t kClients = 8;
    Stride discipline(kClients, 1);
    std::array<std::int64_t, kClients> tickets, quanta{};
    for (std::size_t v = 0; v < kClients; ++v) {
      tickets[v] = random.between(1, 1000);
      const auto weight = Weight{static_cast<std::uint32_t>(tickets[v])};
      discipline.admit(id_at<VcpuId>(v), {.weight = weight, .allowed = PcpuSet::first(1)});
      discipline.enqueue(kQueue, id_at<VcpuId>(v), EnqueueWhy::Fork, at_ms(0));
    }
    for (const kit::Ran& ran : kit::run_hogs(discipline, 2000)) {
      ++quanta[ran.vcpu];
      for (std::size_t a = 0; a < kClients; ++a)
        for (std::size_t b = 0; b < a; ++b) {
          const double due = static_cast<double>((quanta[a] + quanta[b]) * tickets[a]) /
                             static_cast<double>(tickets[a] + tickets[b]);
          ASSERT_LE(std::abs(static_cast<double>(quanta[a]) - due), 1 + 1e-3);  // passes are whole numbers: 2^-20
        }
    }
  }
}

TEST(Stride, AHundredOfOneTicketLetOneOfAHundredRunFiftyQuantaAhead) {
  // 200 tickets, half of them A's: of the first 100 quanta 50 are its due. Its stride is a hundredth of the others',
  // so it runs all of them; then, of the next hundred, it runs none.
  constexpr std::size_t kClients = 101;
  Stride discipline(kClients, 1);
  for (std::size_t v = 0; v < kClients; ++v) {
    discipline.admit(id_at<VcpuId>(v), {.weight = Weight{v == 0 ? 100u : 1u}, .allowed = PcpuSet::first(1)});
    discipline.enqueue(kQueue, id_at<VcpuId>(v), EnqueueWhy::Fork, at_ms(0));
  }
  double worst = 0, ran = 0, all = 0;
  for (const kit::Ran& turn : kit::run_hogs(discipline, 2000)) {
    ran += turn.vcpu == 0, all += 1;
    worst = std::max(worst, std::abs(ran - all / 2));
  }
  EXPECT_EQ(worst, 50);
  EXPECT_EQ(ran, 1000);
}

TEST(Stride, DoesAsAPlainSearch) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    Stride discipline(crowd.vcpus, naive::kRunqueues);
    naive::Strides model;
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

}  // namespace
}  // namespace roost
