// Caps: nobody runs for more than was sold, in both worlds; in virtual time to the grant.

#include <gmock/gmock.h>

#include "tests/tools/scenario_scene.hpp"
#include "tools/report/run_table.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string kHog = "[script.hog]\nrepeat = 1_000_000\nphases = [{ run = '1ms' }]\n"
                         "[script.naps]\nrepeat = 1_000_000\nphases = [{ run = '100us' }, { sleep = '900us' }]\n";

Duration run_of(const ScenarioRun& out, std::uint32_t first, std::uint32_t count) {
  Duration sum{0};
  for (std::uint32_t v = first; v < first + count; ++v) sum += out.run.report.vcpus[VcpuId{v}].run;
  return sum;
}

class Caps : public testing::TestWithParam<const char*> {};

TEST_P(Caps, PutVcpusAsideAndBack) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '100ms'\n[host]\npcpus = 2\n" + kHog +
      "[[vm]]\nname = 'a'\nvcpus = 3\nscript = 'hog'\ncap = 30\ncap_period = '5ms'\n"
      "[[vm]]\nname = 'b'\nscript = 'hog'\n",
      GetParam());
  for (const VcpuReport& vcpu : out.run.report.vcpus) {
    EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted + vcpu.capped, vcpu.lifetime);
    EXPECT_EQ(vcpu.throttled > 0, vcpu.vm == "a");
    EXPECT_EQ(vcpu.capped > 0ns, vcpu.vm == "a");
  }
  EXPECT_THAT(run_table(out.run), HasSubstr("halted + capped = lifetime"));
}

INSTANTIATE_TEST_SUITE_P(Worlds, Caps, testing::Values("sim", "live"),
                         [](const auto& world) { return std::string(world.param); });

TEST(Caps, OfAVmAreForItsVcpusTogetherAndOfVcpusForEach) {
  const std::string host = "[run]\ntime_limit = '900ms'\n[host]\npcpus = 4\n" + kHog;
  const auto together = scenes::run_text(host + "[[vm]]\nvcpus = 3\nscript = 'hog'\ncap = 120\n");
  // 30 periods of 36 ms; a grant of 3.6 ms for each may lie across the end.
  EXPECT_LE(run_of(together, 0, 3), 1080ms + 3 * 3600us);
  EXPECT_GE(run_of(together, 0, 3), 1080ms - 3 * 3600us);
  const auto each = scenes::run_text(host + "[[vm]]\nvcpus = 3\nscript = 'hog'\nvcpu_cap = 40\n");
  for (std::uint32_t v = 0; v < 3; ++v) {
    EXPECT_LE(run_of(each, v, 1), 360ms + 1200us);
    EXPECT_GE(run_of(each, v, 1), 360ms - 1200us);
  }
}

TEST(Caps, LeaveToTheBusyWhatTheirSleepingSiblingsDoNotUse) {
  const auto out = scenes::run_text("[run]\ntime_limit = '900ms'\n[host]\npcpus = 4\n" + kHog +
                                    "[[vm]]\nvcpus = 2\nscripts = ['hog', 'naps']\ncap = 60\n");
  EXPECT_NEAR(static_cast<double>(run_of(out, 0, 2).count()), 540e6, 6e6);
  EXPECT_GT(run_of(out, 0, 1), 4 * run_of(out, 1, 1)) << "an even split would give each 270 ms at most";
}

TEST(Caps, OfSleepersThatUseLessCostNothing) {
  const std::string text = "[run]\ntime_limit = '300ms'\n[host]\npcpus = 1\n" + kHog + "[[vm]]\nscript = 'naps'\n";
  const auto capped = scenes::run_text(text + "cap = 50\n"), free = scenes::run_text(text);
  EXPECT_EQ(capped.run.report.vcpus[VcpuId{0}].throttled, 0u);
  EXPECT_EQ(capped.vms[0].all.rounds, free.vms[0].all.rounds);
}

TEST(Caps, AreRefusedWhereLinuxSchedules) {
  EXPECT_THAT(scenes::refused("[run]\nworld = 'live'\npolicy = 'host'\n" + kHog + "[[vm]]\nscript = 'hog'\ncap = 50\n"),
              HasSubstr("scene.toml:12: vm[0].cap: under policy host Linux schedules"));
}

}  // namespace
}  // namespace roost
