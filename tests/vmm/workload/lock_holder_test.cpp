// Lock holder preemption, and what pause exits do about it; nothing costs any time here.
//
// A shares pCPU 0 with a hog, in turns of q = 2 ms; its sibling B has pCPU 1 to itself. A holds a lock for z = 4 us in
// every 40 us of its own time, f = 0.1, at random (36 us, exponential, in between). B takes the lock for 0.1 us after
// t = 50 us of its own work, exponential, and spins while A has it.
//   While A runs, half of the time, B finds it held with probability f and waits for z / 2: f z / 4 t of wall = 0.0020.
//   Each 2 q a turn of A's ends, with probability f while it holds the lock. B comes t later, on average, and spins
//   until A's next turn: f (q - t) / 2 q = 0.0488 of wall; f / 2 for z and t much shorter than q.
// With directed yield B spins for w = 2.5 us, A runs instead of the hog for b = 100 us, and gives the lock back after
// z / 2. That may end within the lock again: f / (1 - f) such waits in 2 q, of w + z / 2: 0.0001 of wall. While A runs
// a little longer B finds the lock held a little more often.
#include <gtest/gtest.h>

#include "tests/vmm/workload/beside_a_hog.hpp"
#include "tests/vmm/workload/simulate.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

const std::string kPair = scenes::beside_a_hog("20s", "'a', 'b'") + R"(
[lock.l]
poll = true
[script.a]
repeat = "forever"
phases = [{ run = { exponential = "36us" } }, { lock = "l", do = [{ run = "4us" }] }]
[script.b]
repeat = "forever"
phases = [{ run = { exponential = "50us" } }, { lock = "l", do = [{ run = "100ns" }] }]
)";
constexpr VcpuId kHog{0}, kA{1}, kB{2};

scenes::Outcome run(const std::string& scene, std::size_t pcpus, const std::string& pause) {
  return scenes::simulate(scene, {.pcpus = pcpus,
                                  .policy = "round_robin,slice=2ms,balance=none,place=last_pcpu,pause=" + pause,
                                  .free = true, .trace = 0});
}

double share(Duration part, const scenes::Outcome& out) {
  return static_cast<double>(nanoseconds(part)) / static_cast<double>(nanoseconds(out.report.wall));
}

/// The share of wall that B spent spinning.
double wasted(const scenes::Outcome& out) {
  return share(out.report.vcpus[kB].run - out.done[index(kB)], out);
}

TEST(LockHolderPreemption, WastesHalfTheFractionThatTheLockIsHeld) {
  const auto out = run(kPair, 2, "stay");
  EXPECT_NEAR(wasted(out), 0.0508, 0.0051);
  EXPECT_EQ(out.report.pcpus[PcpuId{1}].pauses, 0u);
}

TEST(LockHolderPreemption, APlainYieldIsNoHelpToWhoIsAlone) {
  const auto out = run(kPair, 2, "yield");
  EXPECT_NEAR(wasted(out), 0.0508, 0.0051);
  EXPECT_GT(out.report.pcpus[PcpuId{1}].pauses, 10'000u);
}

TEST(LockHolderPreemption, IsOverAfterAWindowWithDirectedYield) {
  const auto out = run(kPair, 2, "directed");
  EXPECT_NEAR(wasted(out), 0.0021, 0.0003);
  // f / (1 - f) boosts in each 4 ms: 556 in 20 s, of 100 us each.
  const std::uint64_t directed = out.report.pcpus[PcpuId{1}].directed;
  EXPECT_NEAR(static_cast<double>(directed), 556, 80);
  EXPECT_GT(share(out.report.vcpus[kHog].run, out), 0.49) << "the hog gives what boosts take, and no more";
}

// A never lets the lock go, so B would have it run all the time. An eighth of the pCPU is lent at most: A has half of
// the rest by its turns.
TEST(LockHolderPreemption, SpinningOnPurposeGainsAnEighthAtMost) {
  std::string scene = kPair;
  scene.replace(scene.find("4us"), 3, "9s");
  const auto out = run(scene, 2, "directed");
  EXPECT_GT(share(out.report.vcpus[kA].run, out), 0.53);
  EXPECT_GT(share(out.report.vcpus[kHog].run, out), 0.5 * 0.875 - 0.01);
}

// All on one pCPU: the rest of B's turn goes to A, which loses its own place for it, so the hog has its third at least.
TEST(LockHolderPreemption, WithinOneRunqueueASpinnersTurnIsItsSiblings) {
  std::string scene = kPair;
  scene.replace(scene.find("[1]"), 3, "[0]");
  scene.replace(scene.find("4us"), 3, "60us");
  const auto stay = run(scene, 1, "stay"), directed = run(scene, 1, "directed");
  EXPECT_NEAR(share(stay.report.vcpus[kHog].run, stay), 0.3333, 0.005);
  EXPECT_GT(share(directed.report.vcpus[kHog].run, directed), 0.3333 - 0.005);
  EXPECT_GT(wasted(stay), 0.1) << "of B's third, most turns in which it finds the lock held";
  EXPECT_LT(wasted(directed), 0.01);
}

TEST(LockHolderPreemption, NobodyIsChosenWhereTheMostUrgentRunAtAnyTime) {
  const auto out = scenes::simulate(kPair, {.pcpus = 2, .policy = "edf,balance=none,place=last_pcpu", .free = true,
                                            .trace = 0});
  EXPECT_EQ(out.report.pcpus[PcpuId{1}].directed, 0u);
}

}  // namespace
}  // namespace roost
