// The hand-over of a woken vCPU to a pCPU that polls, explored over all interleavings of a small model: one pCPU that
// awaits, takes, runs, awaits again or falls asleep, and several wakers that each bring one vCPU: handed over if the
// pCPU awaits one and runs none, queued and rung for otherwise. The steps are those of host/doorbell and of
// dispatcher_wake.cpp; a runqueue's lock is a step's mutual exclusion. Broken variants show that the search can fail.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <set>
#include <vector>

namespace {

constexpr int kWakers = 3;
enum Word : std::uint8_t { Quiet, Rung, Asleep };

struct Rules {
  bool hand_under_lock = true;      // the message is stored before the runqueue is released
  bool look_after_asleep = true;    // the owner says Asleep and then looks for a message; hand() the other way round
  bool close_before_look = true;    // take_handed() ends the awaiting before the owner next holds its runqueue
};

struct World {
  bool locked = false;   // by a waker
  std::uint8_t queued = 0;
  bool current = false, handed_flag = false;  // under the lock
  bool awaits = false, message = false;       // in the doorbell
  Word word = Quiet;
  bool in_kernel = false;
  std::uint8_t ran = 0;
  bool twice = false;    // a vCPU began while another ran, or one that was not there
  std::uint8_t owner = 0;
  std::array<std::uint8_t, kWakers> waker{};
  std::array<bool, kWakers> asleep{};

  auto operator<=>(const World&) const = default;
};

void run_current(World& w) {
  if (!w.current) w.twice = true;
  w.handed_flag = w.current = false;  // it runs, comes back and blocks: one step, under the lock
  ++w.ran;
}

void step_owner(const Rules& rules, World w, std::vector<World>& out) {
  switch (w.owner) {
    case 0:  // next(): under the lock
      if (w.locked) return;
      if (w.handed_flag) {
        run_current(w);
      } else if (w.queued > 0) {
        --w.queued;
        ++w.ran;
      } else {
        w.owner = 1;
      }
      break;
    case 1: w.message = false; w.awaits = true; w.owner = 2; break;
    case 2:  // polls: sees a message, a ring, or the end of its patience
      out.push_back([&] { World tired = w; tired.owner = 3; return tired; }());
      if (w.message || w.word != Quiet) w.owner = 6; else return;
      break;
    case 3:
      if (w.word != Quiet) { w.owner = 6; break; }
      w.word = Asleep;
      w.owner = 4;
      break;
    case 4:
      if (rules.look_after_asleep && w.message) {
        if (w.word == Asleep) w.word = Quiet;
        w.owner = 6;
      } else {
        w.in_kernel = w.word == Asleep;
        w.owner = w.in_kernel ? 5 : 6;
      }
      break;
    case 5:
      if (w.in_kernel) return;
      w.owner = 6;
      break;
    case 6:  // take_handed()
      if (rules.close_before_look) w.awaits = false;
      if (w.message) {
        w.owner = 7;
      } else {
        w.word = Quiet;
        w.owner = 0;
      }
      break;
    case 7:  // took one: it runs at once, and the owner comes to its runqueue when it is back
      if (w.locked) return;
      run_current(w);
      w.owner = 0;
      break;
  }
  out.push_back(w);
}

void step_waker(const Rules& rules, World w, int i, std::vector<World>& out) {
  std::uint8_t& at = w.waker[i];
  switch (at) {
    case 0:
      if (w.locked) return;
      w.locked = true;
      if (w.awaits && !w.current && w.queued == 0) {
        w.current = w.handed_flag = true;
        at = rules.hand_under_lock ? 1 : 2;
      } else {
        ++w.queued;
        w.asleep[i] = true;  // it must be rung
        at = 4;
      }
      break;
    case 1: w.message = true; at = 3; break;
    case 2: w.locked = false; at = 5; break;
    case 3: w.asleep[i] = w.word == Asleep; at = 4; break;
    case 4: w.locked = false; at = w.asleep[i] ? 6 : 9; break;
    case 5: w.message = true; w.asleep[i] = w.word == Asleep; at = w.asleep[i] ? 6 : 9; break;
    case 6: at = w.word == Asleep ? 7 : 9; w.word = Rung; break;
    case 7: w.in_kernel = false; at = 9; break;
    default: return;
  }
  out.push_back(w);
}

struct Found {
  std::size_t states = 0, lost = 0, twice = 0;
};

Found explore(const Rules& rules) {
  std::set<World> seen;
  std::vector<World> open{World{}};
  Found found;
  while (!open.empty()) {
    const World w = open.back();
    open.pop_back();
    if (w.ran > kWakers || w.twice) {
      ++found.twice;
      continue;
    }
    if (!seen.insert(w).second) continue;
    std::vector<World> next;
    step_owner(rules, w, next);
    for (int i = 0; i < kWakers; ++i) step_waker(rules, w, i, next);
    if (next.empty() && w.ran < kWakers) ++found.lost;
    open.insert(open.end(), next.begin(), next.end());
  }
  found.states = seen.size();
  return found;
}

TEST(HandOverModel, RunsEveryVcpuOnceInAnyInterleaving) {
  const Found found = explore({});
  EXPECT_EQ(found.lost, 0u);
  EXPECT_EQ(found.twice, 0u);
  EXPECT_GT(found.states, 1000u) << "the search must really branch";
}

TEST(HandOverModel, RunsOneTwiceIfTheMessageIsSentAfterTheLock) {
  EXPECT_GT(explore({.hand_under_lock = false}).twice, 0u);
}

TEST(HandOverModel, LosesOneIfTheOwnerSleepsWithoutALastLook) {
  EXPECT_GT(explore({.look_after_asleep = false}).lost, 0u);
}

TEST(HandOverModel, LosesOneIfTheOwnerStillAwaitsWhileItLooks) {
  const Found found = explore({.close_before_look = false});
  EXPECT_GT(found.lost + found.twice, 0u);
}

}  // namespace
