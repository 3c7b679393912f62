// Pools beside reservations, caps, stops, weights and hotplug: what is promised in a pool is kept there and admitted by
// what its own pCPUs can keep; and random scenes of all that.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/kit/seeded.hpp"
#include "tests/tools/scenario_scene.hpp"
#include "tools/report/run_table.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

std::string host(const std::string& limit = "400ms") {
  return "[run]\ntime_limit = '" + limit + "'\n[host]\npcpus = 4\n"
         "[pool.left]\npcpus = '0-1'\npolicy = 'weighted_fair'\n[pool.right]\npcpus = '2-3'\npolicy = 'edf'\n"
         "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '7ms' }]\n"
         "[script.naps]\nrepeat = 'forever'\nphases = [{ run = '1ms' }, { sleep = '1ms' }]\n";
}
std::string vm(const std::string& name, const std::string& more) {
  return "[[vm]]\nname = '" + name + "'\nscript = 'hog'\n" + more;
}
std::string at(const std::string& when, const std::string& what) {
  return "[[timeline]]\nat = '" + when + "'\n" + what;
}
const VcpuReport& vcpu_of(const ScenarioRun& out, std::uint32_t id) { return out.run.report.vcpus[VcpuId{id}]; }

TEST(PoolPromises, AreKeptWhateverTheOtherPoolDoes) {
  const auto out = scenes::run_text(host() + vm("a", "pool = 'left'\nreservation = '120%'\nvcpus = 2\n") +
                                    vm("b", "pool = 'left'\nvcpus = 4\nweight = 10000\n") +
                                    vm("c", "pool = 'right'\nvcpus = 2\nreservation = '160%'\n") +
                                    vm("d", "pool = 'right'\nvcpus = 4\nweight = 10000\n"));
  for (const std::uint32_t v : {0U, 1U}) {
    EXPECT_GE(vcpu_of(out, v).reserved, 234ms) << v << ": 60% of 400 ms, but for the last period";
    EXPECT_EQ(vcpu_of(out, v).deadline_misses, 0u);
  }
  for (const std::uint32_t v : {6U, 7U}) EXPECT_GE(vcpu_of(out, v).reserved, 312ms) << v;
}

// Each pool of two has 190%: three of 70% do not fit into one, and would into the host.
TEST(PoolPromises, EachPoolAdmitsWhatItCanKeepAndRefusesWithItsNumbers) {
  const std::string left = vm("small", "pool = 'left'\nreservation = '10%'\n");
  EXPECT_TRUE(scenes::plan_text(host() + left + vm("a", "pool = 'right'\nvcpus = 2\nreservation = '140%'\n")));
  EXPECT_THAT(scenes::refused(host() + left + vm("a", "pool = 'right'\nvcpus = 3\nreservation = '210%'\n")),
              AllOf(HasSubstr("a/2 is to have 70% of a pCPU for certain, and on none of those that it may use "
                              "(pCPUs 2,3) more than 25% is left beside other reservations; all reservations in its "
                              "pool come to 210%, all online pCPUs there offer 190%"),
                    HasSubstr("vm[1].reservation")));
}

TEST(PoolPromises, WhoMovesNeedsRoomInTheOtherPool) {
  const std::string vms = vm("a", "pool = 'left'\nreservation = '70%'\n") +
                          vm("b", "pool = 'right'\nvcpus = 2\nreservation = '140%'\n");
  EXPECT_THAT(scenes::refused(host() + vms + at("100ms", "vm = 'a'\npool = 'right'\n")),
              AllOf(HasSubstr("timeline[0].pool: from then on"), HasSubstr("in its pool come to 210%")));
  // Where one of them has gone before, it may; and its promise holds in both pools.
  const auto out = scenes::run_text(host() + vm("a", "pool = 'left'\nreservation = '70%'\n") +
                                    vm("b", "pool = 'right'\nreservation = '70%'\n") +
                                    vm("c", "pool = 'right'\nreservation = '70%'\n") +
                                    vm("hogs", "pool = 'left'\nvcpus = 3\nweight = 10000\n") +
                                    vm("others", "pool = 'right'\nvcpus = 3\nweight = 10000\n") +
                                    at("100ms", "vm = 'b'\npool = 'left'\n") +
                                    at("200ms", "vm = 'a'\npool = 'right'\n"));
  for (const ChangeOutcome& change : out.changes) EXPECT_EQ(change.refused, "") << change.what;
  for (std::uint32_t v = 0; v < 3; ++v)
    EXPECT_GE(vcpu_of(out, v).reserved, 400ms * 7 / 10 - 21ms) << v << ": but for a period at the move and the last";
}

