// "The Linux Scheduler: a Decade of Wasted Cores" (Lozi et al., EuroSys 2016): each of its four faults leaves pCPUs
// idle under a variant of linux-cfs that has it, and not under one that has not.

#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr Duration kRun = 400ms;
constexpr Duration kSwitches = 100us;
constexpr Duration kFound = 20ms;  // a few intervals of a millisecond for each of eight pCPUs

const std::string kNoHelp = ",place=last_pcpu,balance=domains";  // of placement, and of one idle pCPU for all (NO_HZ)

/// Two nodes of four: 0-3 and 4-7.
const std::string kTwoNodes = "[run]\ntime_limit = '400ms'\n[host]\ntopology = 'node:2 core:4'\n"
                              "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '10ms' }]\n";

/// How long the pCPUs from `first` to `last` idled in all.
Duration idle_of(const std::string& scenario, const std::string& policy, std::uint32_t first, std::uint32_t last) {
  const std::size_t at = scenario.find("[run]\n") + 6;
  const ScenarioRun run =
      scenes::run_text(scenario.substr(0, at) + "policy = 'linux-cfs" + policy + "'\n" + scenario.substr(at));
  Duration idle{0};
  for (std::uint32_t p = first; p <= last; ++p) idle += run.run.report.pcpus[PcpuId{p}].idle;
  return idle;
}

/// One of weight 10000 runs on node 0, eight of weight 100 begin on node 1 and may go anywhere after 40 ms. The mean
/// of node 0 is 2500 a pCPU, that of node 1 two of 100: node 0 takes nothing, and three of its pCPUs idle.
TEST(WastedCores, GroupImbalanceHidesIdlePcpusBehindAHeavyVcpu) {
  const std::string scene = kTwoNodes + "[[vm]]\nname = 'heavy'\nweight = 10000\nscript = 'hog'\naffinity = [0]\n"
                            "[[vm]]\nname = 'light'\nvcpus = 8\nscript = 'hog'\naffinity = '4-7'\n"
                            "[[timeline]]\nat = '40ms'\nvm = 'light'\naffinity = '0-7'\n";
  EXPECT_GT(idle_of(scene, kNoHelp + ",groups=mean", 1, 3), 3 * kRun - kSwitches) << "all three idle all the time";
  EXPECT_LT(idle_of(scene, kNoHelp + ",groups=least", 1, 3), 3 * (40ms + kFound)) << "each is found in a few intervals";
  EXPECT_LT(idle_of(scene, kNoHelp, 1, 3), 3 * (40ms + kFound));
}

/// Four nodes of two in a ring: from node 0, its neighbours 1 and 3 are one hop away, and 2 is two. The ball of one hop
/// around pCPU 0 holds nodes 0, 1 and 3; 1 and 3 are two hops from each other. Who may run on 1 and 3 begins on 1; the
/// other nodes are busy.
TEST(WastedCores, GroupsMadeByTheFirstPcpuHideNodesTwoHopsApart) {
  const std::string scene =
      "[run]\ntime_limit = '400ms'\n[host]\ntopology = 'node:4 core:2'\n"
      "distances = [[10,20,30,20],[20,10,20,30],[30,20,10,20],[20,30,20,10]]\n"
      "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '10ms' }]\n"
      "[[vm]]\nname = 'pinned'\nvcpus = 4\nscript = 'hog'\naffinity = '2-3'\n"
      "[[vm]]\nname = 'others'\nvcpus = 4\nscript = 'hog'\naffinity = [0, 1, 4, 5]\n"
      "[[timeline]]\nat = '40ms'\nvm = 'pinned'\naffinity = [2, 3, 6, 7]\n";
  EXPECT_GT(idle_of(scene, kNoHelp + ",groups=least,view=first", 6, 7), 2 * kRun - kSwitches);
  EXPECT_LT(idle_of(scene, kNoHelp + ",groups=least,view=own", 6, 7), 2 * (40ms + kFound));
}

/// pCPU 3 leaves for 50 ms. At 80 ms node 0 has nothing more to do, and from 100 ms on the eight of node 1 may use it:
/// nobody looks at the other node any more.
TEST(WastedCores, DomainsThatAreLostWithAPcpuLeaveTheOtherNodeIdle) {
  const std::string scene = kTwoNodes + "[script.short]\nphases = [{ run = '80ms' }]\n"
                            "[[vm]]\nname = 'first'\nvcpus = 3\nscript = 'short'\naffinity = '0-2'\n"
                            "[[vm]]\nname = 'second'\nvcpus = 8\nscript = 'hog'\naffinity = '4-7'\n"
                            "[[timeline]]\nat = '20ms'\npcpus = [3]\noffline = true\n"
                            "[[timeline]]\nat = '70ms'\npcpus = [3]\nonline = true\n"
                            "[[timeline]]\nat = '100ms'\nvm = 'second'\naffinity = '0-7'\n";
  EXPECT_GT(idle_of(scene, kNoHelp + ",hotplug=forget", 0, 2), 3 * (kRun - 80ms) - kSwitches);
  EXPECT_LT(idle_of(scene, kNoHelp, 0, 2), 3 * (20ms + kFound)) << "until 100 ms, and what it takes to be found";
}

/// Eight that nap for a fifth of the time share the four pCPUs of node 1; those of node 0 have work of their own until
/// 60 ms. A wakeup that looks no further than its LLC leaves all eight there for ever, and four pCPUs idle; with the
/// whole machine in reach four go over, and each pCPU idles for its napper's fifth of 340 ms. No balancer mends it.
TEST(WastedCores, AWakeupThatNeverLeavesItsLlcOverloadsIt) {
  const std::string scene = kTwoNodes + "[script.short]\nphases = [{ run = '60ms' }]\n"
                            "[script.nap]\nrepeat = 'forever'\n"
                            "phases = [{ run = '2ms' }, { sleep = '500us' }]\n"
                            "[[vm]]\nname = 'nap'\nvcpus = 8\nscript = 'nap'\naffinity = '4-7'\n"
                            "[[vm]]\nname = 'own'\nvcpus = 4\nscript = 'short'\naffinity = '0-3'\n"
                            "[[timeline]]\nat = '40ms'\nvm = 'nap'\naffinity = '0-7'\n";
  EXPECT_GT(idle_of(scene, ",place=wake_affine,balance=none", 0, 3), 4 * (kRun - 60ms) - kSwitches);
  EXPECT_LT(idle_of(scene, ",place=wake_affine,reach=machine,balance=none", 0, 3), 4 * (340ms / 5 + 10ms));
}

}  // namespace
}  // namespace roost
