// What the rules of each preset's original give in small scenes, worked out by hand; nothing costs any time there.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/vmm/workload/simulate.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using Durations = std::vector<Duration>;

const std::string kHog = "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '1s' }]\n";

scenes::Outcome run(const std::string& preset, std::size_t pcpus, const std::string& scene) {
  return scenes::simulate(scene, {.pcpus = pcpus, .policy = preset, .free = true});
}

struct Fingerprint {
  const char* preset;
  Durations turns;          // of two equal hogs on one pCPU, the first ones
  Duration most;            // that one which sleeps for 19 ms and runs for 1 ms waits beside a hog, 5 s and more later
  std::vector<int> shares;  // percent of a pCPU that each of three hogs on two gets, the least first
  Duration after{0};        // whose turns begin later are meant
};

// Turns, of two hogs A and B:
//   roost: 6 ms in two. mqms, sqms: 3 ms each.
//   esx-relaxed: they are siblings, and a turn of 50 ms ends where one leads. A runs for 4 ms until it leads B by more
//     than 3 ms, at a look 1 ms after 3 ms, and is stopped. So is B, 4 ms ahead, after 8 ms; then A, and so on.
//   linux-cfs: 6 ms * (1 + log2 8) in two. linux-eevdf: 0.7 ms * (1 + log2 8), the first request of each half of that.
//   linux-o1: who is new has slept for 900 ms of a second: bonus 4, and takes turns of 10 ms with its like.
//   freebsd-ule: 12 ticks of 1/127 s, once neither is taken for interactive any more.
//   solaris-ts: both begin at level 29, which has 120 ms; who uses them up goes to 19 with 160 ms, then 9 with 200 ms.
//   windows-nt: 2 ticks of 15.625 ms. xen-credit: 30 ms.
//   xen-credit2: both have 10 ms of credit. A runs for 1 ms, the ratelimit: 9 against 10. B runs until 9, the ratelimit
//     too, and on, since nobody has more, for the least, 0.5 ms. A has 9 against 8.5 and runs for the ratelimit: 8. So
//     does B then, with 8.5 against 8: 7.5, and so on.
//   xen-rtds: 4 of 10 ms each, A first as equals go by number. Then both are a level lower, and A has the 2 ms that are
//     left of the period, then its new budget.
//   xen-null: B stands in line for ever.
// Waits: those who sleep come first, but in turns. Then 19 ms are 6 turns of the hog and 1 ms, so that 2 are left of
//   the seventh. Under linux-eevdf the hog may end its request.
// Shares, to a percent: who has a pCPU to itself keeps it, but where pCPUs share a runqueue; under xen-null the third
//   has none. Under esx-relaxed siblings stay within 4 ms of each other: two thirds each. Under xen-rtds A and B have 4
//   of each 10 ms, then C, and beside it A, a level lower but first by number; then B and C have 2. solaris-ts: not
//   stated; each second's lift goes to whoever of the two waits just then.
const Fingerprint kFingerprints[] = {
    {"roost", {3ms, 3ms, 3ms}, 0ms, {50, 50, 100}},
    {"esx-relaxed", {4ms, 8ms, 8ms, 8ms}, 0ms, {67, 67, 67}},
    {"freebsd-ule", {94'488'192ns, 94'488'192ns}, 0ms, {50, 50, 100}, 5s},
    {"linux-cfs", {12ms, 12ms, 12ms}, 0ms, {50, 50, 100}},
    {"linux-eevdf", {1'400us, 1'400us, 2'800us}, 2'800us, {50, 50, 100}},
    {"linux-o1", {10ms, 10ms, 10ms}, 0ms, {50, 50, 100}},
    {"solaris-ts", {120ms, 120ms, 160ms, 160ms, 200ms}, 0ms, {}},
    {"windows-nt", {31'250us, 31'250us, 31'250us}, 0ms, {50, 50, 100}},
    {"xen-credit", {30ms, 30ms, 30ms}, 0ms, {50, 50, 100}},
    {"xen-credit2", {1ms, 1'500us, 1ms, 1ms}, 0ms, {67, 67, 67}},
    {"xen-null", {}, 0ms, {0, 100, 100}},
    {"xen-rtds", {4ms, 4ms, 6ms, 4ms}, 0ms, {60, 60, 80}},
    {"sqms", {3ms, 3ms, 3ms}, 2ms, {67, 67, 67}},
    {"mqms-none", {3ms, 3ms, 3ms}, 2ms, {50, 50, 100}},
    {"mqms-pull", {3ms, 3ms, 3ms}, 2ms, {50, 50, 100}},
    {"mqms-push", {3ms, 3ms, 3ms}, 2ms, {50, 50, 100}},
    {"mqms-hybrid", {3ms, 3ms, 3ms}, 2ms, {50, 50, 100}},
};

class PresetFingerprint : public testing::TestWithParam<Fingerprint> {};

/// How long each that came later ran until another one did.
Durations turns(const scenes::Outcome& out, Duration after) {
  Durations turns;
  VcpuId runs = kNoVcpu;
  Time since{};
  for (const Event& event : out.events) {
    if (event.kind != EventKind::Switch || event.vcpu == runs) continue;
    if (runs != kNoVcpu && since >= Time{after}) turns.push_back(event.at - since);
    runs = event.vcpu;
    since = event.at;
  }
  return turns;
}

TEST_P(PresetFingerprint, TurnsOfTwoHogs) {
  const std::string scene = kHog + "[run]\ntime_limit = '6s'\n[[vm]]\nname = 'a'\nvcpus = 2\nscript = 'hog'\n";
  Durations got = turns(run(GetParam().preset, 1, scene), GetParam().after);
  EXPECT_EQ(got.empty(), GetParam().turns.empty());
  ASSERT_GE(got.size(), GetParam().turns.size());
  got.resize(GetParam().turns.size());
  EXPECT_EQ(got, GetParam().turns);
}

TEST_P(PresetFingerprint, WaitOfASleeperBesideAHog) {
  const auto out = run(GetParam().preset, 1, kHog + "[run]\ntime_limit = '6s'\n"
                                                    "[script.nap]\nrepeat = 'forever'\n"
                                                    "phases = [{ run = '1ms' }, { sleep = '19ms' }]\n"
                                                    "[[vm]]\nname = 'nap'\nscript = 'nap'\n"
                                                    "[[vm]]\nname = 'hog'\nscript = 'hog'\n");
  Time woken = kNever;
  Duration longest{0};
  for (const Event& event : out.events) {
    if (event.vcpu != VcpuId{0} || event.at < time_at(5'000'000'000)) continue;
    if (event.kind == EventKind::Wakeup) woken = event.at;
    if (event.kind == EventKind::Switch && woken != kNever) {
      longest = std::max(longest, event.at - woken);
      woken = kNever;
    }
  }
  EXPECT_LE(longest, GetParam().most);
  EXPECT_EQ(longest > 0ms, GetParam().most > 0ms);
}

TEST_P(PresetFingerprint, SharesOfThreeHogsOnTwoPcpus) {
  const auto out = run(GetParam().preset, 2, kHog + "[run]\ntime_limit = '10s'\n"
                                                    "[[vm]]\nname = 'a'\nvcpus = 3\nscript = 'hog'\n");
  std::vector<int> shares;
  for (const VcpuReport& vcpu : out.report.vcpus)
    shares.push_back(static_cast<int>((vcpu.run + 50ms) / 100ms));
  std::ranges::sort(shares);
  for (std::size_t i = 0; i < GetParam().shares.size(); ++i) EXPECT_NEAR(shares[i], GetParam().shares[i], 1) << i;
}

INSTANTIATE_TEST_SUITE_P(Presets, PresetFingerprint, testing::ValuesIn(kFingerprints), [](const auto& test) {
  std::string name = test.param.preset;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(PresetFingerprints, AreThereForEveryPreset) {
  for (const PresetInfo& preset : standard_catalog().presets)
    EXPECT_EQ(std::ranges::count(kFingerprints, preset.name, &Fingerprint::preset), 1) << preset.name;
}

}  // namespace
}  // namespace roost
