// The room: a run of a few vCPUs on one pCPU without costs, in which nobody may wait longer than the discipline says.
// Rules: hogs and sleepers of random weights; the hogs yield at times. The pCPU always runs somebody whom the
//   discipline lets run, a slice at a time; who wakes takes it where the discipline says so. A wait lasts from the
//   coming to the runqueue, for whatever reason, to the pick. A discipline that states no bound for anybody is not run.
// Not here: whether its answers are lawful (contract_walk, whose walks come first).
// Invariants: one seed is one run.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "sched/contract/contract_walk.hpp"

namespace roost {

class ContractRun {
 public:
  static constexpr std::size_t kMostVcpus = 10;

  ContractRun(const ContractWalk::Maker& make, std::uint64_t seed);

  /// So many. Throws ContractBreach.
  void run(std::uint64_t picks);

  std::uint64_t timed() const { return timed_; }  // waits
  std::string last_steps() const;

 private:
  struct Subject {
    Duration bound{0};       // of a wait
    bool sleeps = false;     // else it is a hog
    bool waits = false;
    Time waits_since{};
    Duration burst{0};       // what is left of it
    Time wakes = kNever;
  };
  struct Step {
    Time at{};
    const char* did = "";
    VcpuId vcpu = kNoVcpu;
  };

  void pick();
  void run_to(Time next);
  void stop(const char* did, EnqueueWhy why);
  void enqueue(VcpuId vcpu, EnqueueWhy why, const char* did);
  void wake_those_due();
  void check_waits();
  Time next_wake() const;
  Duration up_to(Duration most) { return Duration(1 + static_cast<std::int64_t>(random_.below(nanoseconds(most)))); }
  void note(const char* did, VcpuId vcpu) { last_[noted_++ % last_.size()] = {now_, did, vcpu}; }

  RandomStream random_;
  std::unique_ptr<Discipline> discipline_;
  IdVector<VcpuId, Subject> subjects_;
  VcpuId current_ = kNoVcpu;
  Time now_ = time_at(1'000'000'000), until_{};
  bool bounded_ = false;
  std::uint64_t timed_ = 0, noted_ = 0;
  std::array<Step, ContractWalk::kLastSteps> last_{};
};

}  // namespace roost
