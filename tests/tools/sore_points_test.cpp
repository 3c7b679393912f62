// What users of schedulers complain of, each as a scene: work that waits beside idle pCPUs, and why it must not.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sched/policy/catalog.hpp"
#include "tests/tools/scenario_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

const std::string kHog = "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '10ms' }]\n";

/// `capacity`: of the first two pCPUs.
std::string scene(const std::string& policy, const std::string& limit, const std::string& host, int capacity = 1024) {
  return "[run]\npolicy = '" + policy + "'\ntime_limit = '" + limit + "'\n[host]\ntopology = '" + host +
         "'\ncapacities = [{ pcpus = '0-1', capacity = " + std::to_string(capacity) + " }]\n" + kHog;
}
const RunReport& report_of(const ScenarioRun& run) { return run.run.report; }

/// Presets whose balancer states a window.
std::vector<std::string> balancing_presets() {
  std::vector<std::string> names;
  for (const PresetInfo& preset : standard_catalog().presets) {
    const auto policy = make_policy(preset.name, Topology::flat(4), 1);
    if (policy && policy->balancer->window() != Duration::max() && preset.granularity == Granularity::Pcpu)
      names.emplace_back(preset.name);
  }
  return names;
}

/// Three may run on pCPU 0 alone and one on both. Whoever has pCPU 1 ends at 50 ms: from then on it is the movable
/// one's, though it waits behind pinned ones that come first in any order, and no placement helps it.
TEST(SorePoints, PinnedOnesDoNotHideAMovableOne) {
  for (const std::string& preset : balancing_presets()) {
    SCOPED_TRACE(preset);
    const ScenarioRun run = scenes::run_text(
        scene(preset + ",place=last_pcpu", "400ms", "core:2") + "[script.short]\nphases = [{ run = '50ms' }]\n"
        "[[vm]]\nname = 'pinned'\nvcpus = 3\nscript = 'hog'\naffinity = [0]\n"
        "[[vm]]\nname = 'other'\nscript = 'short'\naffinity = [1]\n"
        "[[vm]]\nname = 'movable'\nscript = 'hog'\naffinity = [0]\n"
        "[[timeline]]\nat = '1ms'\nvm = 'movable'\naffinity = '0-1'\n");
    const Duration window = make_policy(preset, Topology::flat(2), 1)->balancer->window();
    EXPECT_GT(report_of(run).vcpus[VcpuId{4}].run_on.on(PcpuId{1}), 150ms);
    EXPECT_LT(report_of(run).pcpus[PcpuId{1}].idle, std::min<Duration>(window, 100ms) + 20ms);
  }
}

/// Eight hogs that may use pCPUs 8 to 15: each has one after a few periods of the balancer at most; stacked on the
/// first they would get an eighth.
TEST(SorePoints, NobodyIsStackedOnTheFirstAllowedPcpu) {
  for (const std::string& preset : balancing_presets()) {
    SCOPED_TRACE(preset);
    const ScenarioRun run = scenes::run_text(scene(preset, "100ms", "node:2 core:8") +
                                             "[[vm]]\nname = 'a'\nvcpus = 8\nscript = 'hog'\naffinity = '8-15'\n");
    for (std::uint32_t v = 0; v < 8; ++v) EXPECT_GT(report_of(run).vcpus[VcpuId{v}].run, 75ms) << v;
  }
}

/// 24 LLCs of two; all are busy until 50 ms, the first one with eight. Then the others idle, whose mean is next to
/// nothing, and hides the hot one in it: 6 of the 8 must find places.
TEST(SorePoints, OneHotLlcOf24CoolsDown) {
  for (const std::string& preset : balancing_presets()) {
    SCOPED_TRACE(preset);
    const ScenarioRun run = scenes::run_text(
        scene(preset + ",place=last_pcpu", "1s", "l3:24 core:2") + "[script.short]\nphases = [{ run = '50ms' }]\n"
        "[[vm]]\nname = 'hot'\nvcpus = 8\nscript = 'hog'\naffinity = '0-1'\n"
        "[[vm]]\nname = 'others'\nvcpus = 46\nscript = 'short'\naffinity = '2-47'\n"
        "[[timeline]]\nat = '20ms'\nvm = 'hot'\naffinity = '0-47'\n");
    Duration least = Duration::max();
    for (std::uint32_t v = 0; v < 8; ++v) least = std::min(least, report_of(run).vcpus[VcpuId{v}].run);
    EXPECT_GT(least, 400ms);
  }
}

