#include "sched/discipline/lottery.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/lottery_model.hpp"
#include "tests/sched/discipline/restricted.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using std::chrono::milliseconds;

constexpr VcpuId kA{0}, kB{1}, kC{2};

Lottery lottery(std::size_t vcpus, std::uint64_t seed = 1) {
  return Lottery({.max_vcpus = vcpus, .runqueues = 2, .seed = seed});
}

/// Each one's wins in so many quanta.
std::vector<double> wins(Discipline& discipline, std::size_t vcpus, std::size_t quanta) {
  std::vector<double> wins(vcpus, 0);
  for (const kit::Ran& ran : kit::run_hogs(discipline, quanta)) ++wins[ran.vcpu];
  return wins;
}

TEST(Lottery, AWinnerRunsForAQuantum) {
  Lottery discipline = lottery(1);
  kit::fork_all(discipline, {7});
  EXPECT_EQ(kit::run_hogs(discipline, 2), (std::vector<kit::Ran>{{0, 0, 10000}, {0, 10000, 20000}}));
}

// ---- theory, row 9 ----

TEST(Lottery, SharesAreOffByTheDeviationOfABinomialOnly) {
  // Of n draws a share of p wins n p, with a deviation of sqrt(n p (1 - p)): |z| < 4. The counts of all together: chi
  // square with three degrees of freedom is above 16.27 once in a thousand.
  constexpr double kQuanta = 20'000;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    Lottery discipline = lottery(4, seed);
    const std::array<std::uint32_t, 4> tickets{100, 200, 300, 400};
    kit::fork_all(discipline, {100, 200, 300, 400});
    double chi_square = 0;
    const std::vector<double> won = wins(discipline, 4, kQuanta);
    for (std::size_t v = 0; v < 4; ++v) {
      const double p = tickets[v] / 1000.0, off = won[v] - kQuanta * p;
      EXPECT_LT(std::abs(off / std::sqrt(kQuanta * p * (1 - p))), 4) << v;
      chi_square += off * off / (kQuanta * p);
    }
    EXPECT_LT(chi_square, 16.27);
  }
}

TEST(Lottery, TheFirstWinComesAfterOneOverPQuanta) {
  // Geometric with p = 0.1: mean 10, deviation sqrt(0.9) / 0.1 = 9.49; of 4000 tries the mean's is 0.15.
  double quanta = 0;
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    Lottery discipline = lottery(2, seed);
    kit::fork_all(discipline, {100, 900});
    do ++quanta;
    while (kit::run_hogs(discipline, 1).front().vcpu != 0);
  }
  EXPECT_NEAR(quanta / 4000, 10, 4 * 0.15);
}

TEST(Lottery, WinsSpreadAsThoseOfABinomial) {
  // Of n = 100 draws at p = 0.3 the variance of the wins is n p (1 - p) = 21; of k such batches its estimate is chi
  // square with k - 1 degrees of freedom: of deviation sqrt(2 / (k - 1)), of its own size. |z| < 4.
  constexpr double kBatches = 2000, kDraws = 100, kDue = 100 * 0.3 * 0.7;
  Lottery discipline = lottery(2);
  kit::fork_all(discipline, {300, 700});
  double sum = 0, squares = 0;
  for (int batch = 0; batch < kBatches; ++batch) {
    const double won = wins(discipline, 2, kDraws)[0];
    sum += won, squares += won * won;
  }
  const double variance = (squares - sum * sum / kBatches) / (kBatches - 1);
  EXPECT_LT(std::abs(variance / kDue - 1), 4 * std::sqrt(2 / (kBatches - 1)));
  EXPECT_LT(std::abs(sum / kBatches - 30), 4 * std::sqrt(kDue / kBatches));
}

TEST(Lottery, WhoUsesAFifthOfAQuantumWinsFiveTimesAsOften) {
  // The paper's example: A and B of 400 tickets each; B uses a fifth of its quanta. Compensated, B is drawn five times
  // as often as A, and both get the same time: of 5 + 1 draws 5 are B's, after each of A's quanta.
  Lottery discipline = lottery(2);
  kit::fork_all(discipline, {400, 400});
  std::array<double, 2> won{}, ran_ms{};
  Time now = at_ms(0);
  constexpr int kDraws = 30'000;
  for (int i = 0; i < kDraws; ++i) {
    const VcpuId winner = discipline.pick(kQueue, now)->vcpu;
    const Duration ran = winner == kA ? milliseconds(10) : milliseconds(2);
    discipline.charge(kQueue, winner, ran, now += ran);
    if (winner == kA) {
      discipline.enqueue(kQueue, winner, EnqueueWhy::SliceEnd, now);
    } else {
      discipline.leave(kQueue, winner, LeaveWhy::Blocked, now);
      discipline.enqueue(kQueue, winner, EnqueueWhy::Wake, now);
    }
    ++won[index(winner)], ran_ms[index(winner)] += static_cast<double>(ran.count()) / 1e6;
  }
  EXPECT_NEAR(won[1] / kDraws, 5.0 / 6, 4 * std::sqrt(5.0 / 36 / kDraws));
  EXPECT_NEAR(ran_ms[0] / ran_ms[1], 1, 0.1);
}

