#include "sched/vocabulary/pcpu_set.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

TEST(PcpuSet, CopiesShareUntilOneChanges) {
  PcpuSet original = PcpuSet::first(100);
  PcpuSet grown = original, shrunk = original;
  grown.insert(PcpuId{500});
  shrunk.erase(PcpuId{3});
  original.erase(PcpuId{99});
  EXPECT_EQ(original.count(), 99u);
  EXPECT_EQ(grown.count(), 101u);
  EXPECT_EQ(shrunk.count(), 99u);
  EXPECT_TRUE(original.contains(PcpuId{3}) && grown.contains(PcpuId{3}) && !shrunk.contains(PcpuId{3}));
  EXPECT_TRUE(shrunk.contains(PcpuId{99}) && !original.contains(PcpuId{99}) && !original.contains(PcpuId{500}));
}

TEST(PcpuSet, AnEmptyOneHasNothing) {
  PcpuSet none;
  none.erase(PcpuId{5});
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.count(), 0u);
  EXPECT_EQ(none.word(0), 0u);
  EXPECT_EQ(none.first_member(), kNoPcpu);
  EXPECT_TRUE((none & PcpuSet::first(3)).empty());
}

TEST(PcpuSet, MembersComeInOrder) {
  PcpuSet set;
  for (const std::uint32_t p : {130, 64, 2, 63}) set.insert(PcpuId{p});
  std::vector<PcpuId> seen;
  set.for_each([&](PcpuId p) { seen.push_back(p); });
  EXPECT_EQ(seen, (std::vector<PcpuId>{PcpuId{2}, PcpuId{63}, PcpuId{64}, PcpuId{130}}));
  EXPECT_EQ(set.next(PcpuId{65}), PcpuId{130});
  EXPECT_EQ(set.word(1), 1u);
}

}  // namespace
}  // namespace roost
