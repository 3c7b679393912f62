#include "sched/numa/follow_memory.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"

namespace roost {
namespace {

using std::chrono::milliseconds;

/// 0 1 | 2 3 | 4 5: three nodes of two pCPUs.
Topology three_nodes() { return kit::even_host({.pcpus = 6, .llc = 2, .node = 2}); }

/// A vCPU that runs on pCPU 0; everybody else idles.
class NumaScene : public testing::Test {
 protected:
  NumaScene() { loads[0] = kit::busy(0); }
  NumaAdvice at(std::int64_t ms, std::array<std::uint64_t, 3> samples, std::uint32_t pcpu = 0) {
    return rule.advise({.vcpu = VcpuId{0}, .at = PcpuId{pcpu}, .samples = samples, .allowed = &allowed,
                        .now = time_at(ms * 1'000'000)}, loads);
  }
  static bool stays(const NumaAdvice& advice) { return advice.to == kNoPcpu && !advice.pages_follow; }

  kit::FakeLoads loads{6};
  PcpuSet allowed = PcpuSet::first(6);
  FollowMemory rule{three_nodes(), 2, {.window = milliseconds(100)}};
};

TEST_F(NumaScene, WhoseMemoryIsNearStays) {
  EXPECT_TRUE(stays(at(0, {700, 100, 200}))) << "30 percent are far, no more";
  EXPECT_TRUE(stays(at(1, {0, 63, 0}))) << "too few to tell";
}

TEST_F(NumaScene, AVcpuGoesToAnIdlePcpuWhereMostOfItsMemoryIs) {
  const NumaAdvice advice = at(0, {100, 300, 600});
  EXPECT_EQ(advice.to, PcpuId{4});
  EXPECT_FALSE(advice.pages_follow);
}

TEST_F(NumaScene, WhereNobodyIdlesThePagesCome) {
  loads[4] = loads[5] = kit::busy(0);
  const NumaAdvice advice = at(0, {100, 300, 600});
  EXPECT_EQ(advice.to, kNoPcpu) << "node 1 idles, but has less of it";
  EXPECT_TRUE(advice.pages_follow);
}

TEST_F(NumaScene, AnIdlePcpuThatItMayNotUseIsNone) {
  allowed = PcpuSet::first(5);
  loads[4] = kit::busy(0);
  EXPECT_TRUE(at(0, {0, 0, 1000}).pages_follow);
}

TEST_F(NumaScene, MemoryThatLiesAboutComesTogether) {
  const NumaAdvice advice = at(0, {400, 300, 300});
  EXPECT_EQ(advice.to, kNoPcpu) << "most of it is here";
  EXPECT_TRUE(advice.pages_follow);
}

TEST_F(NumaScene, WithinAWindowTheVcpuMovesOrItsPagesNeverBoth) {
  EXPECT_EQ(at(0, {0, 0, 1000}).to, PcpuId{4});
  EXPECT_TRUE(stays(at(99, {0, 0, 1000}))) << "it was asked to go: nothing else moves";
  loads[4] = loads[5] = kit::busy(0);
  EXPECT_TRUE(at(100, {0, 0, 1000}).pages_follow);
  loads[4] = kit::idle();
  const NumaAdvice later = at(199, {0, 0, 1000});
  EXPECT_TRUE(later.pages_follow && later.to == kNoPcpu) << "its pages move: it does not, whoever idles";
  EXPECT_EQ(at(200, {0, 0, 1000}).to, PcpuId{4});
}

}  // namespace
}  // namespace roost
