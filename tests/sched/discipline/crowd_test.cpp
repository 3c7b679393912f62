#include "sched/discipline/crowd.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr Duration kMost{std::int64_t{1} << 62};

TEST(Crowd, SumsUpWhoMayWait) {
  Crowd crowd, more;
  crowd.add(Weight{100}), crowd.add(Weight{300});
  more.add(Weight{50}), more.add(Weight{200});
  crowd.add(more);
  EXPECT_EQ(crowd.vcpus, 4);
  EXPECT_EQ(crowd.weight, 650);
  EXPECT_EQ(crowd.lightest, Weight{50});
  EXPECT_EQ(crowd.heaviest, Weight{300});
  EXPECT_EQ(crowd.others(), 3);
  EXPECT_EQ(crowd.weight_of_others(), 550) << "beside one of 100";
  crowd.own = Weight{300};
  EXPECT_EQ(crowd.weight_of_others(), 350);
}

TEST(Crowd, BoundsAreRoundedUp) {
  EXPECT_EQ(bound_of(10ns, 3), 30ns);
  EXPECT_EQ(bound_of(9ns, 1, 3), 3ns);
  EXPECT_EQ(bound_of(10ns, 1, 3), 4ns);
  EXPECT_EQ(bound_of(10ns, 2, 3), 7ns);
}

TEST(Crowd, ABoundBeyondWhatATimeHoldsIsNone) {
  EXPECT_EQ(bound_of(kMost, 1), kMost);
  EXPECT_EQ(bound_of(kMost + 1ns, 1), kNoBound);
  EXPECT_EQ(bound_of(kMost / 2, 2), kMost);
  EXPECT_EQ(bound_of(kMost / 2, 3), kNoBound);
  EXPECT_EQ(bound_of(kMost / 2, 1'000), kNoBound);
  EXPECT_EQ(bound_of(kMost / 2 + 1ns, 3, 2), kMost / 4 * 3 + 2ns) << "1.5 ns more";
  EXPECT_EQ(bound_of(kNoBound, 0), kNoBound);
  EXPECT_EQ(bound_sum(kMost - 1ns, 1ns), kMost);
  EXPECT_EQ(bound_sum(kMost, 1ns), kNoBound);
  EXPECT_EQ(bound_sum(kNoBound, 0ns), kNoBound);
  EXPECT_EQ(bound_sum(0ns, kNoBound), kNoBound);
}

TEST(Crowd, SeveralPcpusShareTheWorkAheadAndMayHaveBegunAStintEach) {
  Crowd crowd;
  EXPECT_EQ(bound_of_work(10ns, crowd, 5ns), 10ns);
  crowd.pcpus = 3;
  EXPECT_EQ(bound_of_work(10ns, crowd, 5ns), 9ns) << "4 + 5";
  EXPECT_EQ(bound_of_work(kNoBound, crowd, 5ns), kNoBound);
}

TEST(Crowd, AQuarterAndAMillisecondMoreIsTolerated) {
  EXPECT_EQ(tolerated(8ms), 11ms);
  EXPECT_EQ(tolerated(0ms), 1ms);
  EXPECT_EQ(tolerated(kNoBound), kNoBound);
}

}  // namespace
}  // namespace roost
