#include "sched/gate/cosched.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr Time at(Duration d) { return Time{} + d; }
const CoRule kRelaxed = kRelaxedEntry.make(ConstantValues(kRelaxedEntry.info));

// Two siblings, of which 0 runs and 1 waits: 0 leads by as long. At 3 ms it leads by the threshold, not by more; the
// next look is a sample later.
TEST(RelaxedCoScheduling, ALeaderIsStoppedOnceItLeadsByMoreThanTheThreshold) {
  SiblingProgress all(2);
  all.stalls(0, at(0ms));
  all.stalls(1, at(0ms));
  CoAnswer answer = all.ask(0, kRelaxed, false, at(0ms));
  EXPECT_TRUE(answer.runs);
  EXPECT_EQ(answer.look_again, at(3ms));
  all.goes_on(0, at(0ms));
  answer = all.ask(0, kRelaxed, false, at(3ms));
  EXPECT_TRUE(answer.runs);
  EXPECT_EQ(answer.look_again, at(4ms));
  answer = all.ask(0, kRelaxed, false, at(4ms));
  EXPECT_FALSE(answer.runs);
  EXPECT_EQ(answer.look_again, at(6ms));
  EXPECT_EQ(all.skew(0, at(4ms)), 4ms);
  EXPECT_EQ(all.skew(1, at(4ms)), 0ms);
  // 1 runs from 4 ms on; 0, stopped, is 2 ms ahead at 6 ms, which is not less than `rejoin`, and 1 ms at 7 ms.
  all.stalls(0, at(4ms));
  all.goes_on(1, at(4ms));
  EXPECT_FALSE(all.ask(0, kRelaxed, true, at(6ms)).runs);
  EXPECT_TRUE(all.ask(0, kRelaxed, true, at(7ms)).runs);
}

TEST(RelaxedCoScheduling, WhoIsIdleMakesProgressAndWakesAheadByTheThresholdAtMost) {
  SiblingProgress all(2);
  all.stalls(0, at(0ms));
  all.goes_on(0, at(0ms));  // and is idle from some time on
  all.stalls(1, at(0ms));
  EXPECT_EQ(all.skew(0, at(100ms)), 100ms);
  all.wakes(0, at(100ms), 3ms);
  EXPECT_EQ(all.skew(0, at(100ms)), 3ms);
  EXPECT_TRUE(all.ask(0, kRelaxed, false, at(100ms)).runs);
}

TEST(RelaxedCoScheduling, WhoHasLeftHoldsNobodyBack) {
  SiblingProgress all(3);
  for (const std::size_t i : {0, 1, 2}) all.stalls(i, at(0ms));
  all.goes_on(0, at(0ms));
  EXPECT_FALSE(all.ask(0, kRelaxed, false, at(10ms)).runs);
  all.leaves(1);
  all.goes_on(2, at(10ms));
  EXPECT_EQ(all.skew(0, at(10ms)), 10ms) << "2 is as far behind";
  all.leaves(2);
  EXPECT_TRUE(all.ask(0, kRelaxed, false, at(10ms)).runs);
}

TEST(RelaxedCoScheduling, WhoIsNewIsTheLeastAdvanced) {
  SiblingProgress all(2);
  all.stalls(0, at(0ms));
  all.stalls(1, at(100ms));
  EXPECT_EQ(all.skew(1, at(100ms)), 0ms);
  EXPECT_EQ(all.skew(0, at(100ms)), 0ms);
  all.goes_on(0, at(100ms));
  EXPECT_EQ(all.skew(0, at(101ms)), 1ms);
}

// 0 has waited for 5 ms, 1 for 6: to wake brings 0 no nearer to the 3 ms that it might lead by.
TEST(RelaxedCoScheduling, WhoWakesLeadsByNoMoreThanBefore) {
  SiblingProgress all(2);
  for (const std::size_t i : {0, 1}) all.stalls(i, at(0ms));
  all.goes_on(0, at(5ms));
  all.goes_on(1, at(6ms));
  EXPECT_EQ(all.skew(0, at(50ms)), 1ms);
  all.wakes(0, at(50ms), 3ms);
  EXPECT_EQ(all.skew(0, at(50ms)), 1ms);
}

TEST(RelaxedCoScheduling, WhoIsStoppedComesBackAtTheThresholdAtTheLatest) {
  ConstantValues constants(kRelaxedEntry.info);
  constants.set("rejoin", nanoseconds(Duration(9ms)));
  EXPECT_EQ(kRelaxedEntry.make(constants).rejoin, 3ms);
}

