#include "sched/gate/bandwidth.hpp"

#include <gtest/gtest.h>

#include "sched/vocabulary/check.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr Time at(Duration d) { return Time{} + d; }

TEST(Bandwidth, GivesItsRuntimeInGrantsAndThenWaitsForTheNextPeriod) {
  Bandwidth purse(10ms, 30ms);
  for (int i = 0; i < 10; ++i) {
    const Grant grant = purse.ask(at(i * 1ms));
    EXPECT_EQ(grant.runs_for, 1ms);
    purse.give_back(1ms, 1ms, at((i + 1) * 1ms));
  }
  const Grant none = purse.ask(at(10ms));
  EXPECT_EQ(none.runs_for, 0ns);
  EXPECT_EQ(none.until, at(30ms));
  EXPECT_EQ(purse.ask(at(29ms)).runs_for, 0ns);
  EXPECT_EQ(purse.ask(at(30ms)).runs_for, 1ms);
}

TEST(Bandwidth, WhatAnIdleVcpuLeavesIsItsSiblingsAndNothingIsSavedUp) {
  Bandwidth purse(10ms, 30ms);
  const Grant first = purse.ask(at(0ms));
  purse.give_back(first.runs_for, 0ns, at(1ms));
  EXPECT_EQ(purse.left(), 10ms);
  EXPECT_EQ(purse.ask(at(10s)).runs_for, 1ms);
  EXPECT_EQ(purse.left(), 9ms) << "333 idle periods later";
}

TEST(Bandwidth, WhoOverrunsPaysItBack) {
  Bandwidth purse(1ms, 10ms);
  const Grant grant = purse.ask(at(0ms));
  purse.give_back(grant.runs_for, 3500us, at(4ms));
  EXPECT_EQ(purse.ask(at(10ms)).runs_for, 0ns);
  EXPECT_EQ(purse.ask(at(20ms)).runs_for, 0ns);
  EXPECT_GT(purse.ask(at(30ms)).runs_for, 0ns);
}

TEST(Bandwidth, ABudgetOfSeveralPcpusLetsSeveralRunAtOnce) {
  Bandwidth purse(60ms, 30ms);
  Duration granted{0};
  for (Grant grant = purse.ask(at(0ms)); grant.runs_for > 0ns; grant = purse.ask(at(0ms))) granted += grant.runs_for;
  EXPECT_EQ(granted, 60ms);
}

// Whatever is asked and however it is used: over many periods nobody runs for more than the budgets and one round of
// grants, and whoever always wants to run gets all of it.
TEST(Bandwidth, AtRandomGivesTheBudgetAndNoMore) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    kit::Seeded random(seed);
    SCOPED_TRACE(random.told());
    const Duration period{random.between(200'000, 50'000'000)};
    const Duration runtime{random.between(100'000, 2 * period.count())};
    Bandwidth purse(runtime, period);
    Time now{};
    Duration ran{0};
    while (now < at(100 * period)) {
      const Grant grant = purse.ask(now);
      purse.check_invariants();
      if (grant.runs_for == 0ns) {
        ASSERT_GT(grant.until, now);
        now = grant.until;
        continue;
      }
      const Duration used = random.below(3) ? grant.runs_for : Duration{random.between(0, grant.runs_for.count())};
      now += std::max(used, Duration{1});
      ran += used;
      purse.give_back(grant.runs_for, used, now);
    }
    const std::int64_t periods = nanoseconds(now) / period.count() + 1;
    EXPECT_LE(ran, runtime * periods);
    if (runtime >= period / 2) continue;
    EXPECT_GE(ran, runtime * (periods - 3)) << "it always wanted to run";
  }
}

}  // namespace
}  // namespace roost
