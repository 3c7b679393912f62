// Whom a newcomer to a shared runqueue kicks, in scenes drawn as strings: a digit per pCPU.

#include "sched/placement/whom_to_kick.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace roost {
namespace {

/// Two LLCs of two cores of two threads: pCPUs 0 1 | 2 3 || 4 5 | 6 7.
Topology host() {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t p = 0; p < 8; ++p) places.push_back({.llc = p / 4, .core = p / 2});
  return Topology(std::move(places), {});
}

/// `idle`: 'i' for each pCPU that idles; `allowed`: '+' for each that it may use.
std::size_t kicked(std::string_view idle, std::size_t centre, std::string_view allowed = "++++++++") {
  const Topology topology = host();
  std::uint64_t idles = 0, may = 0;
  for (std::size_t p = 0; p < 8; ++p) {
    idles |= std::uint64_t{idle[p] == 'i'} << p;
    may |= std::uint64_t{allowed[p] == '+'} << p;
  }
  const PcpuId found = idle_to_kick(topology, id_at<PcpuId>(centre), [&](std::size_t) { return idles & may; },
                                    [&](std::size_t) { return idles; });
  return found == kNoPcpu ? 99 : index(found);
}

TEST(WhomToKick, AnIdleCoreComesBeforeAnIdleThread) {
  EXPECT_EQ(kicked("iiiiiiii", 3), 3u) << "where it was last, on an idle core";
  EXPECT_EQ(kicked(".iiiiiii", 1), 2u) << "its core is half busy: the next one of its LLC";
  EXPECT_EQ(kicked(".i.i.iii", 1), 6u) << "only one core idles, in the other LLC";
  EXPECT_EQ(kicked(".i.i.i.i", 3), 3u) << "none does: the nearest";
  EXPECT_EQ(kicked(".i...i.i", 2), 1u) << "the nearest that idles";
  EXPECT_EQ(kicked("ii..ii..", 7), 4u) << "the nearer of two idle cores";
  EXPECT_EQ(kicked("..ii....", 7), 2u) << "of equals the lowest";
  EXPECT_EQ(kicked("........", 0), 99u);
}

TEST(WhomToKick, OnlyWhoMayRunItIsKicked) {
  EXPECT_EQ(kicked("iiiiiiii", 0, "....++++"), 4u);
  EXPECT_EQ(kicked(".iii.i..", 0, ".+...+.."), 1u) << "an idle core that it may not use counts for nothing";
  EXPECT_EQ(kicked("..ii....", 0, "...+...."), 3u) << "its sibling idles, though it may not run it";
  EXPECT_EQ(kicked("iiii....", 0, "....++++"), 99u);
}

TEST(WhomToKick, WhereNobodyIdlesTheLeastUrgentIsTheLowestOfEquals) {
  LeastUrgent least;
  EXPECT_EQ(least.pcpu(), kNoPcpu);
  least.look_at(PcpuId{3}, 5);
  least.look_at(PcpuId{6}, 2);
  least.look_at(PcpuId{7}, 2);
  EXPECT_EQ(least.pcpu(), PcpuId{6});
  least.look_at(PcpuId{1}, 2);
  EXPECT_EQ(least.pcpu(), PcpuId{1});
  least.look_at(PcpuId{0}, 9);
  EXPECT_EQ(least.pcpu(), PcpuId{1});
}

}  // namespace
}  // namespace roost