TEST(PoolPromises, TheLastPcpuOfAPoolStaysForThoseThatItHasPromised) {
  const std::string vms = vm("a", "pool = 'right'\nvcpus = 2\nreservation = '100%'\n") + vm("b", "pool = 'left'\n");
  EXPECT_THAT(scenes::refused(host() + vms + at("100ms", "pcpus = [3]\noffline = true\n")),
              AllOf(HasSubstr("a/1 is to have 50%"),
                    HasSubstr("in its pool come to 100%, all online pCPUs there offer 95%")));
  const auto out = scenes::run_text(host() + vm("a", "pool = 'right'\nvcpus = 2\nreservation = '80%'\n") +
                                    vm("b", "pool = 'left'\n") + vm("c", "pool = 'right'\nweight = 10000\n") +
                                    at("100ms", "pcpus = [3]\noffline = true\n") +
                                    at("200ms", "pcpus = [3]\nonline = true\n"));
  for (const std::uint32_t v : {0U, 1U}) EXPECT_GE(vcpu_of(out, v).reserved, 400ms * 4 / 10 - 16ms) << v;
}

TEST(PoolPromises, TheLastPcpuOfAnEmptyPoolMayGoAndComeBack) {
  const auto out = scenes::run_text(host() + vm("a", "pool = 'right'\nvcpus = 2\n") + vm("b", "pool = 'left'\n") +
                                    at("50ms", "vm = 'a'\npool = 'left'\n") +
                                    at("60ms", "pcpus = '2-3'\noffline = true\n") +
                                    at("200ms", "pcpus = '2-3'\nonline = true\n") +
                                    at("210ms", "vm = 'a'\npool = 'right'\n"));
  for (const ChangeOutcome& change : out.changes) EXPECT_EQ(change.refused, "") << change.what;
  for (const std::uint32_t p : {2U, 3U}) {
    EXPECT_GT(out.run.report.pcpus[PcpuId{p}].busy, 238ms) << "50 ms before and 190 ms after";
    EXPECT_LT(out.run.report.pcpus[PcpuId{p}].busy, 242ms);
  }
}

// 100 and 300 of a pool's only pCPU, then 300 and 300; at 200 ms the first goes to the other pool, where it has 300
// beside 100. Caps hold on both sides of the border.
TEST(PoolPromises, WeightsAndCapsGoWithTheVm) {
  const std::string one_each = "[run]\ntime_limit = '400ms'\n[host]\npcpus = 2\n"
      "[pool.left]\npcpus = [0]\npolicy = 'weighted_fair'\n[pool.right]\npcpus = [1]\npolicy = 'stride'\n"
      "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '7ms' }]\n";
  const auto out = scenes::run_text(one_each + vm("a", "pool = 'left'\nweight = 100\n") +
                                    vm("b", "pool = 'left'\nweight = 300\n") +
                                    vm("c", "pool = 'right'\nweight = 100\n") +
                                    at("100ms", "vm = 'a'\nweight = 300\n") +
                                    at("200ms", "vm = 'a'\npool = 'right'\n"));
  EXPECT_NEAR(static_cast<double>(vcpu_of(out, 0).run / 1us), 25e3 + 50e3 + 150e3, 8e3);
  EXPECT_NEAR(static_cast<double>(vcpu_of(out, 2).run / 1us), 200e3 + 50e3, 6e3);
  const auto capped = scenes::run_text(one_each + vm("a", "pool = 'left'\ncap = 30\n") +
                                       vm("b", "pool = 'right'\n") + at("200ms", "vm = 'a'\npool = 'right'\n"));
  EXPECT_NEAR(static_cast<double>(vcpu_of(capped, 0).run / 1us), 120e3, 4e3) << "30% on either side";
}

TEST(PoolPromises, WhoStopsLeavesItsRoomToThePool) {
  const auto out = scenes::run_text(
      host() + vm("a", "pool = 'right'\nvcpus = 2\nreservation = '120%'\n") +
      vm("b", "pool = 'left'\nreservation = '60%'\n") + vm("hogs", "pool = 'right'\nvcpus = 2\n") +
      at("100ms", "vm = 'a'\nstop = true\n") + at("300ms", "vm = 'b'\npool = 'right'\n"));
  for (const ChangeOutcome& change : out.changes) EXPECT_EQ(change.refused, "") << change.what;
  EXPECT_GE(vcpu_of(out, 2).reserved, 400ms * 6 / 10 - 21ms);
}

