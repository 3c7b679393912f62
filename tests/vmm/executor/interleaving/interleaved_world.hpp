// The room: the real dispatcher on several pCPUs and beside several outside wakers, each a fiber that may lose the CPU
//   to any other wherever it calls its World, looks at a doorbell or at an interrupt line. Who goes on is drawn.
// Not here: what must hold at rest (interleaving_test.cpp).
// Invariants: the steps of a pCPU are PinnedWorld's, those of its bell host::Doorbell's, with the futex as a flag.
#pragma once

#include <array>
#include <boost/context/fiber.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sched/policy/catalog.hpp"
#include "vmm/executor/dispatcher.hpp"

namespace roost::test {

/// What the protocol relies on; each can be broken to see that the search finds it.
struct Rules {
  bool fall_asleep_in_one_step = true;  // Quiet -> Asleep by compare-exchange, not by look and store
  bool look_before_sleeping = true;     // at what was handed over, once Asleep is said
  bool clear_bell_before_looking = true;
};

class InterleavedWorld final : public World {
 public:
  static constexpr std::size_t kPcpus = 3, kVcpus = 5, kWakers = 2;

  /// `caps`: vCPUs 0 and 1 draw on one purse. What policies come later are like `policy` as to who is asked to move
  /// while it runs.
  InterleavedWorld(std::uint64_t seed, Policy policy, Rules rules = {}, bool caps = false);
  ~InterleavedWorld() override;

  /// Each waker posts up to three interrupts, the vCPUs some more to each other, and one changes a weight, an affinity,
  /// a pCPU or the policy now and then; until nobody can go on.
  /// Empty, or what is wrong then.
  std::string episode();
  std::uint64_t switches() const { return switches_; }
  std::uint64_t handed() const { return handed_; }
  std::uint64_t changes() const { return changes_; }
  std::uint64_t slept() const { return slept_; }
  std::uint64_t throttled() const;
  std::uint64_t sent() const;  // vCPUs that ran, were asked to move, and did

 private:
  static constexpr std::size_t kActors = kPcpus + kWakers + 1;
  enum class Word : std::uint8_t { Quiet, Rung, Asleep };
  struct Message {
    VcpuId vcpu;
    Duration slice;
  };
  struct Bell {
    Word word = Word::Quiet;
    bool awaits = false;
    std::optional<Message> message;
  };
  struct Actor {
    boost::context::fiber self, scheduler;
    PcpuId pcpu = kNoPcpu;
    bool blocked = false, done = false;
    int to_do = 0;  // interrupts to post, by a waker; changes to make
  };
  struct Line {
    std::uint32_t raised = 0;
    bool runs = false;
  };

  // World
  Time now() override;
  void acquire(RunqueueId rq) override;
  void release(RunqueueId rq) override;
  void kick(PcpuId pcpu, KickHow how) override;
  bool awaits_vcpu(PcpuId pcpu) const override { return bells_[index(pcpu)].awaits; }
  bool hand(PcpuId pcpu, VcpuId vcpu, Duration slice) override;
  void relax() override { pause(); }
  bool recording() const override { return true; }
  void record(const Event&) override { maybe_pause(); }
  PcpuId self() const override { return running_->pcpu; }

  std::uint64_t draw(std::uint64_t below);
  void pause();        // somebody else may be chosen to go on
  void maybe_pause();  // as often as not
  void start(Actor& actor, std::function<void(Actor&)> body);
  void go_through_pcpu(Actor& actor);
  void go_through_waker(Actor& actor);
  void go_through_changer(Actor& actor);
  void change_something();
  Dispatcher::Next idle(Actor& actor, Time until);
  void fall_asleep(Actor& actor, Bell& bell, Time until);
  Exit run(PcpuId pcpu, VcpuId vcpu, Time until);
  void post(VcpuId vcpu);
  std::string at_rest() const;

  std::uint64_t state_;  // of the random numbers
  Policy policy_;
  bool wild_;  // who runs is asked to move, at random
  Rules rules_;
  Topology topology_ = Topology::flat(kPcpus);
  Time clock_{};
  bool stopping_ = false;
  int chain_ = 0;  // interrupts that vCPUs may still post in this episode
  std::array<Bell, kPcpus> bells_;
  std::array<bool, kPcpus> held_{};
  std::array<Line, kVcpus> lines_;
  std::array<Actor, kActors> actors_;
  Actor* running_ = nullptr;
  std::string failure_;
  std::uint64_t switches_ = 0, handed_ = 0, slept_ = 0, changes_ = 0;
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace roost::test
