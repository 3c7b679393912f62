#include "vmm/caches/page_placement.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr NodeId kNear{0}, kMiddle{1}, kFar{2};

/// Three nodes, one pCPU each, at the distances of an EPYC: 10, 12, 32.
Topology three() {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t p = 0; p < 3; ++p) places.push_back({NodeId{p}, p, p, p, 1024, p});
  return Topology(std::move(places), {10, 12, 32, 12, 10, 32, 32, 32, 10});
}

TEST(PagePlacement, PagesLieWhereTheyWereTouchedFirst) {
  PagePlacement pages(three(), {}, 1);
  const RegionId region = pages.region(VmId{0}, 0, 100 * 4096);
  EXPECT_EQ(pages.line_ns(region, kFar), 110) << "nothing is anywhere yet";
  pages.touch(region, kNear, 30);
  pages.touch(region, kFar, 1000);
  EXPECT_EQ(pages.pages_on(region, kNear), 30u);
  EXPECT_EQ(pages.pages_on(region, kFar), 70u);
  EXPECT_EQ(pages.untouched(region), 0u);
  pages.touch(region, kMiddle, 5);
  EXPECT_EQ(pages.pages_on(region, kMiddle), 0u);
}

TEST(PagePlacement, ALineCostsMoreTheFartherItsPagesAre) {
  PagePlacement pages(three(), {}, 1);
  const RegionId region = pages.region(VmId{0}, 0, 100 * 4096);
  pages.touch(region, kNear, 100);
  EXPECT_EQ(pages.line_ns(region, kNear), 110);
  EXPECT_EQ(pages.line_ns(region, kMiddle), 110 + 80 * 2 / 22);
  EXPECT_EQ(pages.line_ns(region, kFar), 190);
  pages.move(region, kNear, kFar, 50);
  EXPECT_EQ(pages.line_ns(region, kNear), 150);
}

TEST(PagePlacement, VcpusOfAVmThatNameARegionShareIt) {
  PagePlacement pages(three(), {}, 2);
  const RegionId region = pages.region(VmId{0}, 3, 4096);
  EXPECT_EQ(pages.region(VmId{0}, 3, 1), region);
  EXPECT_NE(pages.region(VmId{1}, 3, 4096), region);
  EXPECT_NE(pages.region(VmId{0}, 4, 4096), region);
  pages.touch(region, kNear, 10);
  pages.region(VmId{0}, 3, 3 * 4096);
  EXPECT_EQ(pages.untouched(region), 2u) << "it is as large as its largest user says";
}

TEST(PagePlacement, MovingPagesHasItsPrice) {
  PagePlacement pages(three(), {}, 1);
  const RegionId region = pages.region(VmId{0}, 0, 10 * 4096);
  pages.touch(region, kNear, 10);
  EXPECT_EQ(pages.move(region, kNear, kFar, 4), 12us);
  EXPECT_EQ(pages.move(region, kNear, kFar, 400), 18us) << "only six were left";
  EXPECT_EQ(pages.pages_moved(), 10u);
  EXPECT_EQ(pages.pages_on(region, kFar), 10u);
}

TEST(PagePlacement, NothingIsSampledWithoutAPeriod) {
  PagePlacement pages(three(), {}, 1);
  const RegionId region = pages.region(VmId{0}, 0, 10 * 4096);
  pages.touch(region, kNear, 10);
  EXPECT_EQ(pages.sample({VcpuId{0}, region, kNear, 1s, 10}), 0ns);
  EXPECT_EQ(pages.hint_faults(), 0u);
}

TEST(PagePlacement, HintFaultsCountPagesByNodeAndFade) {
  PagePlacement pages(three(), {.sampling_period = 10ms, .sampled_pages = 64}, 1);
  const RegionId region = pages.region(VmId{0}, 0, 400 * 4096);
  pages.touch(region, kNear, 100);
  pages.touch(region, kFar, 300);
  EXPECT_EQ(pages.sample({VcpuId{0}, region, kNear, 5ms, 400}), 0ns) << "the first period is not over";
  EXPECT_EQ(pages.sample({VcpuId{0}, region, kNear, 5ms, 400}), 64 * 1200ns);
  EXPECT_EQ(pages.faults_on(VcpuId{0}, kNear), 16u);
  EXPECT_EQ(pages.faults_on(VcpuId{0}, kFar), 48u);
  EXPECT_EQ(pages.sample({VcpuId{0}, region, kNear, 1ms, 400}), 0ns) << "each marked page faults once";
  pages.sample({VcpuId{0}, region, kNear, 30ms, 0});
  EXPECT_EQ(pages.faults_on(VcpuId{0}, kFar), 6u) << "halved three times";
  EXPECT_EQ(pages.pages_moved(), 0u);
}

TEST(PagePlacement, SampledPagesFollowTheOneWhoTouchesThem) {
  PagePlacement pages(three(), {.sampling_period = 1ms, .sampled_pages = 64, .moves_sampled = true}, 2);
  const RegionId region = pages.region(VmId{0}, 0, 400 * 4096);
  pages.touch(region, kFar, 400);
  for (int i = 0; i < 100; ++i) pages.sample({VcpuId{0}, region, kNear, 1ms, 400});
  EXPECT_GT(pages.pages_on(region, kNear), 380u);
  // One that two nodes touch alike: a quarter of the faults of each move pages, and they stay spread.
  const RegionId shared = pages.region(VmId{0}, 1, 400 * 4096);
  pages.touch(shared, kNear, 200);
  pages.touch(shared, kFar, 200);
  for (int i = 0; i < 100; ++i)
    for (const auto& [vcpu, node] : {std::pair(VcpuId{0}, kNear), std::pair(VcpuId{1}, kFar)})
      pages.sample({vcpu, shared, node, 1ms, 400});
  EXPECT_GT(pages.pages_on(shared, kNear), 120u);
  EXPECT_GT(pages.pages_on(shared, kFar), 120u);
}

}  // namespace
}  // namespace roost
