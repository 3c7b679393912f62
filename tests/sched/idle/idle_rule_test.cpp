// How an idle pCPU waits, window by window, by hand.

#include <gtest/gtest.h>

#include "sched/idle/adaptive_poll.hpp"
#include "sched/idle/fixed_wait.hpp"
#include "sched/policy/catalog.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

/// The windows after each of these waits, in us.
std::vector<std::int64_t> windows(const IdleRule& rule, const std::vector<std::int64_t>& idled_us) {
  std::vector<std::int64_t> out;
  Duration window = rule.first_window();
  for (const std::int64_t us : idled_us) {
    window = rule.next_window(window, std::chrono::microseconds(us));
    out.push_back(window / 1us);
  }
  return out;
}

TEST(AdaptivePoll, GrowsWhereAWakeupCameSoonAndShrinksWhereItDidNot) {
  const AdaptivePoll kvm{AdaptivePollRules{}};  // 10 us, 2, 2, 200 us
  EXPECT_EQ(kvm.first_window(), Duration{0});
  // 5 > 0: start. 8 <= 10: it was enough. 15 > 10: doubled. 100: doubled. 300 > 200: halved, twice; 5 < start: 0.
  EXPECT_EQ(windows(kvm, {5, 8, 15, 100, 300, 300, 300, 300}),
            (std::vector<std::int64_t>{10, 10, 20, 40, 20, 10, 0, 0}));
  // 199 each time, beyond each window until it is at most.
  EXPECT_EQ(windows(kvm, {199, 199, 199, 199, 199, 199, 199}),
            (std::vector<std::int64_t>{10, 20, 40, 80, 160, 200, 200}));
  EXPECT_EQ(windows(kvm, {199, 199, 20}), (std::vector<std::int64_t>{10, 20, 20})) << "just long enough";
  EXPECT_EQ(windows(kvm, {199, 200}), (std::vector<std::int64_t>{10, 10})) << "neither shorter nor longer than most";
}

TEST(AdaptivePoll, FollowsItsConstants) {
  const AdaptivePoll before_6_10{AdaptivePollRules{.shrink = 0}};
  EXPECT_EQ(windows(before_6_10, {50, 50, 50, 201}), (std::vector<std::int64_t>{10, 20, 40, 0}));
  const AdaptivePoll steep{AdaptivePollRules{.start = 3us, .grow = 5, .shrink = 4, .most = 50us}};
  EXPECT_EQ(windows(steep, {49, 49, 49, 60, 60}), (std::vector<std::int64_t>{3, 15, 50, 12, 3}));
  const AdaptivePoll none{AdaptivePollRules{.most = 0us}};
  EXPECT_EQ(windows(none, {0, 1, 5}), (std::vector<std::int64_t>{0, 0, 0}));
}

TEST(FixedWait, AlwaysWaitsInTheSameWay) {
  const ConstantValues usual(kHaltEntry.info);
  const auto halt = kHaltEntry.make(usual), poll = kPollEntry.make(usual);
  EXPECT_EQ(windows(*halt, {1, 1, 1000}), (std::vector<std::int64_t>{0, 0, 0}));
  EXPECT_EQ(poll->first_window(), Duration::max());
  EXPECT_EQ(poll->next_window(Duration::max(), 1s), Duration::max());
  EXPECT_EQ(halt->tick(), Duration{0});
}

TEST(IdleRules, AreChosenByNameWithTheirConstants) {
  const auto rule_of = [](std::string_view spec) {
    auto policy = make_policy(spec, Topology::flat(1), 1);
    check(policy.has_value(), "the test names a policy that exists");
    return std::move(policy->idle);
  };
  EXPECT_EQ(rule_of("linux-cfs")->next_window(0us, 5us), 10us) << "KVM's";
  EXPECT_EQ(rule_of("roost")->next_window(0us, 5us), 2us) << "the preset's";
  EXPECT_EQ(rule_of("roost,poll_start=7us")->next_window(0us, 5us), 7us);
  EXPECT_EQ(rule_of("xen-credit")->next_window(0us, 5us), 0us);
  EXPECT_EQ(rule_of("xen-credit,idle=poll")->first_window(), Duration::max());
  EXPECT_EQ(rule_of("linux-o1")->tick(), 1ms);
  EXPECT_EQ(rule_of("roost,idle=halt,idle_tick=4ms")->tick(), 4ms);
}

}  // namespace
}  // namespace roost
