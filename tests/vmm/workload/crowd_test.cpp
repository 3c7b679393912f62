#include "tests/kit/crowd/crowd.hpp"

#include <gtest/gtest.h>

#include "tests/kit/crowd/heap_use.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their allocators keep no such books

/// The world, the policy, the scripts and their vCPUs, with the pCPUs' tables (a tenth of it), after a run in which
/// each vCPU woke some forty times: its counters and places have taken most of their room by then.
TEST(Crowd, AVcpuTakesLessThanAKibibyte) {
  const std::size_t before = kit::heap_use();
  ASSERT_GT(before, 0u) << "malloc's books are kept";
  kit::Crowd crowd({.pcpus = 1024, .vcpus_each = 16, .time_limit = 40ms});
  EXPECT_EQ(crowd.run(), RunEnd::TimeLimit);
  const std::size_t vcpus = 1024 * 16, each = (kit::heap_use() - before) / vcpus;
  EXPECT_LE(each, 1024u);
  EXPECT_GE(each, 256u) << "it cannot be so little: is it measured?";
  EXPECT_GT(crowd.counts().wakeups, 20 * vcpus);
}

#endif

TEST(Crowd, IsBusyAndCountsWhatHappens) {
  kit::Crowd crowd({.pcpus = 8, .vcpus_each = 4, .time_limit = 50ms});
  crowd.run();
  const kit::CrowdCounts counts = crowd.counts();
  EXPECT_GT(counts.timers, 0u);
  EXPECT_GT(counts.kicks, 0u);
  EXPECT_GE(counts.wakeups, counts.timers / 2);
  Duration busy{0}, all{0};
  const RunReport report = crowd.world().report();
  for (const PcpuReport& pcpu : report.pcpus) busy += pcpu.busy, all += report.wall;
  EXPECT_GT(busy, all * 3 / 4);
  EXPECT_LT(busy, all * 19 / 20);
}

}  // namespace
}  // namespace roost
