// Who may still act, counted by threads that wait for each other: the end is found, always and never too early.

#include "vmm/workload/actors.hpp"

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/kit/seeded.hpp"
#include "vmm/workload/shared_object.hpp"

namespace roost {
namespace {

/// Threads that signal and wait for each other's events in random order, until all have ended or all wait.
class Party final : public StepSink {
 public:
  Party(std::size_t guests, std::size_t events) {
    for (std::size_t i = 0; i < events; ++i) events_.emplace_back(spec_, 0);
    for (std::size_t i = 0; i < guests; ++i) guests_.emplace_back(wires_, id_at<VcpuId>(i));
    for (Guest& guest : guests_) guest.waiter.begin();
  }

  void run(int steps, kit::Seeded& random) {
    std::vector<std::jthread> threads;
    for (Guest& guest : guests_)
      threads.emplace_back([this, &guest, steps, seed = random.next()] { take_part(guest, steps, kit::Seeded(seed)); });
  }

  void wake(VcpuId vcpu) override {
    guests_[index(vcpu)].bell.fetch_add(1);
    guests_[index(vcpu)].bell.notify_one();
  }
  void notice(VcpuId vcpu) override { wake(vcpu); }
  void confine(VcpuId, const PcpuSet&) override {}

  int times_stuck() const { return stuck_; }
  bool acted_afterwards() const { return acted_afterwards_; }
  std::size_t ended() const { return ended_; }
  std::size_t waiting() const {
    std::size_t waiting = 0;
    for (const SharedObject& event : events_) waiting += event.waiting().size();
    return waiting;
  }

 private:
  struct Guest {
    Guest(const ScriptWires& wires, VcpuId id) : waiter(wires, id) {}
    Waiter waiter;
    std::atomic<unsigned> bell{0};
  };

  void take_part(Guest& guest, int steps, kit::Seeded random) {
    for (int i = 0; i < steps; ++i) {
      if (stuck_ > 0) acted_afterwards_ = true;
      SharedObject& event = events_[random.below(events_.size())];
      if (random.below(2) == 0)
        event.signal(false);
      else if (!event.wait(guest.waiter) && !comes(guest))
        return;
    }
    ++ended_;
    guest.waiter.end();
  }

  bool comes(Guest& guest) {
    guest.waiter.rest();
    for (;;) {
      const unsigned rung = guest.bell.load();
      if (guest.waiter.take_grant()) return true;
      if (stuck_ > 0) return false;
      guest.bell.wait(rung);
    }
  }

  void end() {
    ++stuck_;
    for (std::size_t i = 0; i < guests_.size(); ++i) wake(id_at<VcpuId>(i));
  }

  ObjectSpec spec_{};
  std::atomic<int> stuck_{0};
  std::atomic<bool> acted_afterwards_{false};
  std::atomic<std::size_t> ended_{0};
  Actors actors_{[this] { end(); }};
  ScriptWires wires_{.sink = this, .actors = &actors_};
  std::deque<SharedObject> events_;
  std::deque<Guest> guests_;
};

struct NoSink final : StepSink {
  void wake(VcpuId) override {}
  void notice(VcpuId) override {}
  void confine(VcpuId, const PcpuSet&) override {}
};

TEST(Actors, TellOnceWhenAllThatAreLeftWaitForEachOther) {
  kit::Seeded random(14);
  SCOPED_TRACE(random.told());
  int stuck = 0, ended = 0;
  for (int round = 0; round < 300; ++round) {
    Party party(2 + random.below(4), 1 + random.below(3));
    party.run(static_cast<int>(5 + random.below(60)), random);  // returns: the end was found
    EXPECT_FALSE(party.acted_afterwards());
    EXPECT_EQ(party.times_stuck(), party.waiting() > 0 ? 1 : 0) << party.waiting() << " wait";
    ++(party.times_stuck() > 0 ? stuck : ended);
  }
  EXPECT_GT(stuck, 0);
  EXPECT_GT(ended, 0);
}

/// Both have begun.
class TwoActors : public testing::Test {
 protected:
  TwoActors() { a.begin(), b.begin(); }

  NoSink sink;
  int stuck = 0;
  Actors actors{[this] { ++stuck; }};
  const ScriptWires wires{.sink = &sink, .actors = &actors};
  Waiter a{wires, VcpuId{0}}, b{wires, VcpuId{1}};
};

TEST_F(TwoActors, WhoIsGrantedItsEndActsUntilThen) {
  a.rest();
  a.grant();  // to stop, by b
  a.grant();  // and what it waited for: counted once
  b.rest();
  EXPECT_EQ(stuck, 0) << "a has not ended yet";
  a.end();
  EXPECT_EQ(stuck, 1) << "b waits, and a has ended";
}

TEST_F(TwoActors, WhatIsHandedToOneThatHasEndedDoesNotCount) {
  a.end();
  a.grant();
  EXPECT_EQ(stuck, 0);
  b.rest();
  EXPECT_EQ(stuck, 1);
}

}  // namespace
}  // namespace roost