// Three VMs of two on five pCPUs: two of them in each round, the one left out first in the next.
TEST(StrictCoScheduling, WholeVmsInTurn) {
  Gangs gangs(IdVector<VmId, std::size_t>(3, 2), 5);
  const auto run_at = [&](Duration when) {
    std::string run;
    for (std::uint32_t vm = 0; vm < 3; ++vm)
      if (gangs.ask(VmId{vm}, 50ms, at(when)).runs) run += static_cast<char>('a' + vm);
    return run;
  };
  EXPECT_EQ(run_at(0ms), "ab");
  EXPECT_EQ(run_at(49ms), "ab");
  EXPECT_EQ(run_at(50ms), "ac") << "c first, then a";
  EXPECT_EQ(run_at(100ms), "bc") << "b was left out";
  EXPECT_EQ(run_at(150ms), "ab") << "a was";
  EXPECT_EQ(gangs.ask(VmId{2}, 50ms, at(151ms)).look_again, at(200ms));
}

// Three VMs of two on two pCPUs: of those that found too few the first is the first in the next round.
TEST(StrictCoScheduling, TheFirstThatIsLeftOutIsNext) {
  Gangs gangs(IdVector<VmId, std::size_t>(3, 2), 2);
  EXPECT_TRUE(gangs.ask(VmId{0}, 50ms, at(0ms)).runs);
  EXPECT_FALSE(gangs.ask(VmId{1}, 50ms, at(1ms)).runs);
  EXPECT_FALSE(gangs.ask(VmId{2}, 50ms, at(2ms)).runs);
  EXPECT_FALSE(gangs.ask(VmId{2}, 50ms, at(50ms)).runs);
  EXPECT_TRUE(gangs.ask(VmId{1}, 50ms, at(51ms)).runs);
}

// Three VMs of two on four pCPUs. In the round from 50 ms on c alone asks, so it alone is sure of the next one; there
// b comes before a, which is left out, and first in the round after that.
TEST(StrictCoScheduling, WhoWasLeftOutLongAgoIsNotFirstForIt) {
  Gangs gangs(IdVector<VmId, std::size_t>(3, 2), 4);
  const VmId a{0}, b{1}, c{2};
  const auto runs = [&](VmId vm, Duration when) { return gangs.ask(vm, 50ms, at(when)).runs; };
  EXPECT_TRUE(runs(a, 0ms) && runs(b, 1ms));
  EXPECT_FALSE(runs(c, 2ms));
  EXPECT_TRUE(runs(c, 50ms));
  EXPECT_TRUE(runs(c, 100ms) && runs(b, 101ms));
  EXPECT_FALSE(runs(a, 102ms));
  EXPECT_TRUE(runs(a, 150ms) && runs(b, 151ms));
  EXPECT_FALSE(runs(c, 152ms));
}

// Two pCPUs look at their clocks, and the later one asks first: the other's answer is of the round that has begun.
TEST(StrictCoScheduling, WhoseClockIsBehindEndsNoRound) {
  Gangs gangs(IdVector<VmId, std::size_t>(2, 2), 2);
  EXPECT_TRUE(gangs.ask(VmId{0}, 50ms, at(10ms)).runs);
  EXPECT_FALSE(gangs.ask(VmId{1}, 50ms, at(10ms)).runs);
  EXPECT_TRUE(gangs.ask(VmId{1}, 50ms, at(50ms)).runs);
  const CoAnswer late = gangs.ask(VmId{0}, 50ms, at(49'999us));
  EXPECT_FALSE(late.runs);
  EXPECT_EQ(late.look_again, at(100ms));
  EXPECT_TRUE(gangs.ask(VmId{1}, 50ms, at(51ms)).runs);
}

TEST(StrictCoScheduling, RoundsOfAnotherLengthBeginAfterTheOneThatIsOn) {
  Gangs gangs(IdVector<VmId, std::size_t>(2, 2), 2);
  EXPECT_TRUE(gangs.ask(VmId{0}, 1ms, at(70ms)).runs);
  EXPECT_FALSE(gangs.ask(VmId{1}, 50ms, at(70'500us)).runs);
  const CoAnswer next = gangs.ask(VmId{1}, 50ms, at(71ms));
  EXPECT_TRUE(next.runs);
  EXPECT_EQ(next.look_again, at(100ms));
}

TEST(StrictCoScheduling, ALargerVmThanTheHostHasItToItself) {
  IdVector<VmId, std::size_t> sizes;
  sizes.push_back(9);
  sizes.push_back(1);
  Gangs gangs(sizes, 4);
  EXPECT_TRUE(gangs.ask(VmId{0}, 50ms, at(0ms)).runs);
  EXPECT_FALSE(gangs.ask(VmId{1}, 50ms, at(0ms)).runs);
  EXPECT_TRUE(gangs.ask(VmId{1}, 50ms, at(50ms)).runs);
}

}  // namespace
}  // namespace roost
