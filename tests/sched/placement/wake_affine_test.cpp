// wake_affine: each rule in a scene, on two LLCs of four cores: 0 1 2 3 | 4 5 6 7. Everyone weighs 100 unless said.

#include "sched/placement/wake_affine.hpp"

#include <gtest/gtest.h>

#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"
#include "tests/sched/placement/placement_scene.hpp"

namespace roost {
namespace {

using kit::busy;
using kit::idle;

constexpr VcpuId kWaker{1}, kWakee{0};

class WakeAffineScene : public testing::Test {
 protected:
  WakeAffineScene() {
    for (std::size_t p = 0; p < 8; ++p) loads[p] = busy(0);
  }
  /// A vCPU that ran on `last` is woken on `waker`, by the doing of `by`.
  PcpuId wake(std::uint32_t waker, std::uint32_t last, VcpuId by = kNoVcpu, VcpuId wakee = kWakee) {
    around.woken_by.vcpu = by;
    return placer->choose({.vcpu = wakee, .last = PcpuId{last}, .waker = PcpuId{waker}, .allowed = &allowed,
                           .now = time_at(now_ms * 1'000'000), .around = &around}, loads).pcpu;
  }

  std::unique_ptr<Placer> placer = test::make("wake_affine", kit::even_host({.pcpus = 8, .llc = 4, .node = 4}));
  kit::FakeLoads loads{8};
  PcpuSet allowed = PcpuSet::first(8);
  test::Around around;
  std::int64_t now_ms = 1;
};

TEST_F(WakeAffineScene, AnIdleWakersPcpuIsTakenWithinTheLlcAlone) {
  loads[1] = idle();  // a timer wakes it there
  EXPECT_EQ(wake(1, 3), PcpuId{1});
  loads[3] = idle();
  EXPECT_EQ(wake(1, 3), PcpuId{3}) << "its last idles too: its caches are warm";
  loads[5] = idle();
  EXPECT_EQ(wake(1, 5), PcpuId{5}) << "another LLC: an interrupt does not draw it away from an idle last one";
}

TEST_F(WakeAffineScene, AWakerThatIsAboutToBlockLeavesItsPcpu) {
  loads[5] = idle();
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{5}) << "its last idles";
  around.woken_by.blocks = true;
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{1}) << "the waker runs there alone: free in a moment, and with the data";
  loads[2] = idle();
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{2}) << "the waker's LLC was chosen, and one of it idles already";
  loads[2] = busy(0);
  loads[1] = busy(1);
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{5}) << "somebody else waits for the waker's pCPU";
}

/// At the waker's: 100 there + 100 = 200, times 100. At the last: its weight times 108.
TEST_F(WakeAffineScene, ElseTheLighterOfTheTwo) {
  loads[5].weight = 186;  // 20,088 > 20,000
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{1});
  loads[5].weight = 185;  // 19,980
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{5});
  loads[5].capacity = 512;  // weighs as 370
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{1});
  around.woken_by.blocks = true;  // at the waker's 300 - 100 + 100, times 100
  loads[1] = busy(2);
  loads[5] = busy(0);
  loads[5].weight = 278;  // 30,024 > 30,000
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{1});
  loads[5].weight = 277;  // 29,916
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{5});
}

TEST_F(WakeAffineScene, TheSearchStaysInTheLlcThatWasChosen) {
  loads[0] = idle();
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{5}) << "200 * 100 against 100 * 108: its last, whose LLC is busy";
  loads[7] = idle();
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{7});
  allowed = test::set_of({2, 3});
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{2}) << "it may run neither there nor at the waker's: the nearest that it may";
}

/// LLCs of four: wide is who has four flips, with a partner of at least four times as many.
TEST_F(WakeAffineScene, PartnersThatFillMoreThanAnLlcStayWhereTheyAre) {
  loads[5].weight = 1000;  // its last is heavy: what is not wide goes to the waker's
  for (std::uint32_t v = 10; v < 14; ++v) wake(1, 5, kWakee, VcpuId{v});  // the wakee has woken four others
  for (std::uint32_t v = 20; v < 34; ++v) wake(1, 5, kWaker, VcpuId{v});  // the waker 14
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{1}) << "it is the waker's 15th: 15 < 4 * 4";
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{1}) << "the same again is no flip";
  wake(1, 5, kWaker, VcpuId{40});
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{5}) << "its 17th: wide";
  EXPECT_EQ(wake(1, 5, kWakee, kWaker), PcpuId{1}) << "the wakee wakes the waker: its fifth, and 17 < 5 * 4";
}

TEST_F(WakeAffineScene, FlipsAreHalvedOnceASecond) {
  loads[5].weight = 1000;
  for (std::uint32_t v = 10; v < 14; ++v) wake(1, 5, kWakee, VcpuId{v});
  for (std::uint32_t v = 20; v < 36; ++v) wake(1, 5, kWaker, VcpuId{v});
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{5}) << "17 and 4";
  now_ms = 1002;
  EXPECT_EQ(wake(1, 5, kWaker), PcpuId{1}) << "8 and 4";
}

TEST_F(WakeAffineScene, AnIdleCoreBeforeAnIdleSibling) {
  placer = test::make("wake_affine", kit::even_host({.pcpus = 8, .core = 2, .llc = 4, .node = 4}));
  loads[1] = loads[2] = loads[3] = idle();
  EXPECT_EQ(wake(0, 0), PcpuId{2}) << "1 idles too, beside who runs on 0";
  loads[2] = busy(0);
  EXPECT_EQ(wake(0, 0), PcpuId{1}) << "no core idles: the first that does";
  EXPECT_EQ(wake(0, 3), PcpuId{3}) << "its last, whatever its sibling does";
}

}  // namespace
}  // namespace roost
