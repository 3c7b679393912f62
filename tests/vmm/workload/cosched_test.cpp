// Co-scheduling in the simulated world: how far siblings get apart, what is left idle, and that nobody is forgotten.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

#include "tests/vmm/workload/beside_a_hog.hpp"
#include "tests/vmm/workload/simulate.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

using scenes::kHogScript;

struct Seen {
  Duration most_skew{0};  // of one that runs, to the sibling that has run least
  Duration on_return{0};  // the most by which the last of them led when it came to run again
  Duration apart{0};      // time in which some of a VM's vCPUs ran and some did not
};

/// From the switches alone: vCPUs `first` to `last` are hogs of one VM.
Seen seen(const scenes::Outcome& out, std::uint32_t first, std::uint32_t last) {
  std::map<PcpuId, VcpuId> runs;
  std::vector<Duration> ran(last - first + 1);
  const auto is_running = [&](std::size_t i) {
    const VcpuId vcpu{first + static_cast<std::uint32_t>(i)};
    return std::ranges::any_of(runs, [&](const auto& on) { return on.second == vcpu; });
  };
  Seen seen;
  Time before{};
  for (const Event& event : out.events) {
    if (event.kind != EventKind::Switch) continue;
    std::size_t running = 0;
    for (std::size_t i = 0; i < ran.size(); ++i)
      if (is_running(i)) ran[i] += event.at - before, ++running;
    if (running > 0 && running < ran.size()) seen.apart += event.at - before;
    const Duration least = *std::ranges::min_element(ran);
    for (std::size_t i = 0; i < ran.size(); ++i)
      if (is_running(i)) seen.most_skew = std::max(seen.most_skew, ran[i] - least);
    before = event.at;
    runs[event.pcpu] = event.vcpu;
    if (event.vcpu == VcpuId{last}) seen.on_return = std::max(seen.on_return, ran.back() - least);
  }
  return seen;
}

const std::string kOneBehind = scenes::beside_a_hog("2s", "'hog', 'hog'");
const std::string kTurns = "round_robin,slice=20ms,balance=none,place=last_pcpu";

// The sibling that is alone on its pCPU gets ahead by the other's turn of 20 ms, if nobody stops it.
TEST(CoScheduling, WithoutItSiblingsGetFarApart) {
  const auto out = scenes::simulate(kOneBehind, {.policy = kTurns, .free = true});
  EXPECT_GT(seen(out, 1, 2).most_skew, 900ms);
}

// It is stopped when it leads by 4 ms: it has 3 ms before the first look, which finds the threshold reached and not
// passed, and a sample. Whoever may get that far ahead does, and not a nanosecond farther.
TEST(CoScheduling, RelaxedKeepsSkewWithinThresholdAndSample) {
  const auto out = scenes::simulate(kOneBehind, {.policy = kTurns + ",cosched=relaxed", .free = true});
  EXPECT_EQ(seen(out, 1, 2).most_skew, 4ms);
  const VcpuReport &behind = out.report.vcpus[VcpuId{1}], &ahead = out.report.vcpus[VcpuId{2}];
  EXPECT_LE(ahead.run - behind.run, 4ms);
  EXPECT_GT(ahead.co_stops, 40u) << "in each of 50 turns of the other";
  EXPECT_EQ(behind.run + behind.wait + behind.halted, behind.lifetime);
  EXPECT_EQ(ahead.run + ahead.wait + ahead.halted, ahead.lifetime);
  EXPECT_GE(ahead.wait, ahead.co_stopped);
  EXPECT_GT(ahead.co_stopped, 900ms) << "half of the time";
  EXPECT_EQ(ahead.steal, ahead.wait) << "it ran at once at first, and runs in the end or waits no more than a turn";
}

// Who is stopped at 4 ms comes back at less than 1 ms, not at the 3 ms that let it run on before.
TEST(CoScheduling, WhoIsStoppedIsSoUntilItHasRejoined) {
  const auto out = scenes::simulate(kOneBehind, {.policy = kTurns + ",cosched=relaxed,rejoin=1ms", .free = true});
  EXPECT_EQ(seen(out, 1, 2).most_skew, 4ms);
  EXPECT_LT(seen(out, 1, 2).on_return, 1ms);
}

/// `vms` VMs of `size` hogs each on `pcpus` pCPUs.
scenes::Outcome gangs(std::size_t vms, std::size_t size, std::size_t pcpus) {
  return scenes::simulate(kHogScript + "[run]\ntime_limit = '2s'\n[[vm]]\nname = 'g'\ncount = " + std::to_string(vms) +
                              "\nvcpus = " + std::to_string(size) + "\nscript = 'hog'\n",
                          {.pcpus = pcpus, .policy = "roost,cosched=strict", .free = true});
}

