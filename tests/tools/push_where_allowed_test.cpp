// A push whose goal nobody may use goes to an idle pCPU that somebody may use, whatever the placement.

#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

/// Two hogs begin on pCPU 0; from 1 ms on they may use pCPU 2, too, but never pCPU 1, which idles and is the first idle
/// one. Within the window of a push, 2 ms, one of them is on pCPU 2: in 100 ms both have run for 97 at least.
TEST(PushWhereAllowed, IsNotWhatPlacementWouldSay) {
  for (const std::string place : {"last_idle_least", "random", "round_robin", "pack", "last_pcpu", "two_choices"}) {
    SCOPED_TRACE(place);
    const ScenarioRun out = scenes::run_text(
        "[run]\ntime_limit = '100ms'\npolicy = 'roost,balance=push,push.period=100us,place=" + place + "'\n"
        "[host]\npcpus = 3\n[script.hog]\nrepeat = 'forever'\nphases = [{ run = '200us' }]\n"
        "[[vm]]\nname = 'a'\nvcpus = 2\nscript = 'hog'\naffinity = [0]\n"
        "[[timeline]]\nat = '1ms'\nvm = 'a'\naffinity = [0, 2]\n",
        "sim:3");
    for (const VcpuReport& vcpu : out.run.report.vcpus) EXPECT_GT(vcpu.run, 97ms);
  }
}

}  // namespace
}  // namespace roost
