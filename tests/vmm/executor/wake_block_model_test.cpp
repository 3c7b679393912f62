// The wake/block protocol (law 6), explored over all interleavings of a small model of it: one vCPU, one pCPU that runs
// it, two wakers. Every atomic step of the real code is one step here, under sequential consistency, which is what the
// seq_cst accesses of dispatcher*.cpp give it. A broken variant per rule shows that the search can fail.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <set>
#include <vector>

namespace {

enum class State : std::uint8_t { Running, Blocked, Waking, Queued };

struct Rules {
  bool look_again_after_blocked = true;  // settle(): pending is looked at after Blocked is published
  bool pending_before_try = true;        // wake(): pending is set before the state is looked at
  bool lines_before_wake = true;         // post_interrupt(): the line is raised before wake()
  bool clear_pending_before_lines = true;  // switch_in(): pending is cleared before run() looks at the lines
  bool kick_the_running = true;            // wake(): a running vCPU's pCPU is kicked
};

constexpr int kWakers = 2;

struct World {
  State state = State::Running;
  bool pending = false;
  bool bell = false;      // a kick: ends run() even if the vCPU computes
  int lines = 0;          // interrupts raised
  int handled = 0;        // interrupts the guest has seen
  std::uint8_t runner = 0;            // program counter of the pCPU
  bool saw_lines = false;
  std::array<std::uint8_t, kWakers> waker{};  // program counters
  std::array<State, kWakers> seen{};

  auto operator<=>(const World&) const = default;
};

/// The pCPU: clear pending, look at the lines; if none, publish Blocked, look at pending; when queued, switch in again.
void step_runner(const Rules& rules, World w, std::vector<World>& out) {
  switch (w.runner) {
    case 0:  // switch in (or run on)
      if (rules.clear_pending_before_lines) w.pending = false;
      w.state = State::Running;
      w.runner = 1;
      break;
    case 1:  // run(): the look at the lines
      w.saw_lines = w.lines > w.handled;
      w.handled = w.lines;
      w.runner = w.saw_lines ? 0 : 2;
      if (!w.saw_lines) {  // or the guest computes on and on
        World computing = w;
        computing.runner = 5;
        out.push_back(computing);
      }
      break;
    case 2:  // WFI: run() returned Halted
      if (!rules.clear_pending_before_lines) w.pending = false;
      w.state = State::Blocked;
      w.runner = 3;
      break;
    case 3:  // the second look at pending
      if (rules.look_again_after_blocked && w.pending && w.state == State::Blocked) w.state = State::Queued;
      w.runner = 4;
      break;
    case 4:  // idle: wait until it is queued
      if (w.state != State::Queued) return;
      w.runner = 0;
      break;
    case 5:  // computing: only the bell ends it
      if (!w.bell) return;
      w.bell = false;
      w.runner = rules.clear_pending_before_lines ? 6 : 1;
      break;
    case 6:  // keeps_running(): what is pending will be seen by the look that follows
      w.pending = false;
      w.runner = 1;
      break;
  }
  out.push_back(w);
}

void step_waker(const Rules& rules, World w, int i, std::vector<World>& out) {
  const auto raise = [&] { ++w.lines; };
  switch (w.waker[i]) {
    case 0: rules.lines_before_wake ? raise() : void(); w.waker[i] = 1; break;
    case 1: if (rules.pending_before_try) w.pending = true; w.waker[i] = 2; break;
    case 2: w.seen[i] = w.state; w.waker[i] = 3; break;
    case 3:
      if (w.seen[i] == State::Blocked && w.state == State::Blocked) w.state = State::Waking, w.waker[i] = 4;
      else if (rules.kick_the_running && w.seen[i] == State::Running) w.bell = true, w.waker[i] = 5;
      else w.waker[i] = 5;
      break;
    case 4: w.state = State::Queued; w.waker[i] = 5; break;  // placed and queued
    case 5:
      if (!rules.pending_before_try) w.pending = true;
      if (!rules.lines_before_wake) raise();
      w.waker[i] = 6;
      break;
    default: return;
  }
  out.push_back(w);
}

struct Outcome {
  std::size_t states = 0;
  std::size_t lost = 0;  // resting states in which a raised interrupt was not seen
};

Outcome explore(const Rules& rules) {
  std::set<World> seen;
  std::vector<World> open{World{}};
  Outcome outcome;
  while (!open.empty()) {
    const World w = open.back();
    open.pop_back();
    if (!seen.insert(w).second) continue;
    std::vector<World> next;
    step_runner(rules, w, next);
    for (int i = 0; i < kWakers; ++i) step_waker(rules, w, i, next);
    if (next.empty() && w.handled < w.lines) ++outcome.lost;
    open.insert(open.end(), next.begin(), next.end());
  }
  outcome.states = seen.size();
  return outcome;
}

TEST(WakeBlockModel, LosesNoWakeupInAnyInterleaving) {
  const Outcome outcome = explore(Rules{});
  EXPECT_EQ(outcome.lost, 0u);
  EXPECT_GT(outcome.states, 300u) << "the search must really branch";
}

TEST(WakeBlockModel, LosesOneWithoutTheSecondLook) {
  EXPECT_GT(explore({.look_again_after_blocked = false}).lost, 0u);
}

TEST(WakeBlockModel, LosesOneIfPendingIsSetAfterTheTry) {
  EXPECT_GT(explore({.pending_before_try = false}).lost, 0u);
}

TEST(WakeBlockModel, LosesOneIfTheLineIsRaisedAfterTheWake) {
  EXPECT_GT(explore({.lines_before_wake = false}).lost, 0u);
}

TEST(WakeBlockModel, LosesOneIfPendingIsClearedAfterTheLookAtTheLines) {
  EXPECT_GT(explore({.clear_pending_before_lines = false}).lost, 0u);
}

TEST(WakeBlockModel, LosesOneIfTheRunningAreNotKicked) { EXPECT_GT(explore({.kick_the_running = false}).lost, 0u); }

}  // namespace