// m mod the VMs' size pCPUs are left over in each round: exactly, but for what pulls within a round's first moments.
TEST(CoScheduling, StrictLeavesWhatNoWholeVmFitsInto) {
  struct Case {
    std::size_t vms, size, pcpus, busy;
  };
  for (const Case& of : {Case{3, 2, 5, 4}, Case{3, 3, 4, 3}, Case{4, 3, 8, 6}, Case{3, 2, 4, 4}}) {
    const auto out = gangs(of.vms, of.size, of.pcpus);
    Duration busy{0};
    for (const PcpuReport& pcpu : out.report.pcpus) busy += pcpu.busy;
    EXPECT_EQ(busy, 2s * static_cast<std::int64_t>(of.busy)) << of.size << " on " << of.pcpus;
    for (std::uint32_t vm = 0; vm < of.vms; ++vm) {
      const auto size = static_cast<std::uint32_t>(of.size);
      EXPECT_EQ(seen(out, vm * size, vm * size + size - 1).apart, 0ns) << "VM " << vm << " of " << of.size;
    }
  }
}

// Each of three VMs of two has two of three rounds on five pCPUs.
TEST(CoScheduling, StrictRoundsAreSharedEvenly) {
  const auto out = gangs(3, 2, 5);
  for (const VcpuReport& vcpu : out.report.vcpus)
    EXPECT_NEAR(static_cast<double>(nanoseconds(vcpu.run)), 1.333e9, 0.06e9);
}

// Siblings that block on each other, sleep and end: each script ends, under the monitor.
TEST(CoScheduling, SiblingsThatBlockAndEndFinishTheirWork) {
  const std::string scene = R"(
[run]
time_limit = "20s"
[lock.l]
poll = true
[lock.m]
[barrier.all]
[script.fight]
repeat = 300
phases = [{ run = { exponential = "100us" } }, { lock = "l", do = [{ run = "10us" }] },
          { lock = "m", do = [{ run = "10us" }] }]
[script.meet]
repeat = 200
phases = [{ run = { exponential = "200us" } }, { barrier = "all" }]
[script.nap]
repeat = 20
phases = [{ run = "1ms" }, { sleep = { exponential = "9ms" } }]
[[vm]]
name = "fight"
vcpus = 4
script = "fight"
[[vm]]
name = "meet"
vcpus = 3
script = "meet"
[[vm]]
name = "mixed"
vcpus = 3
scripts = ["nap", "fight", "nap"]
)";
  for (const std::string how : {"relaxed", "strict"})
    for (const std::string policy : {"roost", "linux-cfs", "xen-credit", "round_robin", "sqms", "esx-relaxed"}) {
      const auto out = scenes::simulate(scene, {.pcpus = 3, .policy = policy + ",cosched=" + how});
      EXPECT_EQ(out.end, RunEnd::AllStopped) << policy << ", " << how;
    }
}

/// On one pCPU a VM of a hog and one of four vCPUs, both of weight 2000; the shares that the first two vCPUs have.
std::pair<double, double> one_and_four(Duration limit, const std::string& scripts, const std::string& shares) {
  const auto out = scenes::simulate(
      kHogScript + "[script.nap]\nrepeat = 'forever'\nphases = [{ run = '1ms' }, { sleep = '99ms' }]\n"
      "[run]\ntime_limit = '" + std::to_string(limit / 1s) + "s'\n"
      "[[vm]]\nname = 'one'\nweight = 2000\nscript = 'hog'\n"
      "[[vm]]\nname = 'four'\nvcpus = 4\nweight = 2000\nscripts = [" + scripts + "]\n",
      {.pcpus = 1, .policy = "roost,shares=" + shares, .free = true});
  const auto share = [&](VcpuId vcpu) {
    return static_cast<double>(nanoseconds(out.report.vcpus[vcpu].run)) / static_cast<double>(nanoseconds(limit));
  };
  return {share(VcpuId{0}), share(VcpuId{1})};
}

// A VM of weight 2000 with one vCPU beside one of 2000 with four: half of the pCPU each. Without groups: a fifth.
TEST(GroupShares, AVmsShareIsTheSameHoweverManyVcpusItHas) {
  const std::string hogs = "'hog', 'hog', 'hog', 'hog'";
  EXPECT_NEAR(one_and_four(5s, hogs, "vcpu").first, 0.2, 0.005);
  EXPECT_NEAR(one_and_four(5s, hogs, "group").first, 0.5, 0.005);
}

// Of four vCPUs three sleep for 99 of 100 ms. While they do the fourth has its VM's whole weight: half of the pCPU. In
// the rest the three run for 3 ms of 100 in all, at the cost of both VMs.
TEST(GroupShares, OnlyActiveVcpusCount) {
  const auto [one, other] = one_and_four(10s, "'hog', 'nap', 'nap', 'nap'", "group");
  EXPECT_NEAR(one, 0.49, 0.01) << "half, less half of what sleepers run beyond their part";
  EXPECT_NEAR(other, 0.48, 0.015);
}

}  // namespace
}  // namespace roost