TEST(Lottery, CompensationEndsWithTheNextQuantumAndHasALimit) {
  Lottery discipline = lottery(2);
  kit::fork_all(discipline, {100, 100});
  // A blocks at once, a thousand and more times: it holds 1000 times its tickets, not all of them.
  std::size_t b_won = 0;
  for (int i = 0; i < 30'000; ++i) {
    const VcpuId winner = discipline.pick(kQueue, at_ms(0))->vcpu;
    discipline.charge(kQueue, winner, winner == kA ? Duration{1} : Duration(milliseconds(10)), at_ms(0));
    discipline.enqueue(kQueue, winner, EnqueueWhy::Yield, at_ms(0));
    b_won += winner == kB;
  }
  EXPECT_NEAR(static_cast<double>(b_won), 30, 4 * std::sqrt(30.0));
  // A has whole quanta again: both win alike.
  const std::vector<double> won = wins(discipline, 2, 10'000);
  EXPECT_NEAR(won[0], 5000, 4 * 50);
}

TEST(Lottery, OneSeedIsOneTraceAndRunqueuesDrawForThemselves) {
  const auto trace = [](std::uint64_t seed) {
    Lottery discipline = lottery(3, seed);
    kit::fork_all(discipline, {100, 100, 100});
    return kit::run_hogs(discipline, 50);
  };
  EXPECT_EQ(trace(5), trace(5));
  EXPECT_NE(trace(5), trace(6));
  RandomStream here(5, 0), there(5, 1);
  EXPECT_NE(here.next(), there.next());
}

TEST(Lottery, AnAskerDrawsAmongThoseThatItMayRun) {
  std::array<double, 3> won{};
  Lottery discipline = lottery(3);
  kit::fork_all(discipline, {600, 100, 300});
  const kit::Only only{kB, kC};
  for (int i = 0; i < 10'000; ++i) {
    const VcpuId winner = discipline.pick(kQueue, only.at(at_ms(10 * i)))->vcpu;
    ++won[index(winner)];
    discipline.charge(kQueue, winner, milliseconds(10), at_ms(10 * i + 10));
    discipline.enqueue(kQueue, winner, EnqueueWhy::SliceEnd, at_ms(10 * i + 10));
  }
  EXPECT_EQ(won[0], 0);
  EXPECT_NEAR(won[1], 2500, 4 * std::sqrt(10'000 * 0.25 * 0.75));
  EXPECT_FALSE(discipline.pick(kQueue, kit::Only{}.at(at_ms(0))).has_value());
}

TEST(Lottery, NobodyIsMoreUrgentAndTheLastAreGivenAwayFirst) {
  Lottery discipline = lottery(3);
  EXPECT_EQ(discipline.urgency(kQueue), kNoUrgency);
  kit::fork_all(discipline, {100, 100, 100});
  EXPECT_FALSE(discipline.preempts(kQueue, kA, kB, at_ms(0)));
  std::array<VcpuId, 2> out;
  ASSERT_EQ(discipline.victims(kQueue, out), 2u);
  EXPECT_EQ(out, (std::array{kC, kB}));
  discipline.leave(kQueue, kA, LeaveWhy::Migrating, at_ms(0));  // C takes its place
  ASSERT_EQ(discipline.victims(kQueue, out), 2u);
  EXPECT_EQ(out, (std::array{kB, kC}));
  EXPECT_EQ(discipline.urgency(kQueue), discipline.urgency_of(kA));
}

TEST(Lottery, DoesAsAPlainCount) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    Lottery discipline({.max_vcpus = crowd.vcpus, .runqueues = naive::kRunqueues, .seed = crowd.vcpus});
    naive::Draws model(crowd.vcpus);
    naive::walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

}  // namespace
}  // namespace roost
