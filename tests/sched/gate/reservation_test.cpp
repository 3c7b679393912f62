// Budgets and deadlines by hand: Q = 2 ms in T = 10 ms unless a scene says otherwise.
#include "sched/gate/reservation.hpp"

#include <gtest/gtest.h>

#include "sched/vocabulary/check.hpp"
#include "tests/kit/one_queue.hpp"

namespace roost {
namespace {

using kit::at_ms;
using namespace std::chrono_literals;

CbsServer arrived_at(std::int64_t ms, Duration budget = 2ms, Duration period = 10ms) {
  CbsServer server({budget, period});
  server.arrive(at_ms(ms));
  return server;
}

TEST(CbsServer, BeginsWithItsBudgetWhenItsVcpuComes) {
  const CbsServer server = arrived_at(37);
  EXPECT_EQ(server.left(), 2ms);
  EXPECT_EQ(server.deadline(), at_ms(47));
}

TEST(CbsServer, WhoWakesWithMoreThanItsRateUntilTheDeadlineBeginsAnew) {
  // At 3 ms 1 ms was used; (13 - t) * 0.2 < 1 ms from t = 8 ms on.
  for (const auto& [wakes, deadline, left] :
       {std::tuple{7, 13, 1ms}, std::tuple{8, 18, 2ms}, std::tuple{12, 22, 2ms}, std::tuple{90, 100, 2ms}}) {
    CbsServer server = arrived_at(3);
    server.charge(1ms, 1024, true);
    server.sleep();
    server.arrive(at_ms(wakes));
    EXPECT_EQ(server.deadline(), at_ms(deadline)) << wakes;
    EXPECT_EQ(server.left(), left) << wakes;
  }
}

TEST(CbsServer, OwesOnlyWhatItRanByRightOfItsBudget) {
  CbsServer by_right = arrived_at(0), by_weight = arrived_at(0);
  by_right.charge(3ms, 1024, true);
  EXPECT_EQ(by_right.left(), -1ms);
  EXPECT_EQ(by_right.received(), 3ms);
  by_weight.charge(3ms, 1024, false);
  EXPECT_EQ(by_weight.left(), 0ms);
  EXPECT_EQ(by_weight.received(), 2ms);
}

TEST(CbsServer, WhoWaitedElsewhereBeyondItsDeadlineComesWithTheNextBudget) {
  CbsServer server = arrived_at(0);
  server.charge(1ms, 1024, true);
  server.arrive(at_ms(12));
  EXPECT_EQ(server.left(), 2ms);
  EXPECT_EQ(server.deadline(), at_ms(20)) << "it did not sleep: periods go on";
  EXPECT_EQ(server.missed(), 1u) << "of 2 ms it had 1 ms until 10 ms";
}

TEST(CbsServer, IsSoftFromTheEndOfItsBudgetToItsDeadline) {
  CbsServer server = arrived_at(0);
  server.charge(2ms, 1024, true);
  EXPECT_FALSE(server.has_budget());
  server.charge(5ms, 1024, false);  // by weight: not charged
  server.settle(at_ms(9));
  EXPECT_EQ(server.left(), 0ms);
  server.settle(at_ms(10));
  EXPECT_EQ(server.left(), 2ms);
  EXPECT_EQ(server.deadline(), at_ms(20));
  EXPECT_EQ(server.received(), 2ms);
  EXPECT_EQ(server.missed(), 0u);
}

TEST(CbsServer, WhoSleepsSoftGoesOnSoftUntilItsDeadline) {
  CbsServer server = arrived_at(0);
  server.charge(2ms, 1024, true);
  server.sleep();
  server.arrive(at_ms(6));
  EXPECT_FALSE(server.has_budget());
  EXPECT_EQ(server.deadline(), at_ms(10));
}

TEST(CbsServer, PaysAnOverrunFromTheNextBudgets) {
  CbsServer server = arrived_at(0);
  server.charge(5ms, 1024, true);  // 3 ms too long: the next two periods pay 2 ms and 1 ms
  server.settle(at_ms(10));
  EXPECT_EQ(server.left(), -1ms);
  server.settle(at_ms(20));
  EXPECT_EQ(server.left(), 1ms);
  server.settle(at_ms(30));
  EXPECT_EQ(server.left(), 2ms) << "nothing is saved up";
  EXPECT_EQ(server.missed(), 1u) << "1 ms of 20 .. 30 was not given";
}

TEST(CbsServer, CountsAPeriodThroughoutWhichItWasRunnableAndGotLess) {
  CbsServer server = arrived_at(0);
  server.charge(1'999'999ns, 1024, true);
  server.settle(at_ms(10));
  EXPECT_EQ(server.missed(), 1u);
  server.charge(2ms, 1024, true);
  server.settle(at_ms(20));
  EXPECT_EQ(server.missed(), 1u);
  server.settle(at_ms(50));  // nobody looked for three periods
  EXPECT_EQ(server.missed(), 4u);
  server.sleep();
  server.settle(at_ms(90));
  EXPECT_EQ(server.missed(), 4u) << "who sleeps misses nothing";
  server.arrive(at_ms(91));
  server.stand_back();
  server.settle(at_ms(101));
  EXPECT_EQ(server.missed(), 4u) << "it gave way";
}

TEST(CbsServer, CountsSlowPcpusByTheirCapacity) {
  CbsServer server = arrived_at(0);
  EXPECT_EQ(server.runs_for(512), 4ms);
  EXPECT_EQ(server.runs_for(1000), 2'048'000ns);
  for (int i = 0; i < 3; ++i) server.charge(1ns, 341, true);
  EXPECT_EQ(server.left(), 2ms) << "1023 of 1024 parts of a nanosecond";
  server.charge(1ns, 341, true);
  EXPECT_EQ(server.left(), 1'999'999ns) << "and none of them is lost";
  server.charge(server.runs_for(341), 341, true);
  EXPECT_FALSE(server.has_budget());
  EXPECT_GT(server.left(), -1us);
}

TEST(CbsServer, KnowsItsShareAndItsRateUntilTheDeadline) {
  CbsServer server = arrived_at(0, 1ms, 3ms);
  EXPECT_EQ(server.share(), 333'333'334) << "rounded up";
  EXPECT_TRUE(server.is_behind(at_ms(0)));
  EXPECT_EQ(server.rate(at_ms(2)), 1'000'000'000);
  server.charge(500us, 1024, true);
  EXPECT_FALSE(server.is_behind(at_ms(1))) << "half of it in a third of the time";
  EXPECT_EQ(server.rate(at_ms(1)), 250'000'000);
}

TEST(CbsServer, TakesNoReservationThatMakesNoSense) {
  for (const Reservation& wrong : {Reservation{0ms, 10ms}, {11ms, 10ms}, {1us, 999us}, {1s, 2s}})
    EXPECT_THROW(CbsServer{wrong}, CheckFailure);
}

}  // namespace
}  // namespace roost
