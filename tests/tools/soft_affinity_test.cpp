// Soft affinity, as scenarios say it.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/tools/scenario_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string kScripts =
    "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '200us' }]\n"
    "[script.naps]\nrepeat = 'forever'\nphases = [{ run = '300us' }, { sleep = '700us' }]\n";

Duration ran(const ScenarioRun& out, std::uint32_t vcpu, std::initializer_list<std::uint32_t> pcpus) {
  Duration sum{0};
  for (const std::uint32_t p : pcpus) sum += out.run.report.vcpus[VcpuId{vcpu}].run_on.on(PcpuId{p});
  return sum;
}

/// The sore point: pCPUs 0 and 1 are taken until 20 ms, so the VM that prefers them begins on 2 and 3. From then on
/// they idle, and so do 2 and 3 whenever it sleeps: without soft affinity each stays where its last pCPU idles.
TEST(SoftAffinity, IsNotIgnoredOnceWhatItPrefersIdles) {
  const auto run = [](const std::string& soft) {
    return scenes::run_text("[run]\ntime_limit = '100ms'\n[host]\npcpus = 4\n" + kScripts +
                            "[[vm]]\nname = 'early'\nvcpus = 2\nscript = 'hog'\naffinity = [0, 1]\nstop = '20ms'\n"
                            "[[vm]]\nname = 'soft'\nvcpus = 2\nscript = 'naps'\n" + soft);
  };
  const ScenarioRun kept = run("soft_affinity = '0-1'\n"), free = run("");
  for (const std::uint32_t vcpu : {2U, 3U}) {
    EXPECT_GT(ran(kept, vcpu, {2, 3}), 5ms) << "it ran, while it had to, where it may: 3/10 of 20 ms";
    EXPECT_LT(ran(kept, vcpu, {2, 3}), 8ms);
    EXPECT_GT(ran(kept, vcpu, {0, 1}), 20ms) << "3/10 of 80 ms are 24";
    EXPECT_EQ(ran(free, vcpu, {0, 1}), 0ms);
  }
}

/// Four hogs that prefer pCPU 0 and one that may only use pCPU 1, until 200 ms. By weight two of the four would be
/// pushed beside it. They stay: a quarter of pCPU 0 each; once pCPU 1 idles they come.
TEST(SoftAffinity, NobodyIsDrawnOutOfItForEvennessAlone) {
  for (const char* balance : {"hybrid", "push", "active", "domains"}) {
    SCOPED_TRACE(balance);
    const ScenarioRun out = scenes::run_text(
        fmt::format("[run]\ntime_limit = '400ms'\npolicy = 'roost,balance={}'\n[host]\npcpus = 2\n", balance) +
        kScripts +
        "[[vm]]\nname = 'hard'\nscript = 'hog'\naffinity = [1]\nstop = '200ms'\n"
        "[[vm]]\nname = 'soft'\nvcpus = 4\nscript = 'hog'\nsoft_affinity = [0]\n");
    EXPECT_GT(out.run.report.vcpus[VcpuId{0}].run, 199ms) << "nobody came beside it";
    Duration beside{0}, at_home{0};
    for (std::uint32_t v = 1; v <= 4; ++v) beside += ran(out, v, {1}), at_home += ran(out, v, {0});
    EXPECT_GT(at_home, 390ms);
    EXPECT_GT(beside, 0ms) << "an idle pCPU draws them";
  }
}

TEST(SoftAffinity, ComesAndGoesWithTheTimeline) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '90ms'\n[host]\npcpus = 2\n" + kScripts +
      "[[vm]]\nname = 'a'\nscript = 'naps'\n"
      "[[timeline]]\nat = '30ms'\nvm = 'a'\nsoft_affinity = [1]\n"
      "[[timeline]]\nat = '60ms'\nvm = 'a'\nvcpu = 0\nsoft_affinity = [0]\n");
  ASSERT_EQ(out.changes.size(), 2u);
  EXPECT_EQ(out.changes[0].what, "a: soft affinity 1");
  EXPECT_EQ(out.changes[0].refused, "");
  EXPECT_NEAR(static_cast<double>(ran(out, 0, {1}).count()), 9e6, 1e6) << "3/10 of 30 ms";
  EXPECT_NEAR(static_cast<double>(ran(out, 0, {0}).count()), 18e6, 1e6);
}

TEST(SoftAffinity, IsRefusedWhereItMeansNothing) {
  const std::string vm = kScripts + "[[vm]]\nname = 'a'\nscript = 'naps'\n";
  EXPECT_THAT(scenes::refused("[run]\ntime_limit = '1ms'\n[host]\npcpus = 2\n" + vm + "soft_affinity = [2]\n"),
              HasSubstr("soft_affinity: there is no pCPU 2; this host has 0 to 1"));
  EXPECT_THAT(scenes::refused("[run]\nworld = 'live'\npolicy = 'host'\ntime_limit = '1ms'\n[host]\npcpus = 1\n" + vm +
                              "soft_affinity = [0]\n"),
              HasSubstr("knows no soft affinity"));
  EXPECT_THAT(scenes::refused("[run]\ntime_limit = '1ms'\n[host]\npcpus = 2\n" + vm +
                              "[[timeline]]\nat = '1ms'\nsoft_affinity = [0]\n"),
              HasSubstr("vm"));
}

}  // namespace
}  // namespace roost
