// The kick protocol (law 7: one outstanding kick a pCPU), explored over all interleavings of a small model: one pCPU
// that takes work, polls and sleeps, and several kickers that each queue one piece of work. The doorbell's word and
// its futex are modelled as host/doorbell.cpp has them. Broken variants show that the search can fail.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <set>
#include <vector>

namespace {

constexpr int kKickers = 3;
enum Word : std::uint8_t { Quiet, Rung, Asleep };

struct Rules {
  bool bell_before_kicked = true;    // the owner clears the bell first, then `kicked`
  bool look_after_clearing = true;   // and looks at its runqueue only then
  bool sleep_by_exchange = true;     // Quiet -> Asleep is one atomic step
};

struct World {
  std::uint8_t queued = 0, taken = 0;
  Word word = Quiet;
  bool kicked = false;
  bool in_kernel = false;  // waits in the futex
  std::uint8_t owner = 0;
  bool saw_quiet = false;
  bool saw_work = false;
  std::array<std::uint8_t, kKickers> kicker{};
  std::array<Word, kKickers> old{};

  auto operator<=>(const World&) const = default;
};

void step_owner(const Rules& rules, World w, std::vector<World>& out) {
  const auto look = [&] { w.saw_work = w.queued > w.taken, w.taken = w.queued; };
  switch (w.owner) {
    case 0:
      if (!rules.look_after_clearing) look();
      if (rules.bell_before_kicked) w.word = Quiet; else w.kicked = false;
      w.owner = 1;
      break;
    case 1:
      if (rules.bell_before_kicked) w.kicked = false; else w.word = Quiet;
      w.owner = 2;
      break;
    case 2:
      if (rules.look_after_clearing) look();
      w.owner = w.saw_work ? 0 : 3;
      break;
    case 3:  // nothing to do: go to sleep unless rung
      w.saw_quiet = w.word == Quiet;
      if (rules.sleep_by_exchange && w.saw_quiet) w.word = Asleep;
      w.owner = w.saw_quiet ? 4 : 0;
      break;
    case 4:
      if (!rules.sleep_by_exchange) w.word = Asleep;
      w.owner = 5;
      break;
    case 5:  // futex_wait(Asleep): the kernel compares and sleeps in one step
      w.in_kernel = w.word == Asleep;
      w.owner = w.in_kernel ? 6 : 0;
      break;
    case 6:
      if (w.in_kernel) return;
      w.owner = 0;
      break;
  }
  out.push_back(w);
}

void step_kicker(World w, int i, std::vector<World>& out) {
  switch (w.kicker[i]) {
    case 0: ++w.queued; w.kicker[i] = 1; break;
    case 1: w.kicker[i] = w.kicked ? 4 : 2; w.kicked = true; break;
    case 2: w.old[i] = w.word; w.word = Rung; w.kicker[i] = w.old[i] == Asleep ? 3 : 4; break;
    case 3: w.in_kernel = false; w.kicker[i] = 4; break;  // futex_wake
    default: return;
  }
  out.push_back(w);
}

std::size_t lost_kicks(const Rules& rules, std::size_t* states = nullptr) {
  std::set<World> seen;
  std::vector<World> open{World{}};
  std::size_t lost = 0;
  while (!open.empty()) {
    const World w = open.back();
    open.pop_back();
    if (!seen.insert(w).second) continue;
    std::vector<World> next;
    step_owner(rules, w, next);
    for (int i = 0; i < kKickers; ++i) step_kicker(w, i, next);
    if (next.empty() && w.taken < w.queued) ++lost;
    open.insert(open.end(), next.begin(), next.end());
  }
  if (states) *states = seen.size();
  return lost;
}

TEST(KickModel, LosesNoKickInAnyInterleaving) {
  std::size_t states = 0;
  EXPECT_EQ(lost_kicks(Rules{}, &states), 0u);
  EXPECT_GT(states, 1000u) << "the search must really branch";
}

TEST(KickModel, LosesOneIfKickedIsClearedBeforeTheBell) { EXPECT_GT(lost_kicks({.bell_before_kicked = false}), 0u); }

TEST(KickModel, LosesOneIfTheRunqueueIsLookedAtBeforeTheKickIsTaken) {
  EXPECT_GT(lost_kicks({.look_after_clearing = false}), 0u);
}

TEST(KickModel, LosesOneIfFallingAsleepIsNotAtomic) { EXPECT_GT(lost_kicks({.sleep_by_exchange = false}), 0u); }

}  // namespace
