// One scenario with nearly everything in it: what pieces do to each other. It ends by itself or at its limit; the
// monitor and the checks of the worlds look at it meanwhile.

#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"

namespace roost {
namespace {

const std::string kEverything = R"(
[run]
time_limit = "30ms"
seed = SEED
[host]
topology = "node:2 l3:2 core:2 pu:2"
distances = [[10, 21], [28, 10]]
capacities = [{ pcpus = "4-7", capacity = 512 }]
[pool.left]
pcpus = "0-7"
[[vm]]
name = "web"
count = 2
vcpus = 4
spare_vcpus = 2
weights = [300, 50]
pool = "left"
cap = 150
script = "worker"
[[vm]]
name = "db"
vcpus = 2
script = "server"
reservation = "40%"
[script.worker]
repeat = "forever"
phases = [{ memory = "1M" }, { run = { uniform = ["10us", "1ms"] } }, { sleep = { exponential = "200us" } },
          { timer = "1ms" }, { lock = "m", do = [{ run = "5us" }] }, { signal = "e" }, { wait = "e" },
          { barrier = "b" }, { ipi = "0" }, { yield = true }, { fork = "child" }]
[script.child]
phases = [{ run = "10us" }, { exit = true }]
[script.server]
repeat = "forever"
phases = [{ serve = "q", do = [{ run = "50us" }] }]
[lock.m]
poll = true
[[arrivals]]
queue = "q"
poisson = "100us"
on = "5ms"
off = "5ms"
[[timeline]]
at = "10ms"
vm = "web1"
weight = 20
[[timeline]]
at = "12ms"
pcpus = "8-9"
offline = true
[[timeline]]
at = "15ms"
policy = "eevdf"
[[timeline]]
at = "20ms"
vm = "web2"
stop = true
[[timeline]]
at = "25ms"
pcpus = "8-9"
online = true
)";

/// Under seed 4 steps that wake others take their pCPU's time beyond the slice's end: the stretch of memory that each
/// began is over before it was any work, and must not be ended once more while the vCPU is elsewhere.
TEST(Everything, RunsTogetherInVirtualTime) {
  for (int seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    std::string text = kEverything;
    text.replace(text.find("SEED"), 4, std::to_string(seed));
    const ScenarioRun out = scenes::run_text(text);
    EXPECT_EQ(out.run.end, RunEnd::TimeLimit);
    EXPECT_EQ(out.changes.size(), 7u) << "two pCPUs, twice; a weight; a policy; a VM's turn";
    for (const ChangeOutcome& change : out.changes) EXPECT_EQ(change.refused, "") << change.what;
  }
}

}  // namespace
}  // namespace roost