/// A VM's only vCPU wakes where it ran last, beside hogs that may go nowhere else, while hundreds of pCPUs idle.
TEST(SorePoints, AVmGetsAPcpuWhileHundredsIdle) {
  for (const std::string& preset : balancing_presets()) {
    SCOPED_TRACE(preset);
    const ScenarioRun run = scenes::run_text(
        scene(preset + ",place=last_pcpu", "2s", "node:2 l3:4 core:32") + "[[vm]]\nname = 'full'\nvcpus = 3\n"
        "script = 'hog'\naffinity = [0]\n[[vm]]\nname = 'one'\nscript = 'hog'\naffinity = [0]\n"
        "[[timeline]]\nat = '10ms'\nvm = 'one'\naffinity = '0-255'\n");
    EXPECT_GT(report_of(run).vcpus[VcpuId{3}].run, 1'500ms);
  }
}

/// 512 hogs that all wait on pCPU 0 of 64, and that no placement spreads: the balancer does within its own window, to
/// which the monitor holds it as well.
TEST(SorePoints, ABurstOf512OnOnePcpuSpreadsWithinThePresetsBound) {
  for (const std::string& preset : balancing_presets()) {
    SCOPED_TRACE(preset);
    const std::string policy = preset + ",place=last_pcpu";
    const std::string host = "node:2 l3:4 core:8";
    const auto plan = scenes::plan_text(scene(policy, "1s", host) + "[[vm]]\nname = 'x'\nscript = 'hog'\n");
    ASSERT_TRUE(plan);
    const Duration window = make_policy(policy, plan->topology, 1)->balancer->window();
    const ScenarioRun run = scenes::run_text(
        scene(policy, std::to_string(window / 1ms + 30) + "ms", host) +
        "[[vm]]\nname = 'burst'\nvcpus = 512\nscript = 'hog'\naffinity = [0]\n"
        "[[timeline]]\nat = '10ms'\nvm = 'burst'\naffinity = '0-63'\n");
    for (std::uint32_t p = 0; p < 64; ++p)
      EXPECT_LT(report_of(run).pcpus[PcpuId{p}].idle, window + 20ms) << p;
  }
}

/// pCPU 0 has three hogs and pCPU 1 one of its own, all of one weight, from 10 ms on free to part. Three beside one are
/// two weights apart, and a threshold is a weight per full pCPU: one of a weight and a half lets one go, one of two and
/// a half none. So it is however heavy they are, and on pCPUs of half speed, which are four weights apart.
TEST(SorePoints, LoadAndThresholdAreOfOneUnit) {
  struct Case {
    int weight, capacity, threshold;
    bool moves;
  };
  for (const std::string balance : {"push", "hybrid", "swap", "active"})
    for (const Case& of : {Case{100, 1024, 150, true}, Case{100, 1024, 250, false}, Case{3000, 1024, 4500, true},
                           Case{3000, 1024, 7500, false}, Case{100, 512, 350, true}, Case{100, 512, 450, false}}) {
      SCOPED_TRACE(fmt::format("{}, {}, {}, {}", balance, of.weight, of.capacity, of.threshold));
      const std::string spec = fmt::format("roost,place=last_pcpu,balance={},threshold={}", balance, of.threshold);
      const ScenarioRun run = scenes::run_text(
          scene(spec, "510ms", "core:2", of.capacity) +
          fmt::format("[[vm]]\nname = 'three'\nvcpus = 3\nscript = 'hog'\naffinity = [0]\nweight = {0}\n"
                      "[[vm]]\nname = 'one'\nscript = 'hog'\naffinity = [1]\nweight = {0}\n"
                      "[[timeline]]\nat = '10ms'\nvm = 'three'\naffinity = '0-1'\n", of.weight));
      const Duration one = report_of(run).vcpus[VcpuId{3}].run;
      if (of.moves) EXPECT_LT(one, 400ms) << "it shares its pCPU";
      else EXPECT_GT(one, 505ms);
    }
}

/// Half of the pCPUs are taken by hogs until 40 ms; a VM that prefers these runs elsewhere meanwhile, at least where a
/// balancer draws it. Once they idle it goes home, at its next wakeups, beside a movable VM that has no wish and a
/// pinned one that has no choice; and whoever runs dry elsewhere leaves it there.
TEST(SorePoints, SoftAffinityIsNotIgnored) {
  for (const std::string& preset : balancing_presets()) {
    SCOPED_TRACE(preset);
    const ScenarioRun run = scenes::run_text(
        scene(preset, "200ms", "l3:2 core:4") +
        "[script.naps]\nrepeat = 'forever'\nphases = [{ run = '300us' }, { sleep = '700us' }]\n"
        "[[vm]]\nname = 'early'\nvcpus = 4\nscript = 'hog'\naffinity = '0-3'\nstop = '40ms'\n"
        "[[vm]]\nname = 'pinned'\nscript = 'hog'\naffinity = [7]\n"
        "[[vm]]\nname = 'movable'\nscript = 'naps'\n"
        "[[vm]]\nname = 'soft'\nvcpus = 2\nscript = 'naps'\nsoft_affinity = '0-3'\n");
    for (const std::uint32_t v : {6U, 7U}) {
      Duration home{0}, away{0};
      for (std::uint32_t p = 0; p < 8; ++p)
        (p < 4 ? home : away) += report_of(run).vcpus[VcpuId{v}].run_on.on(PcpuId{p});
      EXPECT_GT(home, 40ms) << v << ": 3/10 of 160 ms are 48";
      EXPECT_LT(away, 15ms) << v << ": 3/10 of 40 ms are 12";
      EXPECT_GT(away, 3ms) << v << ": it does not only wait for what it prefers";
    }
  }
}

/// Four at home on a node of four cores with two siblings each: a core for each, and no sibling beside an idle core.
TEST(SorePoints, AHomeNodeIsFilledCoreByCore) {
  for (const std::string placement : {"numa_home", "idle_first"}) {
    SCOPED_TRACE(placement);
    const ScenarioRun run = scenes::run_text(scene("roost,balance=none,place=" + placement, "20ms",
                                                   "node:2 core:4 pu:2") +
                                             "[[vm]]\nname = 'a'\nvcpus = 4\nscript = 'hog'\naffinity = '0-7'\n");
    for (std::uint32_t core = 0; core < 4; ++core) {
      const auto& pcpus = report_of(run).pcpus;
      EXPECT_GT(pcpus[PcpuId{2 * core}].busy + pcpus[PcpuId{2 * core + 1}].busy, 19ms) << "core " << core;
    }
  }
}

}  // namespace
}  // namespace roost
