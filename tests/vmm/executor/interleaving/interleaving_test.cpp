// The real dispatcher, interleaved at random: no wakeup is lost, nobody runs twice, and at rest everyone is in one
// place. ROOST_INTERLEAVINGS=N and ROOST_SEED=N in the environment ask for more, or for others.

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "sched/policy/catalog.hpp"
#include "tests/kit/wild_balancer.hpp"
#include "tests/vmm/executor/interleaving/interleaved_world.hpp"

namespace roost::test {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

Policy policy(std::string_view spec, Granularity granularity = Granularity::Pcpu) {
  return std::move(*make_policy(spec, Topology::flat(InterleavedWorld::kPcpus), InterleavedWorld::kVcpus, granularity));
}

/// The first episode at whose end something is wrong, or `most`.
std::uint64_t search(InterleavedWorld& world, std::uint64_t most, std::string& wrong) {
  for (std::uint64_t i = 0; i < most; ++i)
    if (wrong = world.episode(); !wrong.empty()) return i;
  return most;
}

TEST(Interleaving, AMillionOfThemLoseNoWakeup) {
  const std::uint64_t seed = from_environment("ROOST_SEED", 20'261'122);
  const std::uint64_t most = from_environment("ROOST_INTERLEAVINGS", 1'000'000);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::uint64_t done = 0;
  struct Case {
    const char* spec;
    bool caps;
    Granularity granularity = Granularity::Pcpu;
    bool wild = false;  // who runs is asked to move, at random
  };
  const std::array cases{Case{"roost", false}, Case{"round_robin", false}, Case{"roost", true},
                         Case{"roost", true, Granularity::Machine}, Case{"round_robin", false, Granularity::Machine},
                         Case{"edf", false, Granularity::Machine}, Case{"roost", false, Granularity::Pcpu, true},
                         Case{"round_robin", true, Granularity::Pcpu, true},
                         Case{"roost,balance=proxy,balance_tick=100us", false}};
  for (const auto& [spec, caps, granularity, wild] : cases) {
    Policy of = policy(spec, granularity);
    if (wild) of = kit::gone_wild(std::move(of), InterleavedWorld::kPcpus, seed);
    InterleavedWorld world(seed + done, std::move(of), {}, caps);
    std::string wrong;
    const std::uint64_t each = most / cases.size(), good = search(world, each, wrong);
    EXPECT_EQ(good, each) << spec << " by " << name_of(granularity) << ": " << wrong;
    EXPECT_EQ(world.throttled() > good / 100, caps) << "budgets must be used up, if there are any";
    EXPECT_GT(world.switches(), 10 * good) << "the fibers must really take turns";
    EXPECT_GT(world.handed(), good / 100) << "vCPUs must be handed to pollers";
    EXPECT_GT(world.changes(), good / 100) << "weights, affinities, pCPUs and policies must change";
    EXPECT_GT(world.slept(), good / 100) << "pCPUs must fall asleep";
    if (wild) {  // elsewhere only who is displaced by a wakeup is asked, now and then
      EXPECT_GT(world.sent(), good / 100) << "vCPUs must move while they run, if they are asked to";
    }
    done += good;
  }
}

void expect_found(const Rules& rules) {
  InterleavedWorld world(1, policy("roost"), rules);
  std::string wrong;
  EXPECT_LT(search(world, 200'000, wrong), 200'000u) << "a broken protocol must be found";
}

TEST(Interleaving, FindsAKickThatIsLostWhenFallingAsleepTakesTwoSteps) {
  expect_found({.fall_asleep_in_one_step = false});
}

TEST(Interleaving, FindsAVcpuThatIsHandedToASleeper) { expect_found({.look_before_sleeping = false}); }

TEST(Interleaving, FindsAKickThatIsClearedUnseen) { expect_found({.clear_bell_before_looking = false}); }

}  // namespace
}  // namespace roost::test