// ---- random scenes ----

/// A host of 2 to 4 pools of 1 to 3 pCPUs, each under some policy, with VMs that move, are weighed anew, capped and
/// promised something, policies that change and pCPUs that come and go. The monitor and the worlds' checks look on.
std::string random_scene(kit::Seeded& random, std::uint64_t seed) {
  constexpr std::array kPolicies{"roost", "linux-cfs", "edf", "stride,balance=proxy,shares=group", "xen-credit2",
                                 "roost,balance=proxy,cosched=relaxed", "eevdf,balance=swap,initiator=first",
                                 "sqms,pause=directed", "linux-o1,shares=group", "roost,place=null,balance=none",
                                 "round_robin,cosched=strict,balance=active", "esx-relaxed"};
  constexpr std::array kRunqueues{"pcpu", "pcpu", "llc", "machine"};
  const std::uint64_t pools = 2 + random.below(3);
  std::string text, names;
  std::uint64_t pcpus = 0;
  for (std::uint64_t p = 0; p < pools; ++p) {
    const std::uint64_t size = 1 + random.below(3);
    text += fmt::format("[pool.p{}]\npcpus = '{}-{}'\npolicy = '{}'\nrunqueue = '{}'\n", p, pcpus, pcpus + size - 1,
                        kPolicies[random.below(kPolicies.size())], kRunqueues[random.below(kRunqueues.size())]);
    pcpus += size;
  }
  text = fmt::format("[run]\ntime_limit = '60ms'\nseed = {}\n[host]\ntopology = 'core:{}'\n", seed, pcpus) + text +
         "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '3ms' }]\n[script.naps]\nrepeat = 'forever'\n"
         "phases = [{ run = { exponential = '300us' } }, { sleep = { exponential = '500us' } }, { yield = true }]\n";
  const std::uint64_t vms = 2 + random.below(5);
  for (std::uint64_t v = 0; v < vms; ++v) {
    text += fmt::format("[[vm]]\nname = 'v{}'\nscript = '{}'\nvcpus = {}\nweight = {}\npool = 'p{}'\n", v,
                        random.below(2) ? "hog" : "naps", 1 + random.below(4), 1 + random.below(3000),
                        random.below(pools));
    if (random.below(4) == 0) text += fmt::format("cap = {}\n", 5 + random.below(100));
    if (random.below(3) == 0) text += fmt::format("reservation = '{}%'\n", 1 + random.below(20));
  }
  for (std::uint64_t change = 0, now = 1; change < 12; ++change) {
    now += 1 + random.below(4);
    text += fmt::format("[[timeline]]\nat = '{}ms'\n", now);
    const std::uint64_t who = random.below(vms), pool = random.below(pools);
    switch (random.below(5)) {
      case 0: text += fmt::format("vm = 'v{}'\nweight = {}\n", who, 1 + random.below(10000)); break;
      case 1: text += fmt::format("pcpus = [{}]\n{} = true\n", random.below(pcpus),
                                  random.below(3) ? "online" : "offline"); break;
      case 2: text += fmt::format("policy = '{}'\npool = 'p{}'\n", kPolicies[random.below(6)], pool); break;
      default: text += fmt::format("vm = 'v{}'\npool = 'p{}'\n", who, pool);
    }
  }
  return text;
}

TEST(PoolPromises, RandomScenesLoseNobody) {
  std::size_t ran = 0, moves = 0, refused = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    kit::Seeded random(seed);
    SCOPED_TRACE(random.told());
    const std::string text = random_scene(random, seed);
    const auto plan = scenes::plan_text(text);
    if (!plan) {  // too much is promised, a pool would lose its last pCPU, or such
      ++refused;
      continue;
    }
    std::string failed;
    try {
      const ScenarioRun out = scenes::run_plan(*plan);
      ++ran;
      for (const ChangeOutcome& change : out.changes) moves += change.refused.empty();
      for (const VcpuReport& vcpu : out.run.report.vcpus)
        EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted + vcpu.capped, vcpu.lifetime) << vcpu.vm;
    } catch (const CheckFailure& failure) {
      failed = failure.what();
    }
    ASSERT_EQ(failed, "") << text;
  }
  EXPECT_GT(ran, 60u) << refused << " were refused";
  EXPECT_GT(moves, 500u);
}

}  // namespace
}  // namespace roost
